// The two schedulers beside the heap: layer by layer, and the oracle. Callers use simulate.hpp.
#pragma once

#include <span>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// Population after population over sorted arrivals, without a heap. Runs one sample over [0, t_max). Meant for layered
/// networks, as each arrival at a population tests the whole of it. Throws std::invalid_argument where the network is
/// not acyclic(). `source_times` [sources, in population order], `times` and `v_m` [neuron], all in steps; `v_m` may be
/// empty.
template <class Real>
void run_sweep(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

/// The oracle: no queue, nothing incremental. Scans all neurons for the earliest thing that can happen next, and
/// recomputes each neuron's sums from its whole list of arrivals. Any network; arguments as above. It decides what is
/// right: keep it too simple to be wrong.
template <class Real>
void run_naive(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

}  // namespace firstspike
