// Common parts of the rules for constant thresholds. The effect of a spike on a neuron depends on the time from its
// arrival to the neuron's own spike (spike_response): dL/dw_ij = factor_j response, and dL/dt_i is the sum of
// factor_j w_ij over neurons that are still affected by the time of i, times a sign.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "firstspike/models/rules/inputs.hpp"
#include "firstspike/models/rules/patches.hpp"

namespace firstspike {

/// The time at which currents stop [steps]: arrivals then or later are ignored. Silent neurons count as firing then.
template <class Real>
double stop(const layer_pass<Real>& pass) {
  return std::min(pass.options.t_max, pass.post().t_close);
}

/// Divides by the L2 norm; zeros stay.
template <class Real>
void normalise(std::span<Real> delta) {
  const Real* other = delta.data();
  Real squared;
  kernels<Real>().dots(other, 1, &other, 1, delta.size(), &squared);
  const Real norm = std::sqrt(squared);
  if (norm > 0) std::ranges::for_each(delta, [norm](Real& d) { d /= norm; });
}

/// With `fires` set: sets `end` to the time from which on no neuron receives a spike.
template <class Real>
void set_end(const layer_pass<Real>& pass, std::size_t sample) {
  const auto latest = std::ranges::max(pass.fires(sample));
  const auto beyond = std::nextafter(latest, std::numeric_limits<Real>::infinity());
  pass.memory.end[sample] = std::min(stop(pass), static_cast<double>(beyond));
}

/// With `fires` and `end` set: [post] sums of w_ij over inputs that count by from <= since < until of the response.
template <class Real>
void causal_sums(const layer_pass<Real>& pass, std::size_t sample, const spike_response<Real>& response,
                 std::span<Real> sums) {
  std::ranges::fill(sums, Real{0});
  const auto fires = pass.fires(sample);
  if (const auto& shared = pass.net.describe(pass.of.weights).shared) {
    const auto add = [&](std::uint32_t projection) {
      const Real* weights = pass.net.weights(projection).data();
      for_each_patch(pass, projection, sample, pass.memory.end[sample],
                     [&](std::uint32_t, const patch& p, double arrival) {
                       for_each_cell(p, [&](std::uint32_t post, std::size_t weight) {
                         const scaled_row<Real> row{static_cast<Real>(arrival), weights + weight};
                         kernels<Real>().add_causal_rows(&sums[post], &fires[post], &row, 1, p.channels, response);
                       });
                     });
    };
    add(pass.of.weights);
    for (auto& sum : sums) sum *= pooling_factor<Real>(*shared);
    if (pass.of.bias) add(*pass.of.bias);
    if (pass.of.classes) add(*pass.of.classes);
    return;
  }
  for_each_input(
      pass, sample, pass.memory.end[sample], [](double arrival) { return static_cast<Real>(arrival); },
      [&](std::span<const scaled_row<Real>> rows) {
        kernels<Real>().add_causal_rows(sums.data(), fires.data(), rows.data(), rows.size(), sums.size(), response);
      });
}

/// causal_backward() where weights are shared.
template <class Real>
void causal_to_grid(const layer_pass<Real>& pass, const spike_response<Real>& response, Real sign) {
  const Real* weights = pass.net.weights(pass.of.weights).data();
  const Real factor = sign * pooling_factor<Real>(*pass.net.describe(pass.of.weights).shared);
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const auto to_pre = pass.dl_dt_pre.subspan(sample * pass.pre_size(), pass.pre_size());
    std::ranges::fill(to_pre, Real{0});
    for_each_patch(pass, pass.of.weights, sample, pass.memory.end[sample],
                   [&](std::uint32_t pre, const patch& p, double arrival) {
                     for_each_cell(p, [&](std::uint32_t post, std::size_t weight) {
                       const causal_input<Real> input{static_cast<Real>(arrival), &pass.factor(sample)[post],
                                                      &pass.fires(sample)[post]};
                       Real sum;
                       kernels<Real>().causal_dots(weights + weight, &input, 1, p.channels, response, &sum);
                       to_pre[pre] += factor * sum;
                     });
                   });
  }
}

/// With `factor`, `fires` and `end` set: dL/dt of the layer before.
template <class Real>
void causal_backward(const layer_pass<Real>& pass, const spike_response<Real>& response, Real sign) {
  if (pass.dl_dt_pre.empty()) return;
  if (pass.net.describe(pass.of.weights).shared) {
    causal_to_grid(pass, response, sign);
    return;
  }
  sum_to_pre<causal_input<Real>>(
      pass, sign,
      [&](std::size_t sample, double arrival) {
        return causal_input<Real>{static_cast<Real>(arrival), pass.factor(sample).data(), pass.fires(sample).data()};
      },
      [&](const Real* w, const causal_input<Real>* inputs, std::size_t count, Real* out) {
        kernels<Real>().causal_dots(w, inputs, count, pass.post_size(), response, out);
      });
}

/// dL/dw of one input.
template <class Real>
void causal_row(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t pre,
                const spike_response<Real>& response, gradients<Real>& g) {
  sum_weight_row<causal_input<Real>>(
      pass, projection, pre, g,
      [&](std::size_t sample, double arrival, std::size_t first) {
        return causal_input<Real>{static_cast<Real>(arrival), pass.factor(sample).data() + first,
                                  pass.fires(sample).data() + first};
      },
      [&](Real* sum, bool add, const causal_input<Real>* inputs, std::size_t count, std::size_t length) {
        kernels<Real>().sum_causal_rows(sum, add, inputs, count, length, response);
      });
}

/// dL/dw where weights are shared.
template <class Real>
void causal_shared(const layer_pass<Real>& pass, std::uint32_t projection, const spike_response<Real>& response,
                   std::span<Real> sum) {
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    for_each_patch(pass, projection, sample, pass.memory.end[sample],
                   [&](std::uint32_t, const patch& p, double arrival) {
                     for_each_cell(p, [&](std::uint32_t post, std::size_t weight) {
                       const causal_input<Real> input{static_cast<Real>(arrival), &pass.factor(sample)[post],
                                                      &pass.fires(sample)[post]};
                       kernels<Real>().sum_causal_rows(&sum[weight], true, &input, 1, p.channels, response);
                     });
                   });
  }
}

}  // namespace firstspike
