// Random small networks of every shape that the engine supports, each with its own random numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike {

enum class network_shape : std::uint8_t {
  dense_layers,      ///< dense projections that lead forward
  sparse_acyclic,    ///< sparse and dense projections that lead forward, skips and doubles among them
  sparse_recurrent,  ///< the same, and sparse projections that lead back
  dense_recurrent,   ///< the same, and dense projections with a delay that lead back
};

struct network_choice {
  network_shape shape = network_shape::dense_layers;
  bool whole = true;          ///< small whole-number weights, thresholds, delays and times: V == theta and ties abound
  bool step_only = false;     ///< every neuron has the step kernel
  bool whole_times = true;    ///< times and delays are whole numbers even where weights are not
  std::uint32_t samples = 0;  ///< 0: one to four
  /// Every firing time is a whole number: only populations with a fire phase have the ramp kernel, their slopes are 0,
  /// 1, 1/2 or 1/4, and with real weights they have the step kernel and slope 0. Requires whole_times.
  bool on_clock = false;
  double fire_phases = 0.5;  ///< fraction of the networks that have populations with a fire phase
};

/// The description of a network, independent of the engine's network class, with samples to run.
struct random_case {
  std::vector<population> populations;  ///< in random order
  std::vector<projection<double>> projections;
  std::vector<double> source_times;  ///< [sample][source]
  double t_max = 0;
};

/// The same for the same (seed, number, choice).
random_case draw_case(std::uint64_t seed, std::uint64_t number, const network_choice& choice);

/// The network of a case in one precision.
template <class Real>
network<Real> build(const random_case& from) {
  return with_precision<Real>(network<double>(from.populations, from.projections));
}

}  // namespace firstspike
