#include "engine/sweep.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <stdexcept>
#include <vector>

#include "engine/event_queue.hpp"
#include "engine/integrate.hpp"

namespace firstspike {
namespace {

template <class Real>
struct sweep_state {
  const network<Real>& net;
  double t_max;
  std::span<double> times;
  std::span<double> v_m;
  membranes<Real> m{};
  std::vector<event> arrivals{};   // at the population at hand, in the order of summation
  std::vector<double> crossings{};  // of the population at hand
};

template <class Real>
void collect_arrivals(sweep_state<Real>& s, std::uint32_t population, double stop) {
  s.arrivals.clear();
  for (std::uint32_t i = 0; i < s.net.projection_count(); ++i) {
    if (s.net.post(i) != population) continue;
    const auto pre = s.net.pre(i);
    for (auto id = s.net.first_id(pre); id < s.net.first_id(pre + 1); ++id) {
      if (s.times[id] == never) continue;
      for (auto f = s.net.first_fan_out(id); f < s.net.first_fan_out(id + 1); ++f) {
        const auto& out = s.net.fan_outs()[f];
        const auto arrival = s.times[id] + out.delay;
        if (out.projection != i || !(arrival < stop)) continue;
        s.arrivals.emplace_back(arrival, 0, event_kind::delivery, s.net.rank(pre), f);
      }
    }
  }
  std::sort(s.arrivals.begin(), s.arrivals.end());
}

template <class Real>
void cross(sweep_state<Real>& s, std::uint32_t population, std::uint32_t id, double t) {
  if (!s.v_m.empty()) s.v_m[id] = v_m_at(s.m, s.net.kernel(population), id, t);
  s.m.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  const auto fires_at = std::max(t, s.net.populations()[population].t_open);
  if (fires_at < s.t_max) s.times[id] = fires_at;
}

// Tests the population after all arrivals at `t`. Nothing more arrives before `next`. Returns how many crossed.
template <class Real>
std::uint32_t close_instant(sweep_state<Real>& s, std::uint32_t population, double t, double next, double stop) {
  const auto first = s.net.first_id(population);
  const auto count = s.net.populations()[population].size;
  std::uint32_t crossed = 0;
  if (s.net.kernel(population) == synapse_kernel::step) {
    if (!any_above(s.m, first, count)) return 0;
    for (auto id = first; id < first + count; ++id) {
      if (!is_above(s.m, id)) continue;
      cross(s, population, id, t);
      ++crossed;
    }
    return crossed;
  }
  predict_crossings(s.m, first, t, s.crossings);
  if (!(earliest(s.crossings) <= next)) return 0;
  for (std::uint32_t j = 0; j < count; ++j) {
    if (!(s.crossings[j] <= next && s.crossings[j] < stop)) continue;
    cross(s, population, first + j, s.crossings[j]);
    ++crossed;
  }
  return crossed;
}

template <class Real>
void run_population(sweep_state<Real>& s, std::uint32_t population) {
  const auto first = s.net.first_id(population);
  const auto stop = std::min(s.net.populations()[population].t_close, s.t_max);
  auto left = s.net.populations()[population].size;
  collect_arrivals(s, population, stop);
  s.crossings.resize(left);
  const auto kernel = s.net.kernel(population);
  for (auto a = s.arrivals.begin(); a != s.arrivals.end() && left > 0;) {
    const auto t = a->time;
    for (; a != s.arrivals.end() && a->time == t; ++a) {
      const auto& out = s.net.fan_outs()[a->id()];
      const auto weights = s.net.weights(out.projection).subspan(out.first, out.count);
      if (s.net.is_sparse(out.projection)) {
        add_synapses(s.m, kernel, weights, s.net.targets(out.projection).subspan(out.first, out.count), first, t);
      } else {
        add_row(s.m, kernel, weights, first, t);
      }
    }
    left -= close_instant(s, population, t, a == s.arrivals.end() ? never : a->time, stop);
  }
  if (s.v_m.empty() || left == 0) return;
  for (auto id = first; id < s.net.first_id(population + 1); ++id) {
    if (s.m.armed_v_th[id] != std::numeric_limits<Real>::infinity()) s.v_m[id] = v_m_at(s.m, kernel, id, stop);
  }
}

}  // namespace

template <class Real>
void run_sweep(const network<Real>& net, std::span<const double> source_times, double t_max, std::span<double> times,
               std::span<double> v_m) {
  assert(source_times.size() == net.source_count() && times.size() == net.neuron_count());
  if (!net.acyclic()) throw std::invalid_argument("schedule sweep: the network is recurrent; use heap");
  std::fill(times.begin(), times.end(), never);
  std::fill(v_m.begin(), v_m.end(), 0.0);
  sweep_state<Real> s{net, t_max, times, v_m};
  s.m.reset(net);
  std::size_t source = 0;
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    const auto& layer = net.populations()[p];
    if (layer.kind == population_kind::neurons) continue;
    for (auto id = net.first_id(p); id < net.first_id(p + 1); ++id) {
      const auto t = layer.kind == population_kind::reference ? layer.t_open : source_times[source++];
      if (t >= 0 && t < t_max) times[id] = t;
    }
  }
  for (const auto p : net.topological_order()) {
    if (net.populations()[p].kind == population_kind::neurons) run_population(s, p);
  }
}

template void run_sweep(const network<float>&, std::span<const double>, double, std::span<double>, std::span<double>);
template void run_sweep(const network<double>&, std::span<const double>, double, std::span<double>, std::span<double>);

}  // namespace firstspike
