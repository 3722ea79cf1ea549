// Counts cases in random networks, so that a test can check that it covers the intended cases.
#pragma once

#include <cstddef>

#include "firstspike/engine/spikes.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {

struct tally {
  std::size_t networks = 0, samples = 0, spikes = 0;
  std::size_t recurrent = 0, with_zero_delay_paths = 0;  ///< networks; the paths are two or more projections long
  std::size_t with_spikes = 0, with_silence = 0;
  std::size_t with_threshold_met = 0;  ///< step: v_m == v_th after an instant; ramp: crossing == a later arrival's time
  std::size_t with_ties = 0;           ///< two neurons of one population at one time
  std::size_t with_retractions = 0;    ///< ramp: an arrival before a predicted crossing moved or cancelled it
  std::size_t wide = 0;                ///< a population of more than 64 neurons
  // With populations that have a fire phase:
  std::size_t fire_phases = 0, recurrent_fire_phases = 0;
  std::size_t dense_fire_phases = 0,
              sparse_fire_phases = 0;     ///< one such population has dense, sparse input
  std::size_t wide_fire_phases = 0;       ///< one has more than 64 neurons
  std::size_t late_fire_phases = 0;       ///< one has t_fire >= t_max
  std::size_t with_v_at_threshold = 0;    ///< V == v_th, t_fire < t_max
  std::size_t with_slope_0 = 0;           ///< 0 < V < v_th or V > v_th at slope 0
  std::size_t with_silence_in_phase = 0;  ///< t_fire < t_max, and V is too low for a spike
  std::size_t with_spikes_at_t_fire = 0;  ///< V > v_th
  std::size_t with_spikes_inside = 0;     ///< later than t_fire
  std::size_t with_ties_inside = 0;       ///< two neurons of one population, later than t_fire
  std::size_t with_arrivals_at_t_fire = 0;
  std::size_t with_instant_arrivals = 0;  ///< at t_fire and without a delay: sent within the same instant
  std::size_t with_lost_arrivals = 0;     ///< after t_fire, before t_max
};

/// `record` is the run of the case in double precision.
void count(tally& seen, const random_case& drawn, const network<double>& net, const spike_record& record);

void print(const tally& seen);

}  // namespace firstspike
