// straight_through: step kernel, neurons sampled at a fixed time (straight-through estimators, Bengio et al. 2013,
// arXiv 1308.3432, within a window of potential).
//
// Forward: V_j = sum of w_ij over arrivals until t_fire; a hidden neuron fires at t_fire if V_j >= v_th, an output by a
// falling threshold if V_j > 0. Backward: dV_j/dw_ij = 1 for those arrivals, dV_j/dt_i = -w_ij whether i fired or not.
// Hidden: dt_j/dV_j = -1 where |V_j - v_th| < surrogate_width, fired or not: a neuron that stays silent just below v_th
// has a gradient too. Outputs: dt_j/dV_j = -1 / threshold_slope for V_j in (0, v_th); with `wake` in (-surrogate_width,
// v_th + surrogate_width), and beyond for the component that moves V_j back. The width has to be narrow: with 1 or
// more, and potentials of about 0.3, GANs suffer mode collapse. With no width for pixels, hidden neurons of generators
// become silent (docs/gan.md).
#include <cmath>

#include "firstspike/models/rules/fire_phase.hpp"

namespace firstspike {
namespace {

// Adds V to `v` [post].
template <class Real>
void add_potentials(const layer_pass<Real>& pass, std::size_t sample, std::span<Real> v) {
  if (pass.net.describe(pass.of.weights).shared) {
    const auto add = [&](std::uint32_t projection) {
      const auto factor = pooling_factor<Real>(*pass.net.describe(projection).shared);
      for_each_patch(pass, projection, sample, end_of_integration(pass), [&](std::uint32_t, const patch& p, double) {
        best_kernels<Real>().add_patch(p, pass.net.weights(projection).data(), factor, 1, v.data());
      });
    };
    if (pass.of.bias) add(*pass.of.bias);
    if (pass.of.classes) add(*pass.of.classes);
    add(pass.of.weights);
    return;
  }
  std::array<const Real*, 64> rows;
  for_each_input(
      pass, sample, end_of_integration(pass), [](double) { return Real{1}; },
      [&](std::span<const scaled_row<Real>> inputs) {
        std::ranges::transform(inputs, rows.begin(), &scaled_row<Real>::row);
        kernels<Real>().add_rows(v.data(), rows.data(), inputs.size(), v.size());
      });
}

template <class Real>
void backward(const layer_pass<Real>& pass) {
  const auto width = static_cast<Real>(pass.options.surrogate_width);
  const auto slope = static_cast<Real>(pass.post().threshold_slope);
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const auto v = pass.fires(sample);  // scratch: this rule uses no firing times
    std::ranges::fill(v, Real{0});
    add_potentials(pass, sample, v);
    const auto delta = pass.factor(sample);
    const auto dl_dt = pass.dl_dt(sample);
    const bool wakes = pass.wakes(sample);
    if (pass.is_last) falling_threshold_delta(pass, sample);
    for (std::size_t j = 0; j < delta.size(); ++j) {
      const auto v_th = static_cast<Real>(pass.post().v_th[j]);
      if (!pass.is_last) {
        delta[j] = wakes || std::abs(v[j] - v_th) < width ? -dl_dt[j] : 0;
      } else if (wakes && -width < v[j] && v[j] < v_th + width) {
        delta[j] = -dl_dt[j] / slope;
      }
    }
  }
  weighted_sum_backward(pass, true);
}

}  // namespace

learning_rule straight_through_rule() {
  return {.name = "straight_through",
          .summary = "gradients are propagated for neurons near their threshold, fired or not",
          .regime = "binary",
          .kernel = synapse_kernel::step,
          .backward = {backward<float>, backward<double>},
          .weight_row = {weighted_sum_row<float>, weighted_sum_row<double>},
          .shared = {weighted_sum_shared<float>, weighted_sum_shared<double>},
          .options = "surrogate_width"};
}

}  // namespace firstspike
