// Options and answers of Python calls, as text, with the messages of the libraries.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "firstspike/models/option_kinds.hpp"
#include "firstspike/models/option_table.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike::python {

namespace py = pybind11;

using texts = std::map<std::string, std::string>;

option_kind<real_type> precisions();

/// The value of an option as text. Throws std::invalid_argument: "kernel = 'rmap', allowed: step|ramp".
template <class T>
T read_option(const std::string& name, const option_kind<T>& kind, const std::string& value) {
  try {
    return kind.read(value);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(name + " = '" + value + "', " + error.what());
  }
}

/// What a file by other tools does not contain, by name: the members of import_options, as text.
using import_answers = texts;
import_options import_from(const import_answers& answers);

/// [option] (name, placeholder, help, group, words, whether a resumed run may change it) of those that a user gives.
template <class Options>
py::list describe_options(const option_table<Options>& table) {
  py::list all;
  for (const auto& o : table) {
    if (o.role == option_role::data) continue;
    const bool is_length = o.name == "epochs" || o.name == "steps";
    const bool may_change = is_length || o.role == option_role::run || o.role == option_role::machine;
    all.append(py::make_tuple(o.name, o.placeholder, o.help, o.group, o.words, may_change));
  }
  return all;
}

}  // namespace firstspike::python
