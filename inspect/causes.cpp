#include "firstspike/inspect/causes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/inspect/lone_neuron.hpp"
#include "firstspike/inspect/neuron_names.hpp"

namespace firstspike {
namespace {

template <class Real>
std::vector<arrival<Real>> received_by(const observed_run<Real>& run, const lone_neuron<Real>& neuron,
                                       std::uint32_t id) {
  return arrivals_at(run.net, run.incoming, id, run.spike_times, run.until, neuron.end_of_arrivals);
}

template <class Real>
std::vector<arrival<Real>> without(std::span<const arrival<Real>> arrivals, std::uint32_t pre) {
  std::vector<arrival<Real>> rest;
  std::ranges::copy_if(arrivals, std::back_inserter(rest), [pre](const auto& a) { return a.pre != pre; });
  return rest;
}

template <class Real>
void require_fired(const observed_run<Real>& run, std::uint32_t id) {
  const auto fires = run.spike_times[id];
  if (fires <= run.until && fires != never) return;
  const auto name = neuron_name(run.net.populations(), id);
  const bool may_fire = run.until < run.net.end_of_firing(run.net.population_of(id), run.t_max);
  require(may_fire, "{} stays silent in this run; ask why-not {}", name, name);
  const std::array times{run.until};
  throw std::invalid_argument(fmt::format("{} has not fired by t = {}; go on until it has, or ask why-not", name,
                                          decimal_text(run.until, decimals_for(times))));
}

/// The arrivals without the critical spike.
template <class Real>
explanation explained(const observed_run<Real>& run, std::uint32_t id, const lone_neuron<Real>& neuron,
                      std::span<const arrival<Real>> arrivals) {
  const auto fired = replay<Real>(neuron, arrivals);
  const double summed_at = neuron.has_fire_phase() ? neuron.t_fire : fired.spike_time;
  explanation found{id, fired.spike_time, neuron.t_fire, fired.v_m, static_cast<double>(neuron.v_th), {}, {}, never};
  for (const auto& a : arrivals.first(fired.received)) {
    const auto weight = static_cast<double>(a.weight);
    const double reached = neuron.kernel == synapse_kernel::ramp ? weight * (summed_at - a.time) : weight;
    found.causes.push_back({a.pre, run.spike_times[a.pre], a.time, weight, reached / found.v_th});
  }
  return found;
}

template <class Real>
void find_critical(explanation& found, const observed_run<Real>& run, const lone_neuron<Real>& neuron,
                   std::span<const arrival<Real>> arrivals) {
  std::vector<std::uint32_t> tried;
  for (auto c = found.causes.rbegin(); c != found.causes.rend(); ++c) {
    if (std::ranges::find(tried, c->pre) != tried.end()) continue;
    report_progress(run.progress, tried.size(), 0);
    tried.push_back(c->pre);
    const auto rest = without(arrivals, c->pre);
    const auto changed = replay<Real>(neuron, rest);
    if (changed.spike_time == found.spike_time) continue;
    found.critical = c->pre;
    found.without_critical = changed.spike_time;
    return;
  }
}

bool given(population_kind kind) { return kind != population_kind::neurons; }

}  // namespace

template <class Real>
explanation explain_causes(const observed_run<Real>& run, std::uint32_t id) {
  const auto neuron = lone(run.net, id, run.t_max);
  require_fired(run, id);
  return explained<Real>(run, id, neuron, received_by(run, neuron, id));
}

template <class Real>
explanation explain(const observed_run<Real>& run, std::uint32_t id) {
  const auto neuron = lone(run.net, id, run.t_max);
  require_fired(run, id);
  const auto arrivals = received_by(run, neuron, id);
  auto found = explained<Real>(run, id, neuron, arrivals);
  find_critical<Real>(found, run, neuron, arrivals);
  return found;
}

template <class Real>
std::vector<spike> critical_chain(const observed_run<Real>& run, std::uint32_t id) {
  std::vector<spike> chain{{id, run.spike_times[id]}};
  while (!given(run.net.populations()[run.net.population_of(id)].kind)) {
    const auto found = explain(run, id);
    if (!found.critical) break;
    id = *found.critical;
    chain.push_back({id, run.spike_times[id]});
  }
  return chain;
}

// Latest first, so that the contribution of a neuron is complete before its own causes are processed.
template <class Real>
std::vector<root> roots_of(const observed_run<Real>& run, std::uint32_t id) {
  using place = std::tuple<double, std::uint32_t, std::uint32_t>;  // spike time, rank, id: a cause is below its effect
  const auto place_of = [&](std::uint32_t n) {
    return place{run.spike_times[n], run.net.rank(run.net.population_of(n)), n};
  };
  std::map<place, double, std::greater<>> open{{place_of(id), 1.0}};
  std::vector<root> roots;
  while (!open.empty()) {
    const auto [at, share] = *open.begin();
    const auto neuron = std::get<2>(at);
    open.erase(open.begin());
    report_progress(run.progress, roots.size(), 0);
    if (given(run.net.populations()[run.net.population_of(neuron)].kind)) {
      roots.push_back({neuron, run.spike_times[neuron], share});
      continue;
    }
    for (const auto& c : explain_causes(run, neuron).causes) open[place_of(c.pre)] += share * c.share;
  }
  std::ranges::sort(roots, {}, [](const root& r) { return std::tuple(-std::abs(r.share), r.id); });
  return roots;
}

template explanation explain(const observed_run<float>&, std::uint32_t);
template explanation explain_causes(const observed_run<float>&, std::uint32_t);
template explanation explain_causes(const observed_run<double>&, std::uint32_t);
template explanation explain(const observed_run<double>&, std::uint32_t);
template std::vector<spike> critical_chain(const observed_run<float>&, std::uint32_t);
template std::vector<spike> critical_chain(const observed_run<double>&, std::uint32_t);
template std::vector<root> roots_of(const observed_run<float>&, std::uint32_t);
template std::vector<root> roots_of(const observed_run<double>&, std::uint32_t);

}  // namespace firstspike
