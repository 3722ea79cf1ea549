#include "firstspike/inspect/what_if.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {
namespace {

/// The weight that is stored for a synapse of `weight`.
template <class Real>
Real stored_weight(const projection<Real>& p, double weight) {
  const auto rounded = static_cast<Real>(weight);
  require(std::isfinite(rounded), "weight = {}, allowed: finite in the network's precision", weight);
  if (!p.shared) return rounded;
  const auto of_kernel = rounded / pooling_factor<Real>(*p.shared);
  require(std::isfinite(of_kernel),
          "weight = {}, allowed: finite in the network's precision, and times {}^2 for pooling", weight,
          p.shared->pool);
  return of_kernel;
}

}  // namespace

template <class Real>
spike_record run_clamped(const network<Real>& net, std::span<const double> source_times, double t_max,
                         std::span<const spike> clamped, const progress_callback& progress) {
  event_simulation<Real> run(net);
  run.start(source_times, t_max, clamped);
  for (std::uint64_t instants = 0; run.step(); ++instants) report_progress(progress, instants, 0);
  const std::size_t neurons = net.neuron_count();
  spike_record record{1, neurons, {run.spike_times().begin(), run.spike_times().end()}, std::vector<double>(neurons)};
  for (std::uint32_t id = 0; id < neurons; ++id) record.v_m[id] = run.v_m(id, t_max);
  return record;
}

template <class Real>
network<Real> with_weight(const network<Real>& net, std::uint32_t pre, std::uint32_t post, double weight) {
  const auto places = synapses_between(net, pre, post);
  require(!places.empty(), "no synapse leads from {} to {}; allowed: two neurons with one",
          located_name(net.populations(), pre), located_name(net.populations(), post));
  std::vector<projection<Real>> projections;
  for (std::size_t p = 0; p < net.projection_count(); ++p) projections.push_back(net.describe(p));
  for (const auto& place : places) {
    auto& changed = projections[place.projection];
    const auto index = index_of(net, place);
    const auto stored = stored_weight(changed, weight);
    if (changed.sparse) {
      changed.synapses.set_weight(index, stored);
    } else {
      changed.weights[index] = stored;
    }
  }
  return {{net.populations().begin(), net.populations().end()}, std::move(projections)};
}

std::vector<changed_spike_time> changed_spikes(std::span<const double> before, std::span<const double> after) {
  std::vector<changed_spike_time> changed;
  for (std::uint32_t id = 0; id < before.size(); ++id) {
    if (before[id] != after[id]) changed.push_back({id, before[id], after[id]});
  }
  std::ranges::sort(changed, {}, [](const auto& c) { return std::tuple(std::min(c.before, c.after), c.id); });
  return changed;
}

template spike_record run_clamped(const network<float>&, std::span<const double>, double, std::span<const spike>,
                                  const progress_callback&);
template spike_record run_clamped(const network<double>&, std::span<const double>, double, std::span<const spike>,
                                  const progress_callback&);
template network<float> with_weight(const network<float>&, std::uint32_t, std::uint32_t, double);
template network<double> with_weight(const network<double>&, std::uint32_t, std::uint32_t, double);

}  // namespace firstspike
