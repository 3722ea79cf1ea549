// Common parts of the rules for fire phases: V_j = sum of w_ij c_i over the inputs that arrive until t_fire, c_i = 1
// (step) or t_fire - a_i (ramp). `factor` of a neuron is delta_j = dL/dV_j.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "firstspike/models/rules/inputs.hpp"
#include "firstspike/models/rules/patches.hpp"

namespace firstspike {

/// Arrivals at this time or later do not count for V [steps].
template <class Real>
double end_of_integration(const layer_pass<Real>& pass) {
  return std::min(std::nextafter(pass.post().t_fire, never), pass.options.t_max);
}

/// Sets `factor` of neurons that fire by a falling threshold: dt/dV = -1 / threshold_slope within (t_fire, t_close).
/// Neurons that are silent or fire at t_fire have 0; in a layer that wakes they have the component that moves them back
/// into the window.
template <class Real>
void falling_threshold_delta(const layer_pass<Real>& pass, std::size_t sample) {
  const auto t_fire = pass.post().t_fire;
  const auto per_step = static_cast<Real>(-1 / pass.post().threshold_slope);
  const auto times = pass.spike_times(sample);
  const auto dl_dt = pass.dl_dt(sample);
  const auto delta = pass.factor(sample);
  const bool wakes = pass.wakes(sample);
  for (std::size_t j = 0; j < delta.size(); ++j) {
    const double t = times[j];
    const bool silent = t == never, inside = !silent & (t != t_fire);
    const bool moves_back = (silent ? dl_dt[j] : -dl_dt[j]) > 0;
    delta[j] = inside | (wakes & moves_back) ? per_step * dl_dt[j] : 0;
  }
}

/// Calls visit(index) for the numbers that are not 0, in order.
template <class Real, class Visit>
void for_each_other_than_0(std::span<const Real> numbers, const Visit& visit) {
  std::array<std::uint32_t, 64> found;
  for (std::size_t first = 0; first < numbers.size(); first += found.size()) {
    std::size_t count = 0;
    const auto end = std::min(numbers.size(), first + found.size());
    for (auto i = first; i < end; ++i) {
      found[count] = static_cast<std::uint32_t>(i);
      count += numbers[i] != 0;  // no branch, which would be mispredicted
    }
    for (std::size_t k = 0; k < count; ++k) visit(found[k]);
  }
}

/// dL/dt_i = -sum of w_ij delta_j for all neurons of the layer before, on the samples where some delta is not 0.
template <class Real>
void pass_to_all(const layer_pass<Real>& pass) {
  constexpr std::size_t at_once = 32;
  const auto pres = pass.pre_size(), posts = pass.post_size();
  std::array<const Real*, gradient_block> delta;
  std::array<Real*, gradient_block> to;
  std::size_t count = 0;
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const auto of_sample = pass.dl_dt_pre.subspan(sample * pres, pres);
    std::ranges::fill(of_sample, Real{0});
    delta[count] = pass.factor(sample).data();
    to[count] = of_sample.data();
    count += pass.memory.end[sample] > 0;
  }
  std::array<Real, at_once * gradient_block> out;
  for (std::size_t first = 0; first < pres && count > 0; first += at_once) {
    const auto rows = std::min(at_once, pres - first);
    kernels<Real>().dots(pass.weights(pass.of.weights, first).data(), rows, delta.data(), count, posts, out.data());
    for (std::size_t pre = 0; pre < rows; ++pre) {
      for (std::size_t k = 0; k < count; ++k) to[k][first + pre] = -out[pre * count + k];
    }
  }
}

/// The same where weights are shared. Without `silent_too`, inputs that did not arrive have 0.
template <class Real>
void pass_to_grid(const layer_pass<Real>& pass, bool silent_too) {
  const auto& c = *pass.net.describe(pass.of.weights).shared;
  const auto delay = pass.net.describe(pass.of.weights).delay;
  const auto &pre = pass.net.populations()[pass.of.pre].shape, &post = pass.post().shape;
  const auto small = pooled(c, pre);
  const patch_table back(reverse(c), post, small);
  const Real factor = -pooling_factor<Real>(c);
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const auto to_pre = pass.dl_dt_pre.subspan(sample * pass.pre_size(), pass.pre_size());
    const double end = pass.memory.end[sample];
    std::ranges::fill(to_pre, Real{0});
    if (!(end > 0)) continue;
    const auto sums = std::span(pass.memory.pooled).subspan(sample * small.size(), small.size());
    std::ranges::fill(sums, Real{0});
    const auto delta = pass.factor(sample);
    for_each_other_than_0<Real>(delta, [&](std::uint32_t j) {
      best_kernels<Real>().add_patch(back[j], pass.memory.reversed.data(), delta[j], 1, sums.data());
    });
    const auto times = pass.times_of(sample).subspan(pass.net.first_id(pass.of.pre), pre.size());
    spread(c, pre, to_pre, [&, silent_too, delay](std::size_t i, std::size_t window) {
      const bool counts = silent_too | (times[i] + delay < end);
      return counts ? factor * sums[window] : 0;
    });
  }
}

/// With `factor` set: sets `end`, and dL/dt_i = -sum of w_ij delta_j: exact for ramp; for step by the convention that
/// later spikes have less effect. With `silent_too`, inputs that did not arrive are included.
template <class Real>
void weighted_sum_backward(const layer_pass<Real>& pass, bool silent_too) {
  const double end = end_of_integration(pass);
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    const bool is_zero = std::ranges::all_of(pass.factor(sample), [](Real d) { return d == 0; });
    pass.memory.end[sample] = is_zero ? -never : end;
  }
  if (pass.dl_dt_pre.empty()) return;
  if (pass.net.describe(pass.of.weights).shared) {
    pass_to_grid(pass, silent_too);
    return;
  }
  if (silent_too) {
    pass_to_all(pass);
    return;
  }
  sum_to_pre<const Real*>(
      pass, Real{-1}, [&](std::size_t sample, double) { return pass.factor(sample).data(); },
      [&](const Real* w, const Real* const* delta, std::size_t count, Real* out) {
        kernels<Real>().dots(w, 1, delta, count, pass.post_size(), out);
      });
}

/// c_i of an input that arrives at `arrival`.
template <class Real>
Real charge_of(const layer_pass<Real>& pass, double arrival) {
  const bool ramp = pass.net.kernel(pass.of.population) == synapse_kernel::ramp;
  return static_cast<Real>(ramp ? pass.post().t_fire - arrival : 1);
}

/// dL/dw_ij = c_i delta_j where weights are shared.
template <class Real>
void weighted_sum_shared(const layer_pass<Real>& pass, std::uint32_t projection, std::span<Real> sum) {
  for (auto sample = pass.first; sample < pass.end; ++sample) {
    for_each_window(
        pass, projection, sample, pass.memory.end[sample], [&](double arrival) { return charge_of(pass, arrival); },
        [&](Real charge, const patch& p) {
          best_kernels<Real>().add_patch(exchanged(p), pass.factor(sample).data(), charge, 1, sum.data());
        });
  }
}

/// dL/dw_ij = c_i delta_j.
template <class Real>
void weighted_sum_row(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t pre, gradients<Real>& g) {
  sum_weight_row<scaled_row<Real>>(
      pass, projection, pre, g,
      [&](std::size_t sample, double arrival, std::size_t first) {
        return scaled_row<Real>{charge_of(pass, arrival), pass.factor(sample).data() + first};
      },
      kernels<Real>().sum_rows);
}

}  // namespace firstspike
