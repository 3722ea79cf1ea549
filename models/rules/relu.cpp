// relu: ramp neurons that integrate and then fire by a falling threshold, exact (Stanojevic et al. 2024, arXiv
// 2306.08744).
//
// Forward: V_j = sum of w_ij (t_fire - a_i) over arrivals a_i = t_i + d <= t_fire; j fires at t_fire + max(0, (v_th -
// V_j) / threshold_slope), before t_close or never. Backward: dt_j/dV_j = -1 / threshold_slope within the window and 0
// outside, dV_j/dw_ij = t_fire - a_i, dV_j/dt_i = -w_ij. A silent neuron has no gradient and propagates none. A silent
// source has the derivative of an arrival just before t_fire. Ours: `wake`.
#include "firstspike/models/rules/fire_phase.hpp"

namespace firstspike {
namespace {

template <class Real>
void backward(const layer_pass<Real>& pass) {
  for (auto sample = pass.first; sample < pass.end; ++sample) falling_threshold_delta(pass, sample);
  weighted_sum_backward(pass, pass.is_first);
}

}  // namespace

learning_rule relu_rule() {
  return {.name = "relu",
          .summary = "exact derivatives of clipped ReLU neurons",
          .regime = "relu",
          .kernel = synapse_kernel::ramp,
          .backward = {backward<float>, backward<double>},
          .weight_row = {weighted_sum_row<float>, weighted_sum_row<double>},
          .shared = {weighted_sum_shared<float>, weighted_sum_shared<double>}};
}

}  // namespace firstspike
