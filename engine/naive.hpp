// The oracle: no queue, nothing incremental. It decides what is right; keep it too simple to be wrong.
#pragma once

#include <span>

#include "engine/network.hpp"

namespace firstspike {

/// Runs one sample over [0, t_max): scans all neurons for the earliest thing that can happen next, and
/// recomputes each neuron's sums from its whole list of arrivals. Any network. Arguments as in run_sweep.
template <class Real>
void run_naive(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

}  // namespace firstspike
