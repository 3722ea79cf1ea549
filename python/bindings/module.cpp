// The extension module firstspike._core. It converts arguments and results; the Python modules beside it are the
// interface for users.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/parts.hpp"
#include "firstspike/training/build_description.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace firstspike;
  python::register_errors();
  python::add_datasets(m);
  python::add_network(m);
  python::add_model(m);
  python::add_classifier(m);
  python::add_gan(m);
  python::add_traces(m);
  python::add_inspect(m);
  m.def("version", [] { return describe_build().version; });
}
