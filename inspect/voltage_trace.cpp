#include "firstspike/inspect/voltage_trace.hpp"

#include <algorithm>

#include "firstspike/inspect/lone_neuron.hpp"

namespace firstspike {
namespace {

void add(std::vector<voltage_point>& points, voltage_point point) {
  if (points.empty() || points.back() != point) points.push_back(point);
}

}  // namespace

std::vector<voltage_point> threshold_of(const voltage_trace& trace) {
  const double end = trace.points.back().t;
  if (trace.t_fire == never) return {{0, trace.v_th}, {end, trace.v_th}};
  if (end < trace.t_fire) return {};
  return {{trace.t_fire, trace.v_th}, {end, trace.v_th - trace.threshold_slope * (end - trace.t_fire)}};
}

template <class Real>
voltage_trace voltage_trace_of(const observed_run<Real>& run, std::uint32_t id) {
  const auto neuron = lone(run.net, id, run.t_max);
  const auto arrivals = arrivals_at(run.net, run.incoming, id, run.spike_times, run.until, neuron.end_of_arrivals);
  const auto fired = replay<Real>(neuron, arrivals);
  lone_membrane<Real> membrane{neuron};
  const auto v_m = [&](double t) { return static_cast<double>(membrane.v_m(t)); };
  voltage_trace trace{id, static_cast<double>(neuron.v_th), neuron.t_fire, static_cast<double>(neuron.threshold_slope)};
  add(trace.points, {0, 0});
  for (std::size_t i = 0; i < fired.received;) {
    const auto t = arrivals[i].time;
    if (neuron.kernel == synapse_kernel::step) add(trace.points, {t, v_m(t)});
    for (; i < fired.received && arrivals[i].time == t; ++i) membrane.receive(arrivals[i]);
    add(trace.points, {t, v_m(t)});
  }
  const auto end = std::min(run.until, neuron.end_of_firing);
  if (neuron.t_fire < end) add(trace.points, {neuron.t_fire, v_m(neuron.t_fire)});
  if (fired.spike_time <= run.until) {
    add(trace.points, {fired.spike_time, fired.v_m});
    trace.spike_time = fired.spike_time;
  } else {
    add(trace.points, {end, v_m(end)});
  }
  return trace;
}

template voltage_trace voltage_trace_of(const observed_run<float>&, std::uint32_t);
template voltage_trace voltage_trace_of(const observed_run<double>&, std::uint32_t);

}  // namespace firstspike
