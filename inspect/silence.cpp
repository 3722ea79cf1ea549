#include "inspect/silence.hpp"

#include <algorithm>
#include <vector>

#include "engine/require.hpp"

namespace firstspike {
namespace {

template <class Real>
using arrivals = std::vector<arrival<Real>>;

template <class Real, class Wanted>
arrivals<Real> those(const arrivals<Real>& all, const Wanted& wanted) {
  arrivals<Real> some;
  std::ranges::copy_if(all, std::back_inserter(some), wanted);
  return some;
}

// v_m is constant or linear between arrivals, so its peak is after those of one instant or at the end.
template <class Real>
void find_peak(silence& found, const lone_neuron<Real>& neuron, const arrivals<Real>& all) {
  Real sum_w = 0, sum_wt = 0;
  const auto look = [&](double t) {
    const bool ramp = neuron.kernel == synapse_kernel::ramp;
    const auto v_m = static_cast<double>(ramp ? sum_w * static_cast<Real>(t) - sum_wt : sum_w);
    if (!(v_m > found.peak_v_m)) return;
    found.peak_v_m = v_m;
    found.peak_time = t;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    sum_w += all[i].weight;
    sum_wt += all[i].weight * static_cast<Real>(all[i].time);
    if (i + 1 == all.size() || all[i + 1].time != all[i].time) look(all[i].time);
  }
  look(found.until);
}

template <class Real>
void share_out(silence& found, const lone_neuron<Real>& neuron, const arrivals<Real>& all) {
  if (found.peak_v_m == 0) return;  // it was nearest at the start, before the first arrival
  for (const auto& a : all) {
    if (a.time > found.peak_time) break;
    const auto weight = static_cast<double>(a.weight);
    const double added = neuron.kernel == synapse_kernel::ramp ? weight * (found.peak_time - a.time) : weight;
    (added > 0 ? found.excitation : found.inhibition) += added / found.v_th;
  }
}

template <class Real>
void find_holder(silence& found, const lone_neuron<Real>& neuron, const arrivals<Real>& all) {
  for (auto a = all.rbegin(); a != all.rend(); ++a) {
    if (a->weight > 0) continue;
    const auto rest = those(all, [&](const auto& other) { return other.pre != a->pre; });
    const auto changed = replay<Real>(neuron, rest);
    if (!(changed.spike_time <= found.until)) continue;
    found.holder = a->pre;
    found.without_holder = changed.spike_time;
    return;
  }
}

/// What would have happened had the window not closed; meaningful once it has.
template <class Real>
double fires_in_open_window(const observed_run<Real>& run, lone_neuron<Real> neuron, std::uint32_t id) {
  neuron.end = neuron.t_max = never;
  const auto all = arrivals_at(run.net, run.incoming, id, run.spike_times, run.until, never);
  return replay<Real>(neuron, all).spike_time;
}

template <class Real>
void judge(silence& found, const observed_run<Real>& run, const lone_neuron<Real>& neuron, const arrivals<Real>& all) {
  const auto as_it_was = replay<Real>(neuron, all);
  if (as_it_was.crossing <= run.until && as_it_was.spike_time == never) {
    found.what = stopped_by::late_opening;
    found.would_fire = std::max(as_it_was.crossing, neuron.t_open);
    return;
  }
  found.predicted = as_it_was.spike_time;
  if (found.predicted != never) {
    found.what = stopped_by::nothing_so_far;
    return;
  }
  const bool closed = run.until >= neuron.end;
  if (closed) found.would_fire = fires_in_open_window(run, neuron, found.id);
  if (closed && found.would_fire != never) {
    found.what = stopped_by::window;
    return;
  }
  if (all.empty()) return;
  const auto excitation = those(all, [](const auto& a) { return a.weight > 0; });
  found.would_fire = replay<Real>(neuron, excitation).spike_time;
  found.what = found.would_fire <= found.until ? stopped_by::inhibition : stopped_by::too_little;
  if (found.what == stopped_by::inhibition) {
    find_holder(found, neuron, all);
  } else {
    found.would_fire = never;
  }
}

}  // namespace

template <class Real>
silence explain_silence(const observed_run<Real>& run, std::uint32_t id) {
  const auto neuron = lone(run.net, id, run.t_max);
  const auto population = run.net.population_of(id);
  require(!(run.spike_times[id] <= run.until && run.spike_times[id] != never),
          "{}:{} fired at t = {}; ask why, or go back before it", run.net.populations()[population].name,
          id - run.net.first_id(population), run.spike_times[id]);
  const auto all = arrivals_at(run.net, run.incoming, id, run.spike_times, run.until, neuron.end);
  silence found;
  found.id = id;
  found.until = std::min(run.until, neuron.end);
  found.v_th = static_cast<double>(neuron.v_th);
  find_peak(found, neuron, all);
  share_out(found, neuron, all);
  judge(found, run, neuron, all);
  return found;
}

template silence explain_silence(const observed_run<float>&, std::uint32_t);
template silence explain_silence(const observed_run<double>&, std::uint32_t);

}  // namespace firstspike
