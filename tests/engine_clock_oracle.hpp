// A clock-driven simulation of the step kernel, written apart from the engine: every step of time is visited.
#pragma once

#include <span>
#include <vector>

#include "engine/network.hpp"

namespace firstspike {

struct clock_run {
  std::vector<double> times;  ///< [neuron]
  std::vector<double> v_m;    ///< [neuron]; at the crossing, else at the end; 0 for sources and references
};

/// One sample. Step kernel only; delays, windows, source times (but `never`) and t_max must be whole numbers.
template <class Real>
clock_run run_clock(const std::vector<population>& populations, const std::vector<projection<double>>& projections,
                    std::span<const double> source_times, double t_max);

}  // namespace firstspike
