// The discrete-event scheduler: runs any network, one instant at a time, from a queue of pending events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/event_queue.hpp"
#include "firstspike/engine/integrate.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// What one instant handled, in the order of handling.
struct instant_log {
  std::vector<fan_out> arrived;      ///< whose spikes arrived
  std::vector<std::uint32_t> began;  ///< populations whose fire phase began
  std::size_t retracted = 0;         ///< predictions that were due but retracted
};

/// One run of a network over [0, t_max). A copy has the current state of the run. The network must outlive it, and
/// start() allocates nothing that an earlier run has already needed.
template <class Real>
class event_simulation {
 public:
  /// Without `potentials` a run takes less memory, and v_m() and write_v_m() must not be called.
  explicit event_simulation(const network<Real>& net, bool potentials = true);

  /// Discards the previous run and starts one. `source_times` [sources, in population order], [steps]; times outside
  /// [0, t_max) are silent. Each neuron of `clamped` (source = global id, of any kind of population) fires at the given
  /// time, regardless of its input, or never if this time is outside [0, t_max).
  void start(std::span<const double> source_times, double t_max, std::span<const spike> clamped = {});

  /// Processes all events at the earliest pending time, and adds them to `log` if there is one. Returns false if no
  /// event is pending.
  bool step(instant_log* log = nullptr);

  /// Time of the last instant [steps].
  double now() const { return now_; }
  /// Whether no event is pending.
  bool at_end() const { return queue_.empty(); }
  /// Time of the next instant [steps]; `never` at the end.
  double next_time() const { return queue_.empty() ? never : queue_.next().time; }
  /// [neuron]; `never` for neurons that have not fired.
  std::span<const double> spike_times() const { return spike_times_; }
  /// Predicted time of a neuron's crossing if nothing else arrives: ramp, and in a fire phase.
  double crossing(std::uint32_t id) const;
  /// At the threshold crossing for neurons that have crossed, else at `t` (>= now()); 0 for sources, bias neurons
  /// and clamped neurons.
  double v_m(std::uint32_t id, double t) const;
  /// The same of all neurons.
  void write_v_m(double t, std::span<double> v_m) const;
  /// Number of events handled by all instants so far; a delivery counts once for each fan-out.
  std::uint64_t handled() const { return handled_; }

  /// The first `most` pending events, earliest first. Each fan-out that a spike has yet to reach is one delivery, and
  /// predictions are those that hold, that is one for each population with dense input, and retracted ones. Takes time
  /// and memory for all spikes under way.
  std::vector<event> pending(std::size_t most) const;
  /// The number of events that pending() can list.
  std::size_t pending_count() const;
  /// False for a prediction that an arrival has moved or cancelled since it was queued.
  bool still_holds(const event& e) const {
    return e.kind() != event_kind::neuron_crossing || crossing(e.id()) == e.time;
  }
  /// Memory of a copy [bytes].
  std::size_t bytes() const;

 private:
  // What deliveries need of a projection, in one place.
  struct target {
    const synapse_table<Real>* synapses;  // null if not sparse
    double delay;                         // not sparse
    double end_of_arrivals;
    double t_fire;               // of the postsynaptic population
    std::uint32_t post;          // population
    std::uint32_t first_id;      // of its neurons
    std::uint32_t pre_first_id;  // of the presynaptic neurons
    std::uint32_t rank, pre_rank;
    Real lowest_v_th;  // of the postsynaptic population
    bool shared, ramp, has_fire_phase, dense_fed;
  };

  void list_given(bool any_population);
  void prepare();
  void prefetch_given() const;
  void prefetch_deliveries() const;
  void prefetch_neuron(std::uint32_t id, const target& to) const;
  void handle(const event& e);
  void deliver_dense(const event& e, const target& to);
  void deliver_patch(const event& e, const target& to);
  void deliver_along_row(event e, const target& to);
  void deliver_held(const event& e, const target& to);
  void deliver_synapses(const event& e, const target& to, std::uint32_t end);
  void touch_neuron(std::uint32_t id, const target& to);
  void touch_population(std::uint32_t population);
  void close_touched();
  void close_population(std::uint32_t population);
  void close_neuron(std::uint32_t id);
  void begin_fire_phase(std::uint32_t population);
  void predict_up_to_next();
  double horizon(std::uint32_t population);
  void predict_due(std::uint32_t population, double until);
  void cross(std::uint32_t id, std::uint32_t population);
  void send(std::uint32_t id, std::uint32_t population, double t);
  double v_m_in(std::uint32_t population, std::uint32_t id, double t) const;
  void send_row(std::uint32_t id, std::uint32_t projection, double t, std::uint32_t first, std::uint32_t end);
  event first_delivery(std::uint32_t id, std::uint32_t projection, double t) const;
  bool advance_along_row(event& e) const;
  bool advance(event& e) const;
  std::vector<event> listed() const;

  // The state of predictions of one population in this run.
  struct population_state {
    double end_of_firing;
    double tested_until;     // together_: no neuron crosses up to here but those that are queued
    double queued_until;     // together_: the last queued crossing
    std::uint32_t left;      // number of neurons that have not crossed
    std::size_t next_given;  // together_: the first of given_ that may arrive after now
  };

  const network<Real>* net_;
  bool potentials_;
  std::vector<target> targets_;  // [projection]
  bool has_rows_ = false;        // there is a sparse one
  bool any_ramp_ = false;        // a population has this kernel
  bool predicts_ = false;        // a population has predictions: ramp, or a fire phase
  event_queue queue_;
  large_vector<event> given_;  // spikes known before the run, by time; those before next_given_ have been sent
  std::size_t next_given_ = 0;
  event_sorter sorter_;
  membranes<Real> membranes_;
  large_vector<double> spike_times_;
  large_vector<double> crossings_;        // [neuron] predicted and queued; empty if no population has predictions
  large_vector<double> v_m_at_crossing_;  // [neuron]; empty without potentials
  std::vector<population_state> states_;  // [population]
  std::vector<std::uint32_t> due_;        // neurons of a population with dense input that may cross
  std::vector<std::uint32_t> together_;   // populations with dense input, ramp, no fire phase
  std::vector<std::uint32_t> touched_populations_;  // with arrivals in this instant and rank: dense input ...
  std::vector<std::uint32_t> touched_neurons_;      // ... and neurons of other populations that may cross
  std::vector<std::uint32_t> beginning_;            // populations whose fire phase begins in this instant and rank
  instant_log* log_ = nullptr;
  std::uint64_t handled_ = 0;
  double now_ = 0;
};

}  // namespace firstspike
