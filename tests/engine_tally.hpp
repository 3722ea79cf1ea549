// Counts what happened in random networks, so that a test can tell that it met the cases it is there for.
#pragma once

#include <cstddef>

#include "engine/spikes.hpp"
#include "tests/engine_random_networks.hpp"

namespace firstspike {

struct tally {
  std::size_t networks = 0, samples = 0, spikes = 0;
  std::size_t recurrent = 0, with_zero_delay_paths = 0;  ///< networks; the paths are two or more projections long
  std::size_t with_spikes = 0, with_silence = 0;
  std::size_t with_threshold_met = 0;  ///< step: v_m == v_th after an instant; ramp: crossing == a later arrival's time
  std::size_t with_ties = 0;           ///< two neurons of one population at one time
  std::size_t with_retractions = 0;    ///< ramp: an arrival before a predicted crossing moved it back or took it away
  std::size_t with_waiting = 0;        ///< crossed before t_open
};

/// `record` is the run of the case in double precision.
void count(tally& seen, const random_case& drawn, const network<double>& net, const spike_record& record);

void print(const tally& seen);

}  // namespace firstspike
