// The layered schedule: population after population over sorted arrivals, without a heap.
#pragma once

#include <span>

#include "engine/network.hpp"

namespace firstspike {

/// Runs one sample over [0, t_max). Same bits as event_simulation; meant for layered networks, as each
/// arrival at a population tests the whole of it. `source_times` [sources, in population order], `times` and
/// `v_m` [neuron], all in steps; `v_m` may be empty. Throws std::invalid_argument where the network is not
/// acyclic().
template <class Real>
void run_sweep(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

}  // namespace firstspike
