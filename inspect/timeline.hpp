// Exact time travel over one run of a network: checkpoints, and execution again from the nearest.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "firstspike/engine/network.hpp"

namespace firstspike {

template <class Real>
class event_simulation;  // engine/heap.hpp

/// What the checkpoints of a timeline hold [bytes].
struct checkpoint_memory {
  std::size_t count = 0;  ///< the start of the run among them
  std::size_t held = 0;   ///< in all
  std::size_t most = 0;   ///< `held` never exceeds this, or that of the start where one checkpoint alone is larger
};

/// Membranes, spike times and pending events of a run, as a copy of it holds them [bytes].
template <class Real>
std::size_t bytes_of(const network<Real>& net, const event_simulation<Real>& run);

/// What one run of a network can take at most, whatever happens in it: its queue at its longest, and while that grows
/// [bytes]. Pending are at most one delivery for each fan-out; for each population with a fire phase its start or,
/// after that, one prediction for each of its neurons; for each other ramp population one prediction for each arrival
/// and spike.
template <class Real>
std::size_t most_bytes_of_run(const network<Real>& net);

/// A run that can be moved to any of its instants. Position n is the state after n instants (engine steps), 0 that
/// before the first; whatever the way there, the state at a position is the same, bit for bit, as execution is
/// deterministic and a checkpoint is a copy. Gaps between checkpoints grow with the distance from the present, in
/// seconds of execution, so that a small step back costs little however long the run is and memory stays bounded.
template <class Real>
class timeline {
 public:
  /// Starts a run at position 0. `source_times` [source], population order, [steps]; the window is [0, t_max). The
  /// network must outlive it. Throws std::invalid_argument for a wrong number of sources or t_max out of (0, 2^32].
  timeline(const network<Real>& net, std::span<const double> source_times, double t_max, std::size_t most_bytes);

  timeline(timeline&&) noexcept;
  timeline& operator=(timeline&&) noexcept;
  ~timeline();

  /// Time of the last instant [steps]; 0 at position 0.
  double now() const;
  /// [neuron] [steps]; `never` for those that have not fired by the present position.
  std::span<const double> spike_times() const;
  const network<Real>& net() const;
  double t_max() const;
  std::size_t position() const;
  bool at_end() const;
  checkpoint_memory memory() const;
  /// The state at the present position as the engine holds it, pending events too. For the project's own code: its
  /// header, engine/heap.hpp, is not installed.
  const event_simulation<Real>& run() const;

  /// One instant forward. False at the end, where nothing is pending.
  bool advance();
  /// Goes on while something is pending at `until` [steps, inclusive] or earlier, and stop(), asked after each instant,
  /// does not say to stop.
  void run_on(double until, const std::function<bool()>& stop);
  /// To that position, or to the end where the run has fewer instants.
  void go_to(std::size_t position);
  /// To the state after all instants up to `t` [steps], t included; a `t` before the first gives position 0.
  void go_to_time(double t);

 private:
  struct history;
  std::unique_ptr<history> history_;
};

}  // namespace firstspike
