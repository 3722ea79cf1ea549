// Exact time travel over one run of a network: checkpoints, and execution again from the nearest.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <span>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/network.hpp"

namespace firstspike {

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

  /// The state at the present position.
  const event_simulation<Real>& run() const { return run_; }
  const network<Real>& net() const { return *net_; }
  double t_max() const { return t_max_; }
  std::size_t position() const { return position_; }
  bool at_end() const { return run_.pending().empty(); }
  checkpoint_memory memory() const { return {checkpoints_.size(), held_bytes_, most_bytes_}; }

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
  struct checkpoint {
    std::size_t position;
    double cost;  // [s] of execution from the start
    std::size_t bytes;
    event_simulation<Real> run;
  };
  bool advance_with(double gap);
  double gap_in_long_move(double start) const;
  void settle();
  void restore(std::size_t index);
  void keep();
  checkpoint forget_least_useful();
  double usefulness(std::size_t index) const;

  const network<Real>* net_;
  double t_max_;
  std::size_t most_bytes_;
  event_simulation<Real> run_;
  std::size_t position_ = 0;
  double cost_ = 0;                     // [s] of execution from the start to here
  double copy_seconds_ = 0;             // what the last checkpoint took to make
  std::deque<checkpoint> checkpoints_;  // by position; the first is the start. No vector: growing would copy the runs,
                                        // as Boost's heap does not promise a move that cannot throw
  std::size_t next_ = 1;                // the first checkpoint behind position_
  std::size_t held_bytes_ = 0;
};

}  // namespace firstspike
