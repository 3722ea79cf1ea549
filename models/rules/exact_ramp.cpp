// exact_ramp: ramp neurons with a constant threshold, exact (Mostafa 2018, arXiv 1606.08165, for currents that do not
// decay).
//
// Forward: v_m(t) = sum of w_ij (t - a_i) over arrivals a_i = t_i + d <= t; j fires when v_m reaches v_th. Backward:
// over the causal set C = {a_i < t_j}, S = sum of w_ij: dt_j/dw_ij = (a_i - t_j) / S, dt_j/dt_i = w_ij / S. Silent
// neurons have derivative 0. Ours: S is at least min_slope, and `wake`.
#include "firstspike/models/rules/causal.hpp"

namespace firstspike {
namespace {

template <class Real>
std::vector<Real> backward(const layer_pass<Real>& pass, std::span<const Real> dl_dt, gradients<Real>* g) {
  const double silent = pass.wakes ? stop(pass) : 0;
  const auto least = static_cast<Real>(pass.options.min_slope);
  std::vector<Real> factor, until;
  for (std::size_t j = 0; j < dl_dt.size(); ++j) {
    const double t = pass.spike_time(j);
    until.push_back(static_cast<Real>(t == never ? silent : t));
  }
  const auto slope = causal_sums<Real>(pass, until, [](Real at, Real until) { return at < until; });
  for (std::size_t j = 0; j < dl_dt.size(); ++j) {
    const Real s = std::max(slope[j], least);
    factor.push_back(until[j] > 0 && s > 0 ? dl_dt[j] / s : 0);
  }
  return pass_rows<Real>(pass, factor, until, Real{1}, g,
                         [](const auto& w, const auto& factor, const auto& until, Real arrival, auto& dw) {
                           using values = std::decay_t<decltype(w)>;
                           const values since = until - arrival;
                           const values causal = arrival < until ? factor : values{};
                           dw += causal * -since;
                           return values(causal * w);
                         });
}

}  // namespace

learning_rule exact_ramp_rule() {
  return {.name = "exact_ramp",
          .summary = "exact derivatives of crossing times",
          .regime = "free",
          .kernel = synapse_kernel::ramp,
          .backward = {backward<float>, backward<double>},
          .options = "min_slope"};
}

}  // namespace firstspike
