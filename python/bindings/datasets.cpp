// Data sets, and coding by spike times.
#include <pybind11/stl.h>

#include <optional>
#include <string>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/python/bindings/arrays.hpp"
#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/parts.hpp"

namespace firstspike::python {
namespace {

py::tuple load(const std::string& name, const std::string& part, const std::optional<std::string>& directory,
               std::uint64_t seed, bool allow_fetch, const py::object& report) {
  data_request request;
  request.name = name;
  if (directory) request.directory = *directory;
  request.seed = seed;
  request.allow_fetch = allow_fetch;
  request.parts = part == "train" ? data_parts::train : data_parts::test;
  auto progress = progress_to(report);
  auto found = with_files(
      [&] { return load_digits(request, [&](const download_progress& p) { progress(p.received, p.total); }); });
  return from_images(std::move(part == "train" ? found.train : found.test));
}

py::tuple read_idx(const std::string& images, const std::optional<std::string>& labels) {
  return from_images(with_files([&] { return labels ? read_image_set(images, *labels) : read_idx_images(images); }));
}

void write_idx(const std::string& images, const std::optional<std::string>& labels, const array<std::uint8_t>& pixels,
               const py::object& classes, bool overwrite) {
  const auto set = to_images(pixels, classes);
  with_files([&] {
    write_idx_images(images, set, overwrite);
    if (labels) write_idx_labels(*labels, set.labels, overwrite);
  });
}

shape shape_of(const py::array& a) { return {a.shape(), a.shape() + a.ndim()}; }

}  // namespace

void add_datasets(py::module_& m) {
  m.def("load_digits", load);
  m.def("read_idx", read_idx);
  m.def("write_idx", write_idx);
  m.def("encode", [](const array<std::uint8_t>& pixels, double t_in) {
    return to_array(without_gil([&] { return encode_image(elements(pixels), t_in); }), shape_of(pixels));
  });
  m.def("decode", [](const array<double>& times, double t_in) {
    return to_array(without_gil([&] { return decode_image(elements(times), t_in); }), shape_of(times));
  });
}

}  // namespace firstspike::python
