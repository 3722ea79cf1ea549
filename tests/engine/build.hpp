// Helpers that build small networks, and run them with every scheduler that supports them.
#pragma once

#include <doctest/doctest.h>

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
