// How the membrane potential of one neuron went over a run.
#pragma once

#include <cstdint>
#include <vector>

#include "inspect/causes.hpp"

namespace firstspike {

struct membrane_point {
  double t;  ///< [steps]
  double v_m;
  friend bool operator==(const membrane_point&, const membrane_point&) = default;
};

/// v_m is a straight line from each point to the next; two points of one time are a jump (step). It ends where the
/// neuron crosses its threshold, as nothing follows that, else at the present or where its window closes.
struct membrane_course {
  std::uint32_t id = 0;                ///< global
  double v_th = 0;                     ///< in the network's precision
  double spike_time = never;           ///< [steps]; later than the last point where the neuron waited for its window
  std::vector<membrane_point> points;  ///< by time, from (0, 0); one at least
};

/// Between instants the engine's v_m, bit for bit at their times. Throws std::invalid_argument for sources and
/// references, which have no membrane.
template <class Real>
membrane_course course_of(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
