// Populations and kernels in files: names of the engine's enums, valid times and slopes.
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

struct refused_value {
  std::string field;  ///< "t_fire", "threshold_slope" or "t_close"
  double value = 0;
  std::string allowed;
};

/// The first of t_close, t_fire and threshold_slope that is out of range; ranges as in engine/network.hpp.
std::optional<refused_value> find_refused_value(const population& p);

/// t_fire if a file does not have it: 0 for a bias neuron, else `never`.
double default_t_fire(population_kind kind);

}  // namespace firstspike
