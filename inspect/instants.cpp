#include "inspect/instants.hpp"

#include <algorithm>
#include <tuple>

#include "inspect/synapses.hpp"

namespace firstspike {
namespace {

template <class Real>
void note_due(instant& now, const event_simulation<Real>& run) {
  for (const auto& e : run.pending()) {
    if (e.time != now.time) break;
    if (!run.still_holds(e)) ++now.retracted;
    if (e.kind() == event_kind::delivery) now.arrived.push_back(e.id());
  }
}

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

template <class Real>
void note_sent_at_once(instant& now, const timeline<Real>& line) {
  const auto& net = line.net();
  for (const auto id : now.fired) {
    for (auto f = net.first_fan_out(id); f < net.first_fan_out(id + 1); ++f) {
      const auto& out = net.fan_outs()[f];
      const auto closes = closing_time(net, net.post(out.projection), line.t_max());
      if (out.delay == 0 && now.time < closes) now.arrived.push_back(f);
    }
  }
}

}  // namespace

template <class Real>
std::optional<instant> next_instant(timeline<Real>& line) {
  if (line.at_end()) return {};
  instant now;
  now.time = line.run().pending().next().time;
  note_due(now, line.run());
  line.advance();
  now.position = line.position();
  note_fired(now, line);
  note_sent_at_once(now, line);
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
  m.v_th = static_cast<double>(static_cast<Real>(net.populations()[population].v_th[id - net.first_id(population)]));
  m.crossing = run.crossings()[id] < closing_time(net, population, line.t_max()) ? run.crossings()[id] : never;
  m.spike_time = run.spike_times()[id];
  // v_m(t) = S t - O, so two points of it give S.
  if (net.kernel(population) == synapse_kernel::ramp) m.slope = (run.v_m(id, run.now()) - run.v_m(id, 0)) / run.now();
  if (run.now() == 0 || m.spike_time != never) m.slope = 0;
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
    // Neurons of a layer that opens after the run may have crossed without a spike that would tell.
    if (layer.kind != population_kind::neurons || layer.t_open >= line.t_max()) continue;
    const auto first = net.first_id(p);
    for (auto id = first; id < net.first_id(p + 1); ++id) {
      if (run.spike_times()[id] == never) all.push_back({run.v_m(id, run.now()) / layer.v_th[id - first], id});
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
