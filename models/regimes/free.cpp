// free: a neuron fires when it crosses a constant threshold (S4NN, exact ramp).
#include "firstspike/models/regimes.hpp"

namespace firstspike {
namespace {

fire_window window(const chain_plan& plan, std::size_t) { return {0, plan.t_max}; }

std::vector<layer_description> place(const chain_plan& plan) {
  std::vector<layer_description> layers;
  for (const auto& l : plan.layers) layers.push_back({l.name, l.size, l.v_th, plan.delay, l.init});
  return layers;
}

}  // namespace

regime free_regime() { return {"free", "constant thresholds, tested at all times", {}, window, place}; }

}  // namespace firstspike
