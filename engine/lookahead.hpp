// The fast path of the scheduler `heap` for networks with dense projections only: streams of spikes instead of a queue
// of events.
//
// heap.cpp, the plain version, handles one instant after the other and runs any network. This one asks for each
// population until when its arrivals are known: nothing happens before the earliest pending event of the network, and a
// spike arrives a delay after it was sent. Up to then, or for a bounded number of arrivals, it handles the population
// alone. This is conservative discrete-event simulation with lookahead (Chandy & Misra 1979, Bryant 1977; the earliest
// pending event instead of null messages, as Lubachevsky 1989). It buys three things:
//
// - All synapses of a dense projection have one delay, and spikes leave a population by time. So the arrivals of a
//   projection are a sorted stream, and nothing is pushed into a queue.
// - The sums of a population stay in vector registers for many arrivals (vector_kernels.hpp), not for one instant.
// - Crossings of ramp neurons between two arrivals are found in one pass, and none is retracted.
//
// A dense image takes a third to a fifth of the time (bench/README.md). tests/engine/lookahead_test.cpp compares both
// versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "firstspike/engine/dense_layers.hpp"
#include "firstspike/engine/instruction_set.hpp"
#include "firstspike/engine/integrate.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spike_order.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/engine/vector_kernels.hpp"

namespace firstspike {

/// Runs samples of one network, which must outlive it. Allocates nothing that an earlier sample has already needed.
template <class Real>
class lookahead_simulation {
 public:
  /// Whether it can run the network over [0, t_max): all projections are dense, the neurons of each population have
  /// equal thresholds, fire phases begin before t_max, and populations are few.
  static bool can_run(const network<Real>& net, double t_max);

  /// `set` does not affect the result.
  explicit lookahead_simulation(const network<Real>& net, instruction_set set = instruction_sets().back());

  /// Runs one sample over [0, t_max). `source_times` [sources, in population order], `times` and `v_m` [neuron], all in
  /// steps except v_m, which may be empty. With `early_exit`, ends after the instant of the first spike of the last
  /// population, and leaves v_m without meaning. Calls `check` now and then; it may throw to end the run.
  void run(std::span<const double> source_times, double t_max, bool early_exit, std::span<double> times,
           std::span<double> v_m, const std::function<void()>& check);

 private:
  // A projection into a layer, and how far its stream has been taken.
  struct input {
    std::uint32_t pre;   // population
    std::uint32_t size;  // of the layer
    double delay;
    std::uint64_t order;   // of its arrivals at equal times, without the presynaptic id
    const Real* weights;   // [pre][post]
    std::size_t next = 0;  // the first spike of `pre` that has not been taken
  };
  struct output {
    std::size_t layer;
    double delay;
  };

  // A population of neurons, and its state in this run.
  struct layer {
    std::uint32_t population, first, size;
    bool ramp, has_fire_phase;
    Real v_th;
    std::vector<input> inputs;
    std::vector<output> outputs;
    double end_of_arrivals = 0, end_of_firing = 0;
    double next = 0;                  // no event before; where crossings are not awaited, no arrival before
    std::uint32_t left = 0;           // number of neurons that have not crossed
    bool awaited = false;             // its crossings are needed before its next arrival is known
    double last = 0, tested = never;  // ramp: as in neuron_tile
  };

  void start(std::span<const double> source_times, double t_max, bool early_exit);
  void take_given(std::uint32_t population, std::span<const double> given);
  double known_arrivals(const layer& at, double now) const;
  double end_of_visit(const layer& of, double end) const;
  double visit(layer& of, double end);
  void cross(layer& of, double until);
  void begin_fire_phase(layer& of);
  void take(layer& from, std::size_t found);
  void take_ramp(layer& from, std::size_t found);
  void announce(const layer& from, double sent);
  void append_by_time(const layer& from, std::size_t found);
  void collect(layer& to, double end);
  double next_arrival(const layer& at) const;
  void write_potentials();

  const network<Real>* net_;
  const vector_kernels<Real>* kernels_;
  std::vector<layer> layers_;  // by rank
  double t_max_ = 0;
  std::span<double> times_, v_m_;  // of the sample
  membranes<Real> membranes_;
  std::vector<std::vector<spike>> spikes_;              // [population] by time
  std::vector<dense_arrival<Real>> arrivals_, merged_;  // the first arrival_count_ are of the current visit
  std::size_t arrival_count_ = 0;
  std::vector<std::uint32_t> neurons_;                 // that have crossed in the current visit, with their times ...
  std::vector<double> crossing_times_, crossing_v_m_;  // ... and potentials
  std::vector<double> predictions_;                    // [neuron of the current layer]
  std::vector<double> known_until_;                    // [population] no spike before this time is to come
  std::vector<spike> sorted_;
  spike_sorter sorter_;
  std::vector<std::uint32_t> intervals_, counts_;  // of the current visit, as in ramp_crossings, with predictions_
  std::vector<double> starts_;
  interval_sorter order_;
};

}  // namespace firstspike
