// An event debugger over one run of a network: move through it, inspect it, explain it, compare changes. Results are
// plain structs.
//
//   inspection<float> run(net, source_times, t_max);
//   run.break_at({.first = 784, .end = 794});
//   run.go_on();                                   // up to the first spike of these neurons
//   for (const auto& m : run.nearest(5)) ...       // nearest to their threshold
//   const auto why = run.why(neuron_id(net.populations(), "hidden:3"));
//   const auto otherwise = run.without(784);       // the whole run without a spike
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/inspect/causes.hpp"
#include "firstspike/inspect/instants.hpp"
#include "firstspike/inspect/silence.hpp"
#include "firstspike/inspect/timeline.hpp"
#include "firstspike/inspect/what_if.hpp"

namespace firstspike {

/// The position of a run.
struct run_point {
  std::size_t instant = 0;  ///< instants done
  double time = 0;          ///< [steps], of the last instant; 0 before the first
  double present =
      -1;  ///< [steps], everything up to here has happened: `time`, -1 before the first instant, t_max at the end
  bool at_end = false;                ///< nothing is pending
  double next_time = never;           ///< [steps], of the earliest pending event
  std::size_t pending = 0;            ///< events
  std::vector<std::size_t> spikes{};  ///< [population] up to `present`
  friend bool operator==(const run_point&, const run_point&) = default;
};

/// Where a run stops: after an instant in which one of the neurons [first, end) fires or, with a time, after the first
/// instant at that time or later.
struct breakpoint {
  std::uint32_t first = 0, end = 0;  ///< global ids
  std::optional<double> time{};      ///< [steps]
  std::string name{};                ///< the caller's
};

/// A watched neuron in an instant in which it received something, began its fire phase or fired.
struct watched_change {
  double time = 0;  ///< [steps]
  membrane now;
  std::vector<std::uint32_t> received{};  ///< whose spikes, in the order of arrival
  double weight = 0;                      ///< what they added in all
  friend bool operator==(const watched_change&, const watched_change&) = default;
};

/// The result of single steps.
struct steps_done {
  std::vector<instant> instants{};
  std::vector<watched_change> watched{};    ///< by time, then in the order in which the neurons were given
  std::optional<std::size_t> breakpoint{};  ///< index of the one that stopped the run
  bool at_end = false;
};

/// When go_on() stops.
struct run_goal {
  double until = never;                   ///< [steps], inclusive
  std::optional<std::uint32_t> neuron{};  ///< stop after the instant in which this one fires
};

enum class run_stop : std::uint8_t {
  end,         ///< no event is pending
  until,       ///< nothing was pending up to run_goal::until
  fired,       ///< run_goal::neuron fired
  breakpoint,  ///< a breakpoint was reached
};

struct run_done {
  run_point from, to;
  run_stop stopped_by = run_stop::end;
  std::size_t breakpoint = 0;             ///< its index, if stopped_by is `breakpoint`
  std::vector<std::size_t> new_spikes{};  ///< [population] after from.present, up to to.present
  std::vector<watched_change> watched{};  ///< as in steps_done
};

enum class pending_kind : std::uint8_t { arrival, fire_phase, prediction };

/// A pending event.
struct pending_event_info {
  double time = 0;  ///< [steps]
  pending_kind kind = pending_kind::arrival;
  std::uint32_t population =
      0;  ///< arrival: the target; else the one whose fire phase begins or that is predicted to fire
  /// arrival: the presynaptic neuron. prediction: the neuron, if known; one event may stand for the earliest prediction
  /// of a whole population.
  std::optional<std::uint32_t> neuron{};
  bool retracted = false;  ///< a prediction that no longer holds
  friend bool operator==(const pending_event_info&, const pending_event_info&) = default;
};

/// A population up to the present.
struct layer_state {
  std::size_t fired = 0;
  double first = never, latest = never;  ///< [steps], first and latest spike; `never` if there is none
  friend bool operator==(const layer_state&, const layer_state&) = default;
};

struct neuron_state {
  membrane now;           ///< of a source or bias neuron only id and spike_time
  bool given = false;     ///< source or bias neuron
  double closes = never;  ///< [steps], it cannot fire at this time or later
  friend bool operator==(const neuron_state&, const neuron_state&) = default;
};

enum class decision_state : std::uint8_t {
  no_outputs,  ///< the last population has no neurons
  open,        ///< no output has fired so far
  decided,
};

/// What the last population decides (engine/decision.hpp).
struct run_decision {
  decision_state state = decision_state::open;
  std::uint32_t output = 0;  ///< index within the last population
  double time = never;       ///< [steps]; `never` if all outputs are silent and the largest v_m decides
  friend bool operator==(const run_decision&, const run_decision&) = default;
};

/// Why a neuron fired.
struct spike_explanation {
  explanation why;
  std::vector<spike> critical_chain;  ///< as critical_chain() in causes.hpp
  std::vector<root> roots;            ///< as roots_of()
  double until = 0;                   ///< [steps], the present at the time of the explanation
  friend bool operator==(const spike_explanation&, const spike_explanation&) = default;
};

/// How many spikes of a population a change affects.
struct layer_changes {
  std::size_t moved = 0, vanished = 0, appeared = 0;
  friend bool operator==(const layer_changes&, const layer_changes&) = default;
};

/// The whole run with one change, compared with the run without it.
struct run_comparison {
  std::vector<changed_spike_time> changed;  ///< as changed_spikes()
  std::vector<layer_changes> layers;        ///< [population]
  run_decision before, after;
  std::vector<double> replaced_weights{};  ///< with_weight(): the weights before, of each synapse between the two
  std::uint64_t synapses = 0;              ///< with_weight(): those that changed; shared weights are those of many
};

/// The decision in sample 0 of a record, which must contain v_m.
template <class Real>
run_decision decision_of(const network<Real>& net, const spike_record& record, double t_max);

/// A run that starts before its first instant. All ids are global (neuron_names.hpp gives them). Long calls report
/// (instants or spikes done, those requested or 0). If they are cancelled, they throw `cancelled`: a run that moved
/// stays at the instant that it has reached, and all others keep their position.
template <class Real>
class inspection {
 public:
  /// As timeline's constructor; `checkpoint_bytes` bounds the memory for going back. The network must outlive it.
  inspection(const network<Real>& net, std::vector<double> source_times, double t_max,
             std::size_t checkpoint_bytes = std::size_t{1} << 30);

  const network<Real>& net() const { return line_.net(); }
  double t_max() const { return line_.t_max(); }
  run_point point() const;
  /// Upper bound of the memory used, without the network [bytes].
  std::size_t memory_bound() const;

  /// Up to `count` instants forward, until a breakpoint is hit or nothing is pending.
  steps_done step(std::size_t count = 1, const progress_callback& progress = {});
  /// Goes on to the goal, a breakpoint or the end. Throws std::invalid_argument, one line, if the goal is in the past.
  run_done go_on(const run_goal& goal = {}, const progress_callback& progress = {});
  /// Undoes the last `count` instants, exactly. Throws std::invalid_argument if fewer have been done.
  void back(std::size_t count = 1, const progress_callback& progress = {});
  /// To the state after all instants up to `t` [steps, inclusive], forward or back.
  void go_to_time(double t, const progress_callback& progress = {}) { line_.go_to_time(t, progress); }

  void break_at(breakpoint where) { breakpoints_.push_back(std::move(where)); }
  std::span<const breakpoint> breakpoints() const { return breakpoints_; }
  void clear_breakpoints() { breakpoints_.clear(); }
  /// Reports what the neuron receives while the run moves forward. Throws std::invalid_argument for a source or bias
  /// neuron.
  void watch(std::uint32_t id);
  std::span<const std::uint32_t> watched() const { return watched_; }
  void clear_watched() { watched_.clear(); }

  /// The first `most` pending events, in the order in which they will be handled.
  std::vector<pending_event_info> queue(std::size_t most) const;
  std::vector<layer_state> layers() const;  ///< [population]
  neuron_state state(std::uint32_t id) const;
  /// As nearest_to_threshold().
  std::vector<membrane> nearest(std::size_t most) const { return nearest_to_threshold(line_, most); }
  /// As far as spikes up to the present tell; at the end that of the whole run.
  run_decision decision() const;

  /// What explanations look at: the spikes up to the present. Valid until the run moves. Throws std::invalid_argument
  /// before the first instant.
  observed_run<Real> observed(const progress_callback& progress = {});
  /// Throws as explain() and observed().
  spike_explanation why(std::uint32_t id, const progress_callback& progress = {});
  /// Throws as explain_silence() and observed().
  silence why_not(std::uint32_t id, const progress_callback& progress = {}) {
    return explain_silence(observed(progress), id);
  }

  /// The whole run with neuron `id` silent, whatever it receives.
  run_comparison without(std::uint32_t id, const progress_callback& progress = {}) {
    return with_spike(id, never, progress);
  }
  /// The whole run with a spike of `id` at `t` [steps], in [0, t_max) or `never`. Throws std::invalid_argument for
  /// another time.
  run_comparison with_spike(std::uint32_t id, double t, const progress_callback& progress = {});
  /// The whole run with all synapses from `pre` to `post` at a weight, and with them all that share their weights.
  /// Throws as with_weight() of what_if.hpp.
  run_comparison with_weight(std::uint32_t pre, std::uint32_t post, double weight,
                             const progress_callback& progress = {});

 private:
  std::vector<std::size_t> spikes_after(double from) const;
  std::optional<std::size_t> breakpoint_hit(double before) const;
  void note_watched(const instant& now, std::vector<watched_change>& changes) const;
  void check_goal(const run_goal& goal) const;
  run_comparison compare(const spike_record& after, const progress_callback& progress);

  timeline<Real> line_;
  std::vector<double> source_times_;  // [source], [steps]
  std::vector<breakpoint> breakpoints_;
  std::vector<std::uint32_t> watched_;
  std::optional<incoming_synapses> incoming_;  // listed when first asked for
  std::optional<spike_record> unchanged_;      // the whole run; made when first asked for
};

}  // namespace firstspike
