// Looking at a run where it stands, and at what would be otherwise.
#include <algorithm>
#include <vector>

#include "firstspike/engine/decision.hpp"
#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/inspection.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {
namespace {

template <class Real>
pending_event_info info_of(const network<Real>& net, const event_simulation<Real>& run, const event& e) {
  pending_event_info info;
  info.time = e.time;
  info.retracted = !run.still_holds(e);
  if (e.kind() == event_kind::delivery) {
    info.population = net.post(e.projection);
    info.neuron = e.id();
    return info;
  }
  info.kind = e.kind() == event_kind::fire_phase ? pending_kind::fire_phase : pending_kind::prediction;
  if (e.kind() == event_kind::neuron_crossing) {
    info.population = net.population_of(e.id());
    info.neuron = e.id();
  } else {
    info.population = e.id();
  }
  return info;
}

/// `times`, `v_m` [output]; `final`: nothing more will happen.
template <class Real>
run_decision decide_by(const network<Real>& net, std::span<const double> times, std::span<const double> v_m,
                       double t_max, bool final) {
  if (net.populations().back().kind != population_kind::neurons) return {decision_state::no_outputs};
  const auto decided = decide(times, v_m, 0, t_max);
  if (decided.silent && !final) return {decision_state::open};
  return {decision_state::decided, decided.output, decided.silent ? never : decided.tau};
}

template <class Real>
std::uint32_t first_output(const network<Real>& net) {
  return net.first_id(net.populations().size() - 1);
}

}  // namespace

template <class Real>
run_decision decision_of(const network<Real>& net, const spike_record& record, double t_max) {
  const auto first = first_output(net);
  return decide_by(net, record.times_of(0).subspan(first), record.v_m_of(0).subspan(first), t_max, true);
}

template <class Real>
run_decision inspection<Real>::decision() const {
  const auto& run = line_.run();
  const bool at_end = line_.at_end();
  const double now = at_end ? t_max() : run.now();
  std::vector<double> times, v_m;
  for (auto id = first_output(net()); id < net().neuron_count(); ++id) {
    const bool fired = run.spike_times()[id] <= now && (at_end || line_.position() > 0);
    times.push_back(fired ? run.spike_times()[id] : never);
    v_m.push_back(run.v_m(id, now));
  }
  return decide_by(net(), times, v_m, t_max(), at_end);
}

template <class Real>
std::vector<pending_event_info> inspection<Real>::queue(std::size_t most) const {
  std::vector<pending_event_info> events;
  for (const auto& e : line_.run().pending(most)) {
    events.push_back(info_of(net(), line_.run(), e));
  }
  return events;
}

template <class Real>
std::vector<layer_state> inspection<Real>::layers() const {
  const auto now = point().present;
  std::vector<layer_state> all;
  for (std::size_t p = 0; p < net().populations().size(); ++p) {
    layer_state layer;
    for (const auto t : line_.run().spike_times().subspan(net().first_id(p), net().populations()[p].size)) {
      if (!(t <= now)) continue;
      layer.first = std::min(layer.first, t);
      layer.latest = layer.fired++ == 0 ? t : std::max(layer.latest, t);
    }
    all.push_back(layer);
  }
  return all;
}

template <class Real>
neuron_state inspection<Real>::state(std::uint32_t id) const {
  const auto population = net().population_of(id);
  neuron_state state;
  state.given = net().populations()[population].kind != population_kind::neurons;
  if (state.given) {
    state.now.id = id;
    state.now.spike_time = line_.run().spike_times()[id];
    return state;
  }
  state.now = membrane_of(line_, id);
  state.closes = net().end_of_firing(population, t_max());
  return state;
}

template <class Real>
observed_run<Real> inspection<Real>::observed(const progress_callback& progress) {
  require(line_.position() > 0 || line_.at_end(),
          "nothing has happened yet, which could be explained; go on with next, run or goto");
  if (!incoming_) incoming_ = list_incoming(net(), progress);
  return {net(), *incoming_, line_.run().spike_times(), point().present, t_max(), progress};
}

template <class Real>
spike_explanation inspection<Real>::why(std::uint32_t id, const progress_callback& progress) {
  const auto run = observed(progress);
  return {explain(run, id), critical_chain(run, id), roots_of(run, id), run.until};
}

template <class Real>
run_comparison inspection<Real>::compare(const spike_record& after, const progress_callback& progress) {
  if (!unchanged_) unchanged_ = run_clamped(net(), source_times_, t_max(), {}, progress);
  run_comparison found{changed_spikes(unchanged_->times, after.times),
                       std::vector<layer_changes>(net().populations().size()), decision_of(net(), *unchanged_, t_max()),
                       decision_of(net(), after, t_max())};
  for (const auto& c : found.changed) {
    auto& layer = found.layers[net().population_of(c.id)];
    ++(c.before == never ? layer.appeared : c.after == never ? layer.vanished : layer.moved);
  }
  return found;
}

template <class Real>
run_comparison inspection<Real>::with_spike(std::uint32_t id, double t, const progress_callback& progress) {
  require((t >= 0 && t < t_max()) || t == never, "t = {}, allowed: within the window, 0 up to, not including, {}", t,
          t_max());
  const spike clamped{id, t};
  return compare(run_clamped(net(), source_times_, t_max(), std::span(&clamped, 1), progress), progress);
}

template <class Real>
run_comparison inspection<Real>::with_weight(std::uint32_t pre, std::uint32_t post, double weight,
                                             const progress_callback& progress) {
  const auto changed = firstspike::with_weight(net(), pre, post, weight);
  auto found = compare(run_clamped(changed, source_times_, t_max(), {}, progress), progress);
  for (const auto& place : synapses_between(net(), pre, post)) {
    found.replaced_weights.push_back(static_cast<double>(weight_of(net(), place)));
    found.synapses += synapses_with_weight_of(net(), place);
  }
  return found;
}

template run_decision decision_of(const network<float>&, const spike_record&, double);
template run_decision decision_of(const network<double>&, const spike_record&, double);
// Of the members defined above; inspection.cpp has the others.
template class inspection<float>;
template class inspection<double>;

}  // namespace firstspike
