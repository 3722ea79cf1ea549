// The discrete-event scheduler: runs any network, one instant at a time, from a heap of pending events.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/event_queue.hpp"
#include "firstspike/engine/integrate.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// One run of a network over [0, t_max). A copy has the current state of the run. The network must outlive it.
template <class Real>
class event_simulation {
 public:
  explicit event_simulation(const network<Real>& net) : net_(&net), membranes_(net) {}

  /// Discards the previous run and queues the spikes of the sources. `source_times` [sources, in population order],
  /// [steps]; times outside [0, t_max) are silent. Each neuron of `clamped` (source = global id, of any kind of
  /// population) fires at the given time, regardless of its input, or never if this time is outside [0, t_max).
  void start(std::span<const double> source_times, double t_max, std::span<const spike> clamped = {});

  /// Processes all events at the earliest pending time. Returns false if no event is pending.
  bool step();

  /// Time of the last instant [steps].
  double now() const { return now_; }
  /// [neuron]; `never` for neurons that have not fired.
  std::span<const double> spike_times() const { return spike_times_; }
  /// [neuron]; predicted time of each neuron's crossing if nothing else arrives: ramp, and in a fire phase.
  std::span<const double> crossings() const { return crossings_; }
  /// At the threshold crossing for neurons that have crossed, else at `t` (>= now()); 0 for sources, bias neurons
  /// and clamped neurons.
  double v_m(std::uint32_t id, double t) const;
  const event_queue& pending() const { return queue_; }
  /// False for a prediction that an arrival has moved or cancelled since it was queued.
  bool still_holds(const event& e) const;

 private:
  void handle(const event& e);
  void deliver(std::uint32_t fan_out_index);
  void close_touched();
  void close_population(std::uint32_t population);
  void close_neuron(std::uint32_t id);
  void begin_fire_phase(std::uint32_t population);
  void cross_all_due(std::uint32_t population);  // and predicts the next
  void queue_next_crossing(std::uint32_t population);
  void cross(std::uint32_t id, std::uint32_t population);
  void send(std::uint32_t id, std::uint32_t population, double t);

  const network<Real>* net_;
  event_queue queue_;
  membranes<Real> membranes_;
  std::vector<double> spike_times_;
  std::vector<double> crossings_;
  std::vector<double> next_crossing_;  // [population] the current population_crossing (ramp, dense input)
  std::vector<double> v_m_at_crossing_;
  std::vector<double> end_of_arrivals_;             // [population]
  std::vector<double> end_of_firing_;               // [population]
  std::vector<std::uint32_t> left_;                 // [population] number of neurons that have not crossed
  std::vector<std::uint32_t> touched_populations_;  // with arrivals in this instant and rank: dense input ...
  std::vector<std::uint32_t> touched_neurons_;      // ... and neurons of other populations
  std::vector<std::uint32_t> beginning_;            // populations whose fire phase begins in this instant and rank
  double t_max_ = 0, now_ = 0;
};

}  // namespace firstspike
