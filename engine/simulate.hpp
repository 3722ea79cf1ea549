// Runs a network on many samples, on many threads, with a given scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

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
/// (samples done, all) several times a second between samples, with heap also within a long sample, and at the end;
/// throws `cancelled`.
template <class Real>
spike_record simulate(const network<Real>& net, std::span<const double> source_times, const simulation_options& options,
                      const progress_callback& progress = {});

/// The same into a record that exists, whose memory is used again and grows if it is too small. After an exception its
/// values are undefined. `source_times` must not be part of it.
template <class Real>
void simulate_into(spike_record& record, const network<Real>& net, std::span<const double> source_times,
                   const simulation_options& options, const progress_callback& progress = {});

/// The most samples of one block of simulate_blocks(). The record of a block of a small network stays in the cache.
inline constexpr std::size_t most_samples_of_block = 64;

/// Source times as in simulate(), of samples [first, end).
using block_input = std::function<std::vector<double>(std::size_t first, std::size_t end)>;

/// Takes the record of samples first, first + 1, ... and returns what is to be done in the order of samples, if
/// anything, before the record's memory is used again.
using block_use = std::function<std::function<void()>(std::size_t first, const spike_record& record)>;

/// Runs samples [0, samples) in blocks. Each thread takes the next block, asks for its input, runs it, and calls
/// use(record): these calls are made on all threads at the same time. What they return is called for one block after
/// the other, in the order of samples, also on any thread. None may wait for work of oneTBB in the caller's arena. How
/// samples are divided into blocks may differ from run to run. Holds, for each thread, the source times and the record
/// of one block of up to most_samples_of_block samples; a block of a slow network is shorter, and takes a fraction of a
/// second. Returns the engine's part of the elapsed time [s]: as large as its part of the work of all threads. Throws
/// and reports as simulate(), and rethrows what the functions throw.
template <class Real>
double simulate_blocks(const network<Real>& net, std::size_t samples, const block_input& source_times,
                       const block_use& use, const simulation_options& options, const progress_callback& progress = {});

}  // namespace firstspike
