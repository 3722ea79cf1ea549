// Common parts of the rules for constant thresholds: sums over the inputs that arrived before a neuron fired.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "firstspike/models/lanes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {

/// The time at which currents stop [steps]: arrivals then or later are ignored. Silent neurons count as firing then.
template <class Real>
double stop(const layer_pass<Real>& pass) {
  return std::min(pass.options.t_max, pass.post().t_close);
}

template <class Real>
void normalise(std::vector<Real>& delta) {
  const Real norm = std::sqrt(dot<Real>(delta, delta));
  if (norm > 0) std::ranges::for_each(delta, [norm](Real& d) { d /= norm; });
}

/// [post] sums of w_ij over inputs for which is_causal(arrival, until_j).
template <class Real, class Causal>
std::vector<Real> causal_sums(const layer_pass<Real>& pass, std::span<const Real> until, const Causal& is_causal) {
  std::vector<Real> sums(until.size());
  pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
    if (t >= stop(pass)) return;
    const Real* __restrict w = pass.weights(projection, pre).data();
    const auto at = static_cast<Real>(t);
    for (std::size_t j = 0; j < until.size(); ++j) {
      // g++ 12 at -O3 miscompiles conditional loads of lanes (tests/apps/bit_identity_test.py).
      const Real w_j = w[j];
      sums[j] += is_causal(at, until[j]) ? w_j : Real{0};
    }
  });
  return sums;
}

/// Backward pass by rows. [post] `factor` of the terms of all causal inputs, `until` the end of causal arrivals.
/// change(w, factor, until, arrival, dw) adds to dw_ij, before `sign`, and returns the term of j in the sum of i; its
/// values are one Real or lanes of them. The sum of i is multiplied by `sign`.
template <class Real, class Change>
std::vector<Real> pass_rows(const layer_pass<Real>& pass, std::span<const Real> factor, std::span<const Real> until,
                            Real sign, gradients<Real>* g, const Change& change) {
  std::vector<Real> to_pre(pass.pre_size());
  std::vector<Real> unwanted(g ? 0 : factor.size());
  pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
    if (t >= stop(pass)) return;
    const auto dw = g ? g->row(projection, pre) : std::span<Real>(unwanted);
    const auto w = pass.weights(projection, pre);
    const auto arrival = static_cast<Real>(t);
    lane_values<Real> sums{};
    const auto whole = w.size() / lanes * lanes;
    for (std::size_t j = 0; j < whole; j += lanes) {
      auto changed = load_lanes<Real>(&dw[j]);
      sums += change(load_lanes(&w[j]), load_lanes(&factor[j]), load_lanes(&until[j]), arrival, changed);
      store_lanes<Real>(changed, &dw[j]);
    }
    for (auto j = whole; j < w.size(); ++j) sums[j - whole] += change(w[j], factor[j], until[j], arrival, dw[j]);
    if (projection == pass.of.weights) to_pre[pre] = sign * add_lanes<Real>(sums);
  });
  if (!pass.is_wanted) to_pre.clear();
  return to_pre;
}

}  // namespace firstspike
