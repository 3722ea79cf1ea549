// The scheduler of layered networks: processes one population after the other over sorted arrivals, without a heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "firstspike/engine/cell_sums.hpp"
#include "firstspike/engine/dense_layers.hpp"
#include "firstspike/engine/instruction_set.hpp"
#include "firstspike/engine/integrate.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spike_order.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/engine/vector_kernels.hpp"

namespace firstspike {

/// Runs samples of one network, which must outlive it. Keeps its memory from sample to sample.
template <class Real>
class layer_sweep {
 public:
  /// Throws std::invalid_argument if the network is not acyclic. `set` does not affect the result.
  explicit layer_sweep(const network<Real>& net, instruction_set set = instruction_sets().back());

  /// Runs one sample over [0, t_max). `source_times` [sources, in population order], `times` and `v_m` [neuron], all in
  /// steps except v_m, which may be empty.
  void run(std::span<const double> source_times, double t_max, std::span<double> times, std::span<double> v_m);

 private:
  // A projection into a population whose neurons all have the same delay: dense, or with shared weights.
  struct input {
    std::uint32_t pre;   // population
    std::uint32_t size;  // of the population that it enters
    std::uint32_t projection;
    double delay;
    std::uint64_t order;  // of its arrivals at equal times, without the presynaptic id
    const Real* weights;  // [pre][post] where dense; trained weights keep their place
    Real pooled;          // where weights are shared, what they are multiplied with; dense: 0
    // Biases of channels: the synapses of all bias neurons, which fire at once, as one patch.
    std::optional<patch> of_all;
  };

  // A spike that arrives by an input.
  struct input_arrival {
    double time;
    std::uint64_t order;
    std::uint32_t input, index;  // of the presynaptic neuron in its population
  };

  // A spike that arrives at the synapses of one fan-out.
  struct delivery {
    double time;
    std::uint32_t pre_rank;
    fan_out out;
    friend bool operator<(const delivery& a, const delivery& b) {  // the order of summation
      return std::tie(a.time, a.pre_rank, a.out.pre, a.out.projection, a.out.first) <
             std::tie(b.time, b.pre_rank, b.out.pre, b.out.projection, b.out.first);
    }
  };

  // As in neuron_tile.
  struct run_part {
    double last = 0, tested = never, until = never;
  };

  void find_readers();
  void run_population(std::uint32_t population);
  template <class Arrival, class Make>
  std::size_t collect(std::span<const input> inputs, std::size_t taken, double end, std::vector<Arrival>& arrivals,
                      std::vector<Arrival>& merged, const Make& make);
  std::size_t collect_dense(std::span<const input> inputs, std::size_t taken, double end);
  template <class Visit>
  std::uint32_t visit_tiles(std::uint32_t population, std::uint32_t most, const Visit& visit);
  void cross_step_in_registers(std::uint32_t population);
  void cross_ramp_in_registers(std::uint32_t population);
  void cross_ramp_in_parts(std::uint32_t population);
  void start_ramp(std::uint32_t population);
  std::size_t cross_ramp(std::uint32_t population, const run_part& part);
  void write_potentials_of_silent(std::uint32_t population);
  void fire_phase_in_registers(std::uint32_t population);
  void fire_phase_in_memory(std::uint32_t population);
  bool sum_cell_by_cell(std::uint32_t population, std::size_t count, Real* sum);
  Real charge_at(std::uint32_t population, double time) const;
  void cross_in_fire_phase(std::uint32_t population);
  void make_room(std::size_t neurons);
  void take_before(std::span<const double> times, double end, std::uint32_t population);
  void sort_spikes(std::uint32_t population, std::size_t count);
  void keep_order(std::uint32_t population, std::size_t count);
  void run_plain(std::uint32_t population);
  std::uint32_t run_plain_fire_phase(std::uint32_t population, double end);
  std::uint32_t close_instant(std::uint32_t population, double t, double next, double end);
  void cross(std::uint32_t population, std::uint32_t neuron, double t);

  const network<Real>* net_;
  const vector_kernels<Real>* kernels_;
  std::vector<std::vector<input>> inputs_;  // [population] empty for run_plain
  std::vector<bool> in_registers_;          // [population] all inputs are dense, and all thresholds are equal
  std::vector<bool> cell_by_cell_;          // [population] its inputs are those of cell_sums
  std::vector<Real> lowest_v_th_;           // [population] of its neurons
  std::vector<bool> sends_;                 // [population] it has projections
  std::vector<std::optional<std::uint32_t>>
      readers_;                  // [population] that alone reads its spikes, while they are sorted
  std::vector<bool> is_reader_;  // [population]
  double t_max_ = 0;
  std::span<double> times_, v_m_;  // of the sample
  membranes<Real> membranes_;
  std::vector<std::vector<spike>> spikes_;              // [population] by (time, id)
  std::vector<dense_arrival<Real>> arrivals_, merged_;  // the first arrival_count_ are of the current population
  std::size_t arrival_count_ = 0;
  std::vector<input_arrival> input_arrivals_, merged_input_arrivals_;  // the same without registers
  cell_sums<Real> cells_;
  std::vector<delivery> deliveries_;    // without registers
  std::vector<std::uint32_t> neurons_;  // that have crossed in the current population, with their times ...
  std::vector<double> crossing_times_, crossing_v_m_;  // ... and potentials
  std::vector<double> predictions_;                    // [neuron of the current population], for run_plain
  spike_sorter sorter_;
  // Of the ramp population that was run last, as in ramp_crossings:
  std::vector<std::uint32_t> intervals_, counts_;
  std::vector<double> starts_;
  interval_sorter order_;
};

}  // namespace firstspike
