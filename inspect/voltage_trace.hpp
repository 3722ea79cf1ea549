// How the membrane potential of one neuron went over a run.
#pragma once

#include <cstdint>
#include <vector>

#include "firstspike/inspect/causes.hpp"

namespace firstspike {

struct voltage_point {
  double t;  ///< [steps]
  double v_m;
  friend bool operator==(const voltage_point&, const voltage_point&) = default;
};

/// v_m is a straight line from each point to the next; two points of one time are a jump (step). It ends where the
/// neuron fires, as nothing follows that, else at the present or where its window closes. With a fire phase it has a
/// corner at t_fire and is constant after that.
struct voltage_trace {
  std::uint32_t id = 0;                 ///< global
  double v_th = 0;                      ///< in the network's precision
  double t_fire = never;                ///< [steps]; start of the fire phase, `never` without one
  double threshold_slope = 0;           ///< [1 / step], in the network's precision
  double spike_time = never;            ///< [steps]; that of the last point, `never` while it is silent
  std::vector<voltage_point> points{};  ///< by time, from (0, 0); one at least
};

/// The threshold as it is drawn: v_th over the whole trace; with a fire phase the line along which it fell, from t_fire
/// to the trace's end, and nothing where the trace ends before t_fire, as nothing was tested.
std::vector<voltage_point> threshold_of(const voltage_trace& trace);

/// At each point (of a jump the second) the engine's v_m, bit for bit. Throws std::invalid_argument for sources and
/// bias neurons, which have no membrane.
template <class Real>
voltage_trace voltage_trace_of(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
