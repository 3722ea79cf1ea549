// Runs a network on many samples, on many threads, with a given scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// Three implementations of the same semantics; for one network and precision their results are bit-identical.
enum class scheduler : std::uint8_t {
  automatic,  ///< sweep or heap, as chosen_scheduler() says
  heap,       ///< discrete events; any network
  sweep,      ///< layer by layer; acyclic networks
  naive,      ///< the oracle; any network, slow
};

struct simulation_options {
  double t_max = 256;  ///< [steps], the window is [0, t_max); allowed: (0, 2^32]
  scheduler engine = scheduler::automatic;
  unsigned threads = 1;     ///< at least 1; affects only the run time
  bool potentials = false;  ///< also record v_m
  /// Ends each run after the instant of the last population's first spike. Neurons that have not fired by then are
  /// recorded as silent, with their v_m at this instant. Needs heap or automatic.
  bool early_exit = false;
};

/// How to run a network; does not affect the result.
struct run_options {
  scheduler engine = scheduler::automatic;
  unsigned threads = 1;
};

/// The scheduler that runs the network: `wanted` itself or, if it is `automatic`, the faster one: sweep if the network
/// is acyclic and each population of neurons with an input has a dense one, unless each run ends early; otherwise heap.
template <class Real>
scheduler chosen_scheduler(const network<Real>& net, scheduler wanted, bool early_exit = false);

/// `source_times` [sample][source], row-major, sources in population order, [steps]; times outside [0, t_max), `never`
/// among them, are silent. Throws std::invalid_argument for a size that is no multiple of the number of sources, for
/// NaN or options out of range, for `sweep` on a recurrent network, and for early_exit with `sweep` or `naive`. Reports
/// (samples done, all) several times a second between samples, with heap also within a long sample; throws `cancelled`.
template <class Real>
spike_record simulate(const network<Real>& net, std::span<const double> source_times, const simulation_options& options,
                      const progress_callback& progress = {});

}  // namespace firstspike
