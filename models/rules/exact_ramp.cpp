// exact_ramp: ramp neurons with a constant threshold, exact (Mostafa 2018, arXiv 1606.08165, for currents that do not
// decay).
//
// Forward: v_m(t) = sum of w_ij (t - a_i) over arrivals a_i = t_i + d <= t; j fires when v_m reaches v_th. Backward:
// over the causal set C = {a_i < t_j}, S = sum of w_ij: dt_j/dw_ij = (a_i - t_j) / S, dt_j/dt_i = w_ij / S. Silent
// neurons have derivative 0. Ours: S is at least min_slope, and `wake`.
#include "firstspike/models/rules/causal.hpp"

namespace firstspike {
namespace {

// dV/dw = since, where since > 0.
template <class Real>
spike_response<Real> response_of() {
  constexpr auto unlimited = std::numeric_limits<Real>::infinity();
  return {std::numeric_limits<Real>::denorm_min(), unlimited, 0, 1, unlimited};
}

// `factor` is dL/dV = -dL/dt / S.
template <class Real>
void backward(const layer_pass<Real>& pass) {
  const auto least = static_cast<Real>(pass.options.min_slope);
  const auto response = response_of<Real>();
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const double silent = pass.wakes(sample) ? stop(pass) : 0;
    const auto times = pass.spike_times(sample);
    const auto fires = pass.fires(sample), factor = pass.factor(sample);
    const auto dl_dt = pass.dl_dt(sample);
    for (std::size_t j = 0; j < fires.size(); ++j) fires[j] = static_cast<Real>(times[j] == never ? silent : times[j]);
    set_end(pass, sample);
    causal_sums(pass, sample, response, factor);
    for (std::size_t j = 0; j < factor.size(); ++j) {
      const Real slope = std::max(factor[j], least);
      factor[j] = fires[j] > 0 && slope > 0 ? -dl_dt[j] / slope : 0;
    }
  }
  causal_backward(pass, response, Real{-1});
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

learning_rule exact_ramp_rule() {
  return {.name = "exact_ramp",
          .summary = "exact derivatives of crossing times",
          .regime = "free",
          .kernel = synapse_kernel::ramp,
          .backward = {backward<float>, backward<double>},
          .weight_row = {weight_row<float>, weight_row<double>},
          .shared = {shared<float>, shared<double>},
          .options = "min_slope"};
}

}  // namespace firstspike
