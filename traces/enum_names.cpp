#include "firstspike/traces/enum_names.hpp"

namespace firstspike {

std::string kernel_name(synapse_kernel kernel) { return kernel == synapse_kernel::step ? "step" : "ramp"; }

std::optional<synapse_kernel> kernel_called(const std::string& name) {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    if (kernel_name(kernel) == name) return kernel;
  }
  return std::nullopt;
}

std::string kind_name(population_kind kind) {
  switch (kind) {
    case population_kind::source:
      return "source";
    case population_kind::bias:
      return "bias";
    default:
      return "neurons";
  }
}

std::optional<population_kind> kind_called(const std::string& name) {
  for (const auto kind : {population_kind::source, population_kind::bias, population_kind::neurons}) {
    if (kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace firstspike
