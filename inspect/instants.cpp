#include "firstspike/inspect/instants.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "firstspike/engine/heap.hpp"

namespace firstspike {
namespace {

template <class Real>
void note_fired(instant& now, const timeline<Real>& line) {
  const auto& net = line.net();
  const auto times = line.run().spike_times();
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    if (net.populations()[p].kind != population_kind::neurons) continue;
    for (auto id = net.first_id(p); id < net.first_id(p + 1); ++id) {
      if (times[id] == now.time) now.fired.push_back(id);
    }
  }
}

/// By how much the threshold of a population has come down at `t` [steps].
template <class Real>
double fallen(const timeline<Real>& line, std::uint32_t population, double t) {
  const auto& p = line.net().populations()[population];
  if (!line.net().has_fire_phase(population)) return 0;
  const double until = std::min(t, line.net().end_of_firing(population, line.t_max()));
  return static_cast<double>(static_cast<Real>(p.threshold_slope)) * std::max(0.0, until - p.t_fire);
}

}  // namespace

template <class Real>
std::optional<instant> next_instant(timeline<Real>& line) {
  if (line.at_end()) return {};
  instant_log log;
  line.advance(&log);
  instant now;
  now.time = line.now();
  now.position = line.position();
  now.arrived = std::move(log.arrived);
  now.began = std::move(log.began);
  now.retracted = log.retracted;
  for (const auto& out : now.arrived) {
    if (now.senders.empty() || now.senders.back() != out.pre) now.senders.push_back(out.pre);
  }
  note_fired(now, line);
  return now;
}

template <class Real>
membrane membrane_of(const timeline<Real>& line, std::uint32_t id) {
  const auto& net = line.net();
  const auto& run = line.run();
  const auto population = net.population_of(id);
  membrane m;
  m.id = id;
  m.v_m = run.v_m(id, run.now());
  const auto& layer = net.populations()[population];
  m.v_th = static_cast<double>(static_cast<Real>(layer.v_th[id - net.first_id(population)]));
  m.crossing = run.crossing(id) < net.end_of_firing(population, line.t_max()) ? run.crossing(id) : never;
  m.spike_time = run.spike_times()[id];
  m.threshold = m.v_th - fallen(line, population, std::min(run.now(), m.spike_time));
  // v_m(t) = S t - O, so two points of it give S.
  if (net.kernel(population) == synapse_kernel::ramp) m.slope = (run.v_m(id, run.now()) - run.v_m(id, 0)) / run.now();
  const bool integrates = m.spike_time == never && !(net.has_fire_phase(population) && run.now() >= layer.t_fire);
  if (run.now() == 0 || !integrates) m.slope = 0;
  return m;
}

template <class Real>
std::vector<membrane> nearest_to_threshold(const timeline<Real>& line, std::size_t most) {
  struct candidate {
    double share;
    std::uint32_t id;
  };
  const auto& net = line.net();
  const auto& run = line.run();
  std::vector<candidate> all;
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    const auto& layer = net.populations()[p];
    if (layer.kind != population_kind::neurons) continue;
    const auto first = net.first_id(p);
    const double down = fallen(line, p, run.now());
    for (auto id = first; id < net.first_id(p + 1); ++id) {
      if (run.spike_times()[id] == never) all.push_back({(run.v_m(id, run.now()) + down) / layer.v_th[id - first], id});
    }
  }
  const auto count = std::min(most, all.size());
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(count);
  std::ranges::partial_sort(all, middle, {}, [](const candidate& c) { return std::tuple(-c.share, c.id); });
  std::vector<membrane> nearest;
  for (const auto& c : std::span(all).first(count)) nearest.push_back(membrane_of(line, c.id));
  return nearest;
}

template std::optional<instant> next_instant(timeline<float>&);
template std::optional<instant> next_instant(timeline<double>&);
template membrane membrane_of(const timeline<float>&, std::uint32_t);
template membrane membrane_of(const timeline<double>&, std::uint32_t);
template std::vector<membrane> nearest_to_threshold(const timeline<float>&, std::size_t);
template std::vector<membrane> nearest_to_threshold(const timeline<double>&, std::size_t);

}  // namespace firstspike
