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
std::vector<Real> backward(const layer_pass<Real>& pass, std::span<const Real> dl_dt, gradients<Real>* g) {
  const auto jump = static_cast<Real>(pass.options.jump_length);
  const auto least = static_cast<Real>(pass.options.min_slope);
  std::vector<Real> factor, until;
  for (std::size_t j = 0; j < dl_dt.size(); ++j) {
    until.push_back(static_cast<Real>(std::min(pass.spike_time(j), stop(pass)) + pass.options.jump_ahead));
  }
  const auto risen =
      causal_sums<Real>(pass, until, [jump](Real at, Real until) { return (at <= until) & (until - at < jump); });
  for (std::size_t j = 0; j < dl_dt.size(); ++j) {
    const Real slope = std::max(risen[j] / jump, least);
    factor.push_back(slope > 0 ? -dl_dt[j] / slope : 0);
  }
  if (pass.options.normalise) normalise(factor);
  return pass_rows<Real>(pass, factor, until, -1 / jump, g,
                         [jump](const auto& w, const auto& delta, const auto& until, Real arrival, auto& dw) {
                           using values = std::decay_t<decltype(w)>;
                           const values none{}, all = none + Real{1};
                           const values since = until - arrival;
                           const values causal = arrival <= until ? delta : none;
                           const values done = (since + Real{1}) * (1 / jump);
                           dw += causal * (all < done ? all : done);
                           return values(since < jump ? causal * w : none);
                         });
}

}  // namespace

learning_rule soft_step_rule() {
  return {.name = "soft_step",
          .summary = "gradients of synaptic responses that rise over jump_length steps",
          .regime = "free",
          .kernel = synapse_kernel::step,
          .backward = {backward<float>, backward<double>},
          .options = "normalise jump_length jump_ahead min_slope",
          .deepest = 2};
}

}  // namespace firstspike
