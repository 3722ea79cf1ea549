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

// [post] V.
template <class Real>
std::vector<Real> potentials(const layer_pass<Real>& pass) {
  std::vector<Real> v(pass.post().size);
  pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
    if (!is_heard(pass, t)) return;
    const Real* __restrict w = pass.weights(projection, pre).data();
    for (std::size_t j = 0; j < v.size(); ++j) v[j] += w[j];
  });
  return v;
}

template <class Real>
std::vector<Real> backward(const layer_pass<Real>& pass, std::span<const Real> dl_dt, gradients<Real>* g) {
  const auto width = static_cast<Real>(pass.options.surrogate_width);
  const auto v = potentials(pass);
  auto delta = pass.is_last ? falling_threshold_delta(pass, dl_dt) : std::vector<Real>(dl_dt.size());
  for (std::size_t j = 0; j < delta.size(); ++j) {
    const auto v_th = static_cast<Real>(pass.post().v_th[j]);
    if (!pass.is_last) {
      if (pass.wakes || std::abs(v[j] - v_th) < width) delta[j] = -dl_dt[j];
    } else if (pass.wakes && -width < v[j] && v[j] < v_th + width) {
      delta[j] = -dl_dt[j] / static_cast<Real>(pass.post().threshold_slope);
    }
  }
  return weighted_sum_backward<Real>(pass, delta, true, g);
}

}  // namespace

learning_rule straight_through_rule() {
  return {.name = "straight_through",
          .summary = "gradients are propagated for neurons near their threshold, fired or not",
          .regime = "binary",
          .kernel = synapse_kernel::step,
          .backward = {backward<float>, backward<double>},
          .options = "surrogate_width"};
}

}  // namespace firstspike
