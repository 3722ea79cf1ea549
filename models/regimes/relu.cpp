// relu: layer k integrates while layer k - 1 fires, in windows of one length (Stanojevic et al. 2024, arXiv
// 2306.08744).
//
// With v_th = range t_in and a threshold that falls by range a step, a neuron with activation x = V / t_in fires at
// t_fire + t_in (1 - x / range). The next layer integrates its current for t_in x / range steps: x clipped to [0,
// range], times a constant. A neuron with x <= 0 is silent. The bias neuron fires when the layer begins to integrate:
// its weight is the bias.
#include "firstspike/models/regimes.hpp"

namespace firstspike {
namespace {

fire_window window(const chain_plan& plan, std::size_t layer) {
  const double first = static_cast<double>(layer + 1) * (plan.t_in + plan.delay);
  return {first, first + plan.t_in};
}

std::vector<layer_description> place(const chain_plan& plan) {
  std::vector<layer_description> layers;
  for (const auto& l : plan.layers) {
    const auto [first, end] = window(plan, layers.size());
    const bias_description bias{first - plan.t_in, {weight_distribution::shape::normal, l.bias_mean, l.bias_std}};
    layers.push_back({l.name, l.size, l.range * plan.t_in, plan.delay, l.init, bias, first, l.range, end});
  }
  return layers;
}

}  // namespace

regime relu_regime() {
  return {"relu", "clipped ReLU neurons: integrate, then fire by a falling threshold", synapse_kernel::ramp, window,
          place};
}

}  // namespace firstspike
