#include <algorithm>
#include <limits>
#include <vector>

#include "firstspike/engine/event_queue.hpp"
#include "firstspike/engine/integrate.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/engine/schedulers.hpp"

namespace firstspike {
namespace {

template <class Real>
struct sweep_state {
  const network<Real>& net;
  double t_max;
  std::span<double> times;
  std::span<double> v_m;
  membranes<Real> m;
  std::vector<std::vector<event>> arrivals;  // [population]
  std::vector<double> crossings{};           // of the current population
};

template <class Real>
void send_all(sweep_state<Real>& s, std::uint32_t population) {
  for (auto id = s.net.first_id(population); id < s.net.first_id(population + 1); ++id) {
    if (s.times[id] == never) continue;
    for (auto f = s.net.first_fan_out(id); f < s.net.first_fan_out(id + 1); ++f) {
      const auto post = s.net.post(s.net.fan_outs()[f].projection);
      const auto arrival = s.times[id] + s.net.fan_outs()[f].delay;
      if (!(arrival < s.net.end_of_arrivals(post, s.t_max))) continue;
      s.arrivals[post].emplace_back(arrival, 0, event_kind::delivery, s.net.rank(population), f);
    }
  }
}

template <class Real>
void cross(sweep_state<Real>& s, std::uint32_t population, std::uint32_t id, double t) {
  if (!s.v_m.empty()) s.v_m[id] = v_m_at(s.m, s.net, population, id, t);
  s.m.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  s.times[id] = t;
}

// Tests the population after all arrivals at `t`. The next arrival is at `next`. Returns the number of neurons that
// crossed.
template <class Real>
std::uint32_t close_instant(sweep_state<Real>& s, std::uint32_t population, double t, double next, double stop) {
  const auto first = s.net.first_id(population);
  const auto count = s.net.populations()[population].size;
  const auto kernel = s.net.kernel(population);
  if (!any_due(s.m, kernel, first, count, next)) return 0;
  predict_crossings(s.m, kernel, first, t, s.crossings);
  std::uint32_t crossed = 0;
  for (std::uint32_t j = 0; j < count; ++j) {
    if (!(s.crossings[j] <= next && s.crossings[j] < stop)) continue;
    cross(s, population, first + j, s.crossings[j]);
    ++crossed;
  }
  return crossed;
}

// Adds all arrivals before the single test. Returns the number of neurons that crossed.
template <class Real>
std::uint32_t run_fire_phase(sweep_state<Real>& s, std::uint32_t population, double stop) {
  const bool begins = s.net.populations()[population].t_fire < s.t_max;
  for (const auto& a : s.arrivals[population]) add_arrivals(s.m, s.net, s.net.fan_outs()[a.id()], a.time, !begins);
  if (!begins) return 0;
  fire_phase_crossings(s.m, s.net, population, s.crossings);
  std::uint32_t crossed = 0;
  for (std::uint32_t j = 0; j < s.crossings.size(); ++j) {
    if (!(s.crossings[j] < stop)) continue;
    cross(s, population, s.net.first_id(population) + j, s.crossings[j]);
    ++crossed;
  }
  return crossed;
}

template <class Real>
void run_population(sweep_state<Real>& s, std::uint32_t population) {
  const auto first = s.net.first_id(population);
  const auto stop = s.net.end_of_firing(population, s.t_max);
  auto left = s.net.populations()[population].size;
  auto& arrivals = s.arrivals[population];
  std::sort(arrivals.begin(), arrivals.end());
  s.crossings.resize(left);
  const bool phase = s.net.has_fire_phase(population);
  if (phase) left -= run_fire_phase(s, population, stop);
  for (auto a = arrivals.begin(); !phase && a != arrivals.end() && left > 0;) {
    const auto t = a->time;
    for (; a != arrivals.end() && a->time == t; ++a) add_arrivals(s.m, s.net, s.net.fan_outs()[a->id()], t);
    left -= close_instant(s, population, t, a == arrivals.end() ? never : a->time, stop);
  }
  if (s.v_m.empty() || left == 0) return;
  for (auto id = first; id < s.net.first_id(population + 1); ++id) {
    if (s.m.armed_v_th[id] != std::numeric_limits<Real>::infinity())
      s.v_m[id] = v_m_at(s.m, s.net, population, id, stop);
  }
}

}  // namespace

template <class Real>
void run_sweep(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m) {
  require(net.acyclic(), "scheduler sweep: the network is recurrent; use heap");
  const auto given = net.given_times(source_times, t_max);
  std::copy(given.begin(), given.end(), times.begin());
  std::fill(v_m.begin(), v_m.end(), 0.0);
  sweep_state<Real> s{
      net, t_max, times, v_m, membranes<Real>(net), std::vector<std::vector<event>>(net.populations().size())};
  for (const auto p : net.topological_order()) {
    if (net.populations()[p].kind == population_kind::neurons) run_population(s, p);
    send_all(s, p);
  }
}

template void run_sweep(const network<float>&, std::span<const double>, double, std::span<double>, std::span<double>);
template void run_sweep(const network<double>&, std::span<const double>, double, std::span<double>, std::span<double>);

}  // namespace firstspike
