// Helpers that build small networks, and run them with every scheduler that supports them.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/refusal.hpp"

namespace firstspike {

inline population sources(std::string name, std::uint32_t size) {
  return {std::move(name), population_kind::source, size, {}};
}

inline population bias_neurons(std::string name, std::uint32_t size, double t_fire) {
  return {std::move(name), population_kind::bias, size, {}, t_fire};
}

inline population neurons(std::string name, std::uint32_t size, double v_th, double t_close = never) {
  return {std::move(name), population_kind::neurons, size, std::vector<double>(size, v_th), never, 0, t_close};
}

/// Neurons that integrate until `t_fire` and then fire by a threshold that falls by `slope` [1 / step].
inline population fire_phase_neurons(std::string name, std::uint32_t size, double v_th, double t_fire, double slope,
                                     double t_close = never) {
  return {std::move(name), population_kind::neurons, size, std::vector<double>(size, v_th), t_fire, slope, t_close};
}

template <class Real>
projection<Real> dense(std::uint32_t pre, std::uint32_t post, synapse_kernel kernel, double delay,
                       std::vector<Real> weights) {
  return {pre, post, kernel, false, delay, std::move(weights), {}};
}

template <class Real>
projection<Real> sparse(std::uint32_t pre, std::uint32_t post, synapse_kernel kernel, std::vector<synapse> synapses) {
  return {pre, post, kernel, true, 0, {}, std::move(synapses)};
}

/// The delay is so long that the times of spikes that differ by less than 2^-22 are rounded to one time of arrival. The
/// sum of the weights of the first neurons, 0.1f, 1e8f and -1e8f, depends on its order.
struct rounded_arrivals {
  network<float> net{{sources("in", 3), neurons("layer", 20, 1e9)},
                     {dense<float>(0, 1, synapse_kernel::step, 0x1p31, [] {
                       std::vector<float> weights(60, 0.1f);
                       std::fill_n(weights.begin() + 20, 20, 1e8f);
                       std::fill_n(weights.begin() + 40, 20, -1e8f);
                       return weights;
                     }())}};
  std::vector<double> source_times{1 + 0x1p-23, 1, 1 + 0x1p-24};
};

/// 3 x 3 sources and 2 x 2 x 2 neurons by a kernel of 2 x 2: channel 0 has 1 2 / 3 4, channel 1 has -1 everywhere. One
/// output receives 1 from each neuron.
struct small_convolution {
  network<double> net = [] {
    auto pixels = sources("input", 9);
    auto layer = neurons("hidden", 8, 5);
    pixels.shape = {3, 3, 1};
    layer.shape = {2, 2, 2};
    constexpr auto step = synapse_kernel::step;
    projection<double> p{0, 1, step, false, 1, {1, -1, 2, -1, 3, -1, 4, -1}, {}};
    p.shared = convolution{.kernel_rows = 2, .kernel_columns = 2};
    return network<double>({pixels, layer, neurons("output", 1, 1)},
                           {p, dense<double>(1, 2, step, 1, {1, 1, 1, 1, 1, 1, 1, 1})});
  }();
  std::vector<double> source_times{0, never, never, never, 1, 2, never, never, 3};
};

/// Exact comparison. NaN, which is not a valid time or v_m, is not equal to anything.
inline bool same_records(const spike_record& a, const spike_record& b) {
  return a.samples == b.samples && a.neurons == b.neurons && a.times == b.times && a.v_m == b.v_m;
}

/// Runs every scheduler that supports the network, checks that their records are equal, and returns the record.
template <class Real>
spike_record agreed(const network<Real>& net, std::span<const double> source_times, double t_max = 256) {
  const auto heap = simulate(net, source_times, {t_max, scheduler::heap, 1, true});
  CHECK(same_records(heap, simulate(net, source_times, {t_max, scheduler::naive, 1, true})));
  if (net.acyclic()) CHECK(same_records(heap, simulate(net, source_times, {t_max, scheduler::sweep, 1, true})));
  return heap;
}

template <class Real>
spike_record agreed(const network<Real>& net, std::initializer_list<double> source_times, double t_max = 256) {
  return agreed(net, std::span(source_times.begin(), source_times.size()), t_max);
}

}  // namespace firstspike
