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

template <class Real>
std::vector<Real> backward(const layer_pass<Real>& pass, std::span<const Real> dl_dt, gradients<Real>* g) {
  std::vector<Real> factor, until;
  for (std::size_t j = 0; j < dl_dt.size(); ++j) {
    factor.push_back(-dl_dt[j]);
    until.push_back(static_cast<Real>(std::min(pass.spike_time(j), stop(pass))));
  }
  if (pass.options.normalise) normalise(factor);
  return pass_rows<Real>(pass, factor, until, Real{-1}, g,
                         [](const auto& w, const auto& delta, const auto& until, Real arrival, auto& dw) {
                           const auto causal = arrival <= until ? delta : delta - delta;
                           dw += causal;
                           return std::decay_t<decltype(w)>(causal * w);
                         });
}

}  // namespace

learning_rule s4nn_rule() {
  return {.name = "s4nn",
          .summary = "dt/dV = -1 for every crossing",
          .regime = "free",
          .kernel = synapse_kernel::step,
          .backward = {backward<float>, backward<double>},
          .options = "normalise",
          .deepest = 1};
}

}  // namespace firstspike
