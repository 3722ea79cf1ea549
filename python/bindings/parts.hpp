// The parts of the extension module, one file each.
#pragma once

#include <pybind11/pybind11.h>

namespace firstspike::python {

void add_datasets(pybind11::module_& m);
void add_network(pybind11::module_& m);
void add_model(pybind11::module_& m);
void add_classifier(pybind11::module_& m);
void add_gan(pybind11::module_& m);
void add_traces(pybind11::module_& m);
void add_inspect(pybind11::module_& m);

}  // namespace firstspike::python
