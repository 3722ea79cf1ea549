// The membrane potential of one neuron over a run.
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

/// v_m is linear from each point to the next; two points of equal time are a jump (step kernel). The trace ends at the
/// spike of the neuron, else at the present or at the end of its window. With a fire phase it has a point at t_fire and
/// is constant after that.
struct voltage_trace {
  std::uint32_t id = 0;                 ///< global
  double v_th = 0;                      ///< in the network's precision
  double t_fire = never;                ///< [steps]; start of the fire phase, `never` without one
  double threshold_slope = 0;           ///< [1 / step], in the network's precision
  double spike_time = never;            ///< [steps]; that of the last point, `never` if it is silent
  std::vector<voltage_point> points{};  ///< by time, from (0, 0); at least one
  friend bool operator==(const voltage_trace&, const voltage_trace&) = default;
};

/// The threshold as a line: v_th over the whole trace; with a fire phase its fall from t_fire to the end of the trace,
/// empty if the trace ends before t_fire, because the neuron was not tested.
std::vector<voltage_point> threshold_of(const voltage_trace& trace);

/// The v_m of each point (for a jump that of the second) is bit-identical to the engine's. Throws std::invalid_argument
/// for sources and bias neurons, which have no membrane potential.
template <class Real>
voltage_trace voltage_trace_of(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
