// Names of the engine's enums in files.
#pragma once

#include <optional>
#include <string>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// "step", "ramp".
std::string kernel_name(synapse_kernel kernel);
std::optional<synapse_kernel> kernel_called(const std::string& name);

/// "source", "bias", "neurons".
std::string kind_name(population_kind kind);
std::optional<population_kind> kind_called(const std::string& name);

}  // namespace firstspike
