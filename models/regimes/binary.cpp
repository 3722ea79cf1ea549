// binary: neurons with the step kernel, sampled at a fixed time: they fire then or never. The last layer fires by a
// falling threshold.
//
// An input counts if it fires in the first half of its code. A hidden layer is sampled when the last of these inputs
// can arrive. The mean of its initial biases is v_th = 1, so a neuron fires if the sum of its active weights and its
// bias minus 1 is 0 or more. A neuron of the last layer with activation x fires at t_fire + t_in (1 - x / range), or
// never if x <= 0.
#include "firstspike/models/regimes.hpp"

namespace firstspike {
namespace {

constexpr double hidden_v_th = 1;

fire_window window(const chain_plan& plan, std::size_t layer) {
  const double first = plan.t_in / 2 + static_cast<double>(layer + 1) * plan.delay;
  return {first, layer + 1 == plan.layers.size() ? first + plan.t_in : never};
}

std::vector<layer_description> place(const chain_plan& plan) {
  std::vector<layer_description> layers;
  for (const auto& l : plan.layers) {
    const auto [first, end] = window(plan, layers.size());
    const bool is_last = layers.size() + 1 == plan.layers.size();
    const double v_th = is_last ? l.range : hidden_v_th;
    const double bias = l.bias_mean + (is_last ? 0 : hidden_v_th);
    layers.push_back({l.name, l.size, v_th, plan.delay, l.init,
                      bias_description{first, {weight_distribution::shape::normal, bias, l.bias_std}}, first,
                      is_last ? l.range / plan.t_in : 0, end});
  }
  return layers;
}

}  // namespace

regime binary_regime() {
  return {"binary", "neurons sampled at a fixed time; outputs fire by a falling threshold", synapse_kernel::step,
          window, place};
}

}  // namespace firstspike
