// The oracle of the schedulers.
#pragma once

#include <span>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// The oracle: no queue, no incremental sums. Scans all neurons for the earliest next event, and recomputes each
/// neuron's sums from its complete list of arrivals. Any network. `source_times` [sources, in population
/// order], `times` and `v_m` [neuron], all in steps except v_m, which may be empty. Other schedulers are tested against
/// it, so keep it simple.
template <class Real>
void run_naive(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m);

}  // namespace firstspike
