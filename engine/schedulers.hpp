// The schedulers sweep and naive. Callers use simulate.hpp.
#pragma once

#include <span>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// Processes one population after the other over sorted arrivals, without a heap. Runs one sample over [0, t_max).
/// Intended for layered networks, because each arrival at a population tests all its neurons. Throws
/// std::invalid_argument if the network is not acyclic(). `source_times` [sources, in population order], `times` and
/// `v_m` [neuron], all in steps; `v_m` may be empty.
template <class Real>
void run_sweep(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

/// The oracle: no queue, no incremental sums. Scans all neurons for the earliest next event, and recomputes each
/// neuron's sums from its complete list of arrivals. Any network; arguments as above. Other schedulers are tested
/// against it, so keep it simple.
template <class Real>
void run_naive(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

}  // namespace firstspike
