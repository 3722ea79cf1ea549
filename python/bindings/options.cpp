#include "firstspike/python/bindings/options.hpp"

#include "firstspike/engine/time.hpp"

namespace firstspike::python {

option_kind<real_type> precisions() { return one_of<real_type>({{"f32", real_type::f32}, {"f64", real_type::f64}}); }

import_options import_from(const import_answers& answers) {
  import_options import;
  const auto length = real_number(0, longest_window, false);
  for (const auto& [name, value] : answers) {
    if (name == "one_spike") import.one_spike = read_option(name, on_or_off(), value);
    if (name == "encodes_images") import.encodes_images = read_option(name, on_or_off(), value);
    if (name == "kernel") import.kernel = read_option(name, kernels(), value);
    if (name == "delay") import.delay = read_option(name, real_number(0, longest_window), value);
    if (name == "t_in") import.t_in = read_option(name, real_number(1, longest_window), value);
    if (name == "t_max") import.t_max = read_option(name, length, value);
    if (name == "v_th") import.v_th = read_option(name, length, value);
    if (name == "label_map") import.label_map = read_option(name, label_list(), value);
  }
  return import;
}

}  // namespace firstspike::python
