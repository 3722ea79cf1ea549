// soft_step: step kernel, with gradients of a network whose synaptic responses rise over several steps (ours). With
// s4nn's dt/dV = -1 the gradient does not depend on the slope of a crossing.
//
// Forward: as in s4nn. Backward: gradients of a network whose synapses rise from 0 to w within h = jump_length steps, l
// = jump_ahead of them after the firing time. With s = t_j + l - a_i: dV_j/dw_ij = min((s + 1) / h, 1) where s >= 0,
// the slope S_j = sum of w_ij / h over 0 <= s < h, at least min_slope, dt_j/dw_ij = -(dV_j/dw_ij) / S_j, dt_j/dt_i =
// w_ij / (h S_j) over 0 <= s < h. The term + 1 includes arrivals at the instant of the spike itself.
#include "firstspike/models/rules/causal.hpp"

namespace firstspike {
namespace {

template <class Real>
spike_response<Real> response_of(const rule_options& o) {
  const auto jump = static_cast<Real>(o.jump_length);
  return {0, jump, 1, 1 / jump, 1};
}

// `fires` is t_j + l, and `factor` is delta.
template <class Real>
void backward(const layer_pass<Real>& pass) {
  const auto jump = static_cast<Real>(pass.options.jump_length);
  const auto least = static_cast<Real>(pass.options.min_slope);
  const auto response = response_of<Real>(pass.options);
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const auto times = pass.spike_times(sample);
    const auto fires = pass.fires(sample), delta = pass.factor(sample);
    const auto dl_dt = pass.dl_dt(sample);
    for (std::size_t j = 0; j < fires.size(); ++j) {
      fires[j] = static_cast<Real>(std::min(times[j], stop(pass)) + pass.options.jump_ahead);
    }
    set_end(pass, sample);
    causal_sums(pass, sample, response, delta);
    for (std::size_t j = 0; j < delta.size(); ++j) {
      const Real slope = std::max(delta[j] / jump, least);
      delta[j] = slope > 0 ? -dl_dt[j] / slope : 0;
    }
    if (pass.options.normalise) normalise(delta);
  }
  causal_backward(pass, response, -1 / jump);
}

template <class Real>
void weight_row(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t pre, gradients<Real>& g) {
  causal_row<Real>(pass, projection, pre, response_of<Real>(pass.options), g);
}

template <class Real>
void shared(const layer_pass<Real>& pass, std::uint32_t projection, std::span<Real> sum) {
  causal_shared<Real>(pass, projection, response_of<Real>(pass.options), sum);
}

}  // namespace

learning_rule soft_step_rule() {
  return {.name = "soft_step",
          .summary = "gradients of synaptic responses that rise over jump_length steps",
          .regime = "free",
          .kernel = synapse_kernel::step,
          .backward = {backward<float>, backward<double>},
          .weight_row = {weight_row<float>, weight_row<double>},
          .shared = {shared<float>, shared<double>},
          .options = "normalise jump_length jump_ahead min_slope",
          .deepest = 2};
}

}  // namespace firstspike
