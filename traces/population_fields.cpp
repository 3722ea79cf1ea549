#include "firstspike/traces/population_fields.hpp"

#include <fmt/core.h>

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

namespace {

std::optional<refused_value> refused_t_fire(const population& p) {
  if (p.kind == population_kind::source) {
    if (p.t_fire == never) return std::nullopt;
    return refused_value{"t_fire", p.t_fire, "infinity, as it is a source"};
  }
  if (p.kind == population_kind::neurons && p.t_fire == never) return std::nullopt;
  if (!(p.t_fire >= 0 && p.t_fire < longest_window)) {
    const auto* allowed = p.kind == population_kind::bias ? "[0, 2^32)" : "[0, 2^32) or infinity";
    return refused_value{"t_fire", p.t_fire, allowed};
  }
  if (p.kind == population_kind::bias || p.t_fire < p.t_close) return std::nullopt;
  return refused_value{"t_fire", p.t_fire, fmt::format("below t_close = {}", p.t_close)};
}

}  // namespace

std::optional<refused_value> find_refused_value(const population& p) {
  if (!(p.t_close > 0)) return refused_value{"t_close", p.t_close, "above 0"};
  if (auto refused = refused_t_fire(p)) return refused;
  const bool has_fire_phase = p.kind == population_kind::neurons && p.t_fire < never;
  const auto slope = p.threshold_slope;
  if (slope == 0 || (has_fire_phase && slope > 0 && slope < never)) return std::nullopt;
  return refused_value{"threshold_slope", slope, has_fire_phase ? "finite, >= 0" : "0 without a fire phase"};
}

double default_t_fire(population_kind kind) { return kind == population_kind::bias ? 0 : never; }

}  // namespace firstspike
