// Inner loops over the postsynaptic neurons of dense projections, with the sums of many neurons in vector registers.
//
// vector_kernels.cpp is compiled once for each instruction set, and a program takes the best that its machine has. All
// instruction sets compute bit-identical results: a loop runs over neurons, and each neuron adds its arrivals in the
// order given.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firstspike/engine/convolution.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// One spike that reaches all neurons of a population.
template <class Real>
struct dense_arrival {
  double time;          ///< [steps]
  std::uint64_t order;  ///< of arrivals at equal times, low to high
  const Real* weights;  ///< [post]
};

/// Where neurons are written that reach their threshold: three arrays, each one longer than the neurons of the tile.
struct crossing_list {
  std::uint32_t* neurons;  ///< indices in the population
  double* times;           ///< [steps]
  double* v_m;             ///< at the crossing
};

/// Where `cross_ramp` writes which neurons of a tile cross, and when. Interval 1 ends at the first arrival time,
/// interval 2 at the second one and so on; a crossing at an arrival belongs to the interval before.
struct ramp_crossings {
  std::uint32_t* intervals;  ///< [tile.size] in which a neuron crosses; 0: it does not
  double* times;             ///< [tile.size] `never` if it does not [steps]
  double* v_m;               ///< [tile.size] at the crossing; no meaning if it does not
  std::uint32_t* counts;     ///< [arrivals + 2] by interval: the number of crossings is added
  double* starts;            ///< [arrivals + 3] scratch
};

/// Neurons [first, first + size) of a population, and the arrivals at the population by (time, order).
template <class Real>
struct neuron_tile {
  const dense_arrival<Real>* arrivals;
  std::size_t count;    ///< of the arrivals
  std::uint32_t first;  ///< index in the population
  std::uint32_t size;   ///< 1 up to vector_kernels::most_neurons
  Real v_th;            ///< of all neurons
  double end;           ///< neurons do not fire at this time or later [steps]
  // Only for `cross_ramp`, of a run that is done in parts. The defaults are those of a run that is done at once.
  double last = 0;  ///< time of the last arrival before these [steps]
  /// Up to here the neurons were tested after that arrival. `never`: nothing has arrived [steps].
  double tested = __builtin_inf();
  /// After the arrivals, neurons are tested up to here, if this is after `tested` or the last of them [steps].
  double until = __builtin_inf();
};

/// A grid of postsynaptic neurons, and what all arrivals at it by one projection with shared weights have in common.
template <class Real>
struct grid_of_sums {
  std::uint32_t rows, columns, channels;
  const Real* weights;
  Real pooled;                           ///< what the weights are multiplied with
  std::ptrdiff_t cell_row, cell_column;  ///< of the patch_table
  const Real* biases;                    ///< [channel], null: none
  Real bias_charge;                      ///< of all biases
  std::size_t before_biases;             ///< spikes that are summed before the biases
};

/// These spikes, in the order of summation: their patch_area, by its members, and their charge. [count + 16] each; the
/// last 16 are read, but not used.
template <class Real>
struct grid_arrivals {
  const std::uint32_t *first_row, *rows, *first_column, *columns;
  const std::int32_t* weight;
  const Real* charge;
  std::size_t count;
};

/// Memory for the spikes among them that reach one row of the grid, and one cell. [count + 16] each.
template <class Real>
struct found_arrivals {
  std::uint32_t *first_column, *columns;
  std::int32_t* weight;
  Real* charge;
  std::int32_t* cell_weight;
  Real* cell_charge;
};

/// The loops for one instruction set. Those that find crossings return their number. They begin with the sums in
/// `sum_w` and `sum_wt` [tile.size] and leave the final ones there, as `membranes` (integrate.hpp) defines them. Sums
/// of neurons that have crossed have no meaning, except that these do not cross again.
template <class Real>
struct vector_kernels {
  std::uint32_t most_neurons;       ///< of a tile with one sum for each neuron
  std::uint32_t most_ramp_neurons;  ///< of a tile for `cross_ramp`
  /// Step kernel, without a fire phase; crossings are by time.
  std::size_t (*cross_step)(const neuron_tile<Real>& tile, Real* sum_w, const crossing_list& crossings);
  /// Ramp kernel, without a fire phase.
  std::size_t (*cross_ramp)(const neuron_tile<Real>& tile, Real* sum_w, Real* sum_wt, const ramp_crossings& crossings);
  /// Writes sums of weights, without a test.
  void (*sum_weights)(const neuron_tile<Real>& tile, Real* sum_w);
  /// Writes sums of weights times (t_fire - arrival time), without a test.
  void (*sum_charges)(const neuron_tile<Real>& tile, double t_fire, Real* sum_wt);

  // With sums in memory, [count] each, as `membranes` holds them:
  /// Step kernel: adds one row of weights.
  void (*add_weights)(const Real* weights, std::size_t count, Real* sum_w);
  /// Ramp kernel: also times `arrival`; `sum_w` may be null.
  void (*add_charges)(const Real* weights, Real arrival, std::size_t count, Real* sum_w, Real* sum_wt);
  /// Shared weights: adds (weight * pooled) * arrival to `sum` [post] for each synapse of a patch of `weights`.
  void (*add_patch)(const patch& of_neuron, const Real* weights, Real pooled, Real arrival, Real* sum);
  /// Shared weights: writes the sums of all neurons of a grid, one cell after the other: of (weight * pooled) * charge
  /// of each spike, and bias * bias_charge. Null where an instruction set finds the spikes of a cell too slowly.
  void (*sum_cells)(const grid_of_sums<Real>& to, const grid_arrivals<Real>& arrivals,
                    const found_arrivals<Real>& found, Real* sum);

  // Writers of indices, in order, which return their number; `indices` [count + 16].
  /// Neurons with sum_w > armed_v_th.
  std::size_t (*find_above)(const Real* sum_w, const Real* armed_v_th, std::size_t count, std::uint32_t* indices);
  /// Neurons with v_m + reach >= v_th.
  std::size_t (*find_reaching)(const Real* v_m, Real reach, Real v_th, std::size_t count, std::uint32_t* indices);
  /// Ramp neurons that may cross up to `until` if nothing arrives before. Without a division, so a rounded crossing
  /// just after `until` may be among them.
  std::size_t (*find_due)(const Real* sum_w, const Real* sum_wt, const Real* armed_v_th, std::size_t count,
                          double until, std::uint32_t* indices);
  /// The earliest predicted crossing of ramp neurons with sums as `cross_ramp` leaves them; `never` for none.
  double (*earliest_crossing)(const Real* sum_w, const Real* sum_wt, std::size_t count, Real v_th);
  /// Times in [0, end).
  std::size_t (*times_before)(const double* times, std::size_t count, double end, std::uint32_t* indices);
  /// Spikes of neurons first_id + neurons[k] at times[k], by time; those at equal times keep their order. In time that
  /// grows with the square of their number. `times` [count + 8], the last 8 of which have no meaning.
  void (*order_spikes)(const std::uint32_t* neurons, const double* times, std::size_t count, std::uint32_t first_id,
                       spike* sorted);
};

}  // namespace firstspike
