#include "firstspike/inspect/silence.hpp"

#include <algorithm>
#include <vector>

#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/lone_neuron.hpp"
#include "firstspike/inspect/neuron_names.hpp"

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

// v_m is constant or linear between arrivals, so its peak is after those of one instant or at the end. With a fire
// phase no other v_m is tested than that at t_fire.
template <class Real>
void find_peak(silence& found, const lone_neuron<Real>& neuron, const arrivals<Real>& all) {
  lone_membrane<Real> membrane{neuron};
  if (neuron.has_fire_phase()) {
    for (const auto& a : all) membrane.receive(a);
    found.peak_time = std::min(found.until, neuron.t_fire);
    found.peak_v_m = static_cast<double>(membrane.v_m(found.peak_time));
    return;
  }
  const auto look = [&](double t) {
    const auto v_m = static_cast<double>(membrane.v_m(t));
    if (!(v_m > found.peak_v_m)) return;
    found.peak_v_m = v_m;
    found.peak_time = t;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    membrane.receive(all[i]);
    if (i + 1 == all.size() || all[i + 1].time != all[i].time) look(all[i].time);
  }
  look(found.until);
}

template <class Real>
void share_out(silence& found, const lone_neuron<Real>& neuron, const arrivals<Real>& all) {
  for (const auto& a : all) {
    // Without a fire phase a peak of 0 is the start, before the first arrival.
    if (a.time > found.peak_time || (found.peak_v_m == 0 && !neuron.has_fire_phase())) break;
    const auto weight = static_cast<double>(a.weight);
    const double added = neuron.kernel == synapse_kernel::ramp ? weight * (found.peak_time - a.time) : weight;
    (added > 0 ? found.excitation : found.inhibition) += added / found.v_th;
  }
}

/// `by` [steps], when it would have to fire at the latest.
template <class Real>
void find_holder(silence& found, const observed_run<Real>& run, const lone_neuron<Real>& neuron,
                 const arrivals<Real>& all, double by) {
  for (auto a = all.rbegin(); a != all.rend(); ++a) {
    if (a->weight > 0) continue;
    report_progress(run.progress, static_cast<std::uint64_t>(a - all.rbegin()), 0);
    const auto rest = those(all, [&](const auto& other) { return other.pre != a->pre; });
    const auto changed = replay<Real>(neuron, rest);
    if (!(changed.spike_time <= by)) continue;
    found.holder = a->pre;
    found.without_holder = changed.spike_time;
    return;
  }
}

/// Whether inhibition stopped it, and who.
template <class Real>
void judge_inhibition(silence& found, const observed_run<Real>& run, const lone_neuron<Real>& neuron,
                      const arrivals<Real>& all) {
  // More may arrive later than the present, but not in a fire phase: there a prediction is as good as a spike.
  const double by = neuron.has_fire_phase() ? neuron.end_of_firing : found.until;
  const auto excitation = those(all, [](const auto& a) { return a.weight > 0; });
  const double without_inhibition = replay<Real>(neuron, excitation).spike_time;
  found.what = stopped_by::too_little;
  if (!(without_inhibition <= by)) return;
  found.what = stopped_by::inhibition;
  found.would_fire = without_inhibition;
  find_holder(found, run, neuron, all, by);
}

template <class Real>
double fires_without_end(lone_neuron<Real> neuron, const arrivals<Real>& all) {
  neuron.end_of_arrivals = neuron.end_of_firing = never;
  return replay<Real>(neuron, all).spike_time;
}

/// When it would have fired had its fire phase, of the same length, begun at found.until, and only what `counts`
/// arrived.
template <class Real>
double fires_in_later_phase(const silence& found, lone_neuron<Real> neuron, const arrivals<Real>& counts) {
  neuron.end_of_firing = found.until + (neuron.end_of_firing - neuron.t_fire);
  neuron.t_fire = found.until;
  return replay<Real>(neuron, counts).spike_time;
}

/// `all`: what it received. `lost_too`: that, and what arrived in the fire phase. `in_longer_run`: the neuron in a run
/// that does not end.
template <class Real>
void judge_fire_phase(silence& found, const observed_run<Real>& run, const lone_neuron<Real>& neuron,
                      const lone_neuron<Real>& in_longer_run, const arrivals<Real>& all,
                      const arrivals<Real>& lost_too) {
  if (found.until < neuron.t_fire || neuron.t_fire >= neuron.end_of_firing) {
    found.what = stopped_by::fire_phase_ahead;
    if (neuron.t_fire >= neuron.end_of_firing) found.would_fire = replay<Real>(in_longer_run, all).spike_time;
    return;
  }
  if (found.lost > 0 && fires_in_later_phase(found, neuron, all) == never) {
    found.would_fire = fires_in_later_phase(found, neuron, lost_too);
    found.what = stopped_by::late_arrivals;
    if (found.would_fire != never) return;
  }
  found.what = stopped_by::nothing_arrived;
  if (all.empty()) return;
  judge_inhibition(found, run, neuron, all);
  if (found.what == stopped_by::inhibition || neuron.threshold_slope == 0) return;
  found.what = stopped_by::threshold;
  found.would_fire = fires_without_end(neuron, all);
}

template <class Real>
void find_reason(silence& found, const observed_run<Real>& run, const lone_neuron<Real>& neuron,
                 const lone_neuron<Real>& in_longer_run, const arrivals<Real>& all, const arrivals<Real>& lost_too) {
  if (neuron.has_fire_phase() && (found.until < neuron.t_fire || found.predicted == never)) {
    judge_fire_phase(found, run, neuron, in_longer_run, all, lost_too);
    return;
  }
  found.what = stopped_by::nothing_so_far;
  if (found.predicted != never) return;
  if (found.until == neuron.end_of_firing) found.would_fire = fires_without_end(neuron, lost_too);
  found.what = stopped_by::window;
  if (found.would_fire != never) return;
  found.what = stopped_by::nothing_arrived;
  if (!all.empty()) judge_inhibition(found, run, neuron, all);
}

}  // namespace

template <class Real>
silence explain_silence(const observed_run<Real>& run, std::uint32_t id) {
  const auto neuron = lone(run.net, id, run.t_max);
  require(!(run.spike_times[id] <= run.until && run.spike_times[id] != never),
          "{} fired at t = {}; ask why, or go back before it", neuron_name(run.net.populations(), id),
          run.spike_times[id]);
  const auto received_before = [&](double end) {
    return arrivals_at(run.net, run.incoming, id, run.spike_times, run.until, end);
  };
  const auto all = received_before(neuron.end_of_arrivals);
  const auto lost_too = received_before(neuron.has_fire_phase() ? neuron.end_of_firing : never);
  silence found;
  found.id = id;
  found.until = std::min(run.until, neuron.end_of_firing);
  found.v_th = static_cast<double>(neuron.v_th);
  found.t_fire = neuron.t_fire;
  found.closes = neuron.end_of_firing;
  found.lowest_threshold = found.v_th;
  if (neuron.t_fire < found.closes)
    found.lowest_threshold -= static_cast<double>(neuron.threshold_slope) * (found.closes - neuron.t_fire);
  if (neuron.has_fire_phase()) found.lost = lost_too.size() - all.size();
  found.predicted = replay<Real>(neuron, all).spike_time;
  find_peak(found, neuron, all);
  share_out(found, neuron, all);
  find_reason(found, run, neuron, lone(run.net, id, never), all, lost_too);
  return found;
}

template silence explain_silence(const observed_run<float>&, std::uint32_t);
template silence explain_silence(const observed_run<double>&, std::uint32_t);

}  // namespace firstspike
