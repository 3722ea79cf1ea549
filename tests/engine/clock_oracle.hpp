// A clock-driven simulation without code of the engine: it visits every time step.
#pragma once

#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike {

struct clock_run {
  std::vector<double> times;  ///< [neuron]
  std::vector<double> v_m;    ///< [neuron]; at the crossing, else at the end; 0 for sources and bias neurons
};

/// One sample. Delays, t_fire, t_close, source times (but `never`) and t_max must be whole numbers, and so must be the
/// times at which a threshold falls to v_m. Neurons without a fire phase must have the step kernel. For a population
/// with a fire phase and the ramp kernel, weights must be whole numbers, so that the sums are exact.
template <class Real>
clock_run run_clock(const std::vector<population>& populations, const std::vector<projection<double>>& projections,
                    std::span<const double> source_times, double t_max);

}  // namespace firstspike
