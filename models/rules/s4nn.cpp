// s4nn: step neurons with a constant threshold (Kheradpisheh & Masquelier 2020, arXiv 1910.09495, eqs. 12-20).
//
// Forward: v_m(t) = sum of w_ij over arrivals a_i = t_i + d <= t; j fires when v_m > v_th. Silent neurons count as
// firing at t_max. Backward: dt_j/dV_j = -1, dV_j/dw_ij = 1 for causal i, a_i <= t_j. With delta_j = dL/dV_j =
// -dL/dt_j: dL/dw_ij = delta_j, delta_i = sum of w_ij delta_j, both over causal pairs; each layer's delta may be
// divided by its norm. All weights are those of the forward pass (the published code computes hidden deltas from output
// weights that are already updated).
#include "firstspike/models/rules/causal.hpp"

namespace firstspike {
namespace {

// dV/dw = 1 from the arrival on.
template <class Real>
spike_response<Real> response_of() {
  constexpr auto unlimited = std::numeric_limits<Real>::infinity();
  return {0, unlimited, 1, unlimited, 1};
}

// `factor` is delta.
template <class Real>
void backward(const layer_pass<Real>& pass) {
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const auto times = pass.spike_times(sample);
    const auto fires = pass.fires(sample), delta = pass.factor(sample);
    const auto dl_dt = pass.dl_dt(sample);
    for (std::size_t j = 0; j < fires.size(); ++j) {
      fires[j] = static_cast<Real>(std::min(times[j], stop(pass)));
      delta[j] = -dl_dt[j];
    }
    if (pass.options.normalise) normalise(delta);
    set_end(pass, sample);
  }
  causal_backward(pass, response_of<Real>(), Real{-1});
}

template <class Real>
void weight_row(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t pre, gradients<Real>& g) {
  causal_row<Real>(pass, projection, pre, response_of<Real>(), g);
}

template <class Real>
void shared(const layer_pass<Real>& pass, std::uint32_t projection, std::span<Real> sum) {
  causal_shared<Real>(pass, projection, response_of<Real>(), sum);
}

}  // namespace

learning_rule s4nn_rule() {
  return {.name = "s4nn",
          .summary = "dt/dV = -1 for every crossing",
          .regime = "free",
          .kernel = synapse_kernel::step,
          .backward = {backward<float>, backward<double>},
          .weight_row = {weight_row<float>, weight_row<double>},
          .shared = {shared<float>, shared<double>},
          .options = "normalise",
          .deepest = 1};
}

}  // namespace firstspike
