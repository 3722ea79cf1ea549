#include "inspect/membrane_course.hpp"

#include <algorithm>

namespace firstspike {
namespace {

void add(std::vector<membrane_point>& points, membrane_point point) {
  if (points.empty() || points.back() != point) points.push_back(point);
}

}  // namespace

template <class Real>
membrane_course course_of(const observed_run<Real>& run, std::uint32_t id) {
  const auto neuron = lone(run.net, id, run.t_max);
  const auto arrivals = arrivals_at(run.net, run.incoming, id, run.spike_times, run.until, neuron.end);
  const auto fired = replay<Real>(neuron, arrivals);
  const bool ramp = neuron.kernel == synapse_kernel::ramp;
  Real sum_w = 0, sum_wt = 0;
  const auto v_m = [&](double t) { return static_cast<double>(ramp ? sum_w * static_cast<Real>(t) - sum_wt : sum_w); };
  membrane_course course{id, static_cast<double>(neuron.v_th), never, {{0, 0}}};
  for (std::size_t i = 0; i < fired.heard;) {
    const auto t = arrivals[i].time;
    if (!ramp) add(course.points, {t, v_m(t)});
    for (; i < fired.heard && arrivals[i].time == t; ++i) {
      sum_w += arrivals[i].weight;
      if (ramp) sum_wt += arrivals[i].weight * static_cast<Real>(t);
    }
    add(course.points, {t, v_m(t)});
  }
  if (fired.crossing <= run.until) {
    add(course.points, {fired.crossing, fired.v_m});
    course.spike_time = fired.spike_time;
  } else {
    const auto last = std::min(run.until, neuron.end);
    add(course.points, {last, v_m(last)});
  }
  return course;
}

template membrane_course course_of(const observed_run<float>&, std::uint32_t);
template membrane_course course_of(const observed_run<double>&, std::uint32_t);

}  // namespace firstspike
