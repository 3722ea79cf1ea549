// Exact time travel over one run of a network: checkpoints, and execution from the nearest one.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"

namespace firstspike {

template <class Real>
class event_simulation;  // engine/heap.hpp
struct instant_log;      // engine/heap.hpp

/// Memory of the checkpoints of a timeline [bytes].
struct checkpoint_memory {
  std::size_t count = 0;  ///< including the start of the run
  std::size_t held = 0;   ///< in total
  std::size_t most = 0;   ///< limit of `held`, or the size of the start if a single checkpoint is larger
};

/// Upper bound of the memory of any run of a network, including the growth of its queue [bytes]. Queued events are at
/// most: one delivery for each neuron and projection that leaves its population; for each population with a fire phase
/// its start or, after that, one prediction for each of its neurons; for each other ramp population one prediction for
/// each neuron or, without dense input, for each arrival.
template <class Real>
std::size_t most_bytes_of_run(const network<Real>& net);

/// A run that can be moved to any of its instants. Position n is the state after n instants, position 0 is the state
/// before the first. The state at a position is bit-identical for every sequence of moves, because execution is
/// deterministic and a checkpoint is a copy. Gaps between checkpoints grow with the distance from the present, in
/// seconds of execution, so that a small move back is fast in a run of any length and memory is bounded.
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
  /// The engine's state at the present position, including pending events. Internal: its header, engine/heap.hpp, is
  /// not installed.
  const event_simulation<Real>& run() const;

  /// One instant forward, which `log` then tells. Returns false at the end, if no event is pending.
  bool advance(instant_log* log = nullptr);
  /// Continues while an event is pending at `until` [steps, inclusive] or earlier, and stop(), called after each
  /// instant, returns false.
  void run_on(double until, const std::function<bool()>& stop);
  /// Moves to that position, or to the end if the run has fewer instants. Reports (instants executed, 0), here and
  /// below; where it is cancelled, the run stays at the instant that it has reached.
  void go_to(std::size_t position, const progress_callback& progress = {});
  /// Moves to the state after all instants up to `t` [steps, inclusive]; to position 0 if `t` is before the first.
  void go_to_time(double t, const progress_callback& progress = {});

 private:
  struct history;
  std::unique_ptr<history> history_;
};

}  // namespace firstspike
