#include "firstspike/apps/report_neurons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "firstspike/apps/options.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {
namespace {

constexpr std::size_t small_layer = 16, of_large_layer = 8, of_layer_before = 12;

using importance = std::map<std::uint32_t, double>;  // by global id

template <class Real>
std::vector<std::uint32_t> by_spike_time(const observed_run<Real>& run, std::size_t population) {
  std::vector<std::uint32_t> ids;
  for (auto id = run.net.first_id(population); id < run.net.first_id(population + 1); ++id) ids.push_back(id);
  std::ranges::stable_sort(ids, {}, [&](std::uint32_t id) { return run.spike_times[id]; });
  return ids;
}

/// Those of the last layer that are drawn; `weights` gets those whose causes matter.
template <class Real>
std::vector<std::uint32_t> of_last_layer(const observed_run<Real>& run, importance& weights) {
  const auto ids = by_spike_time(run, run.net.populations().size() - 1);
  if (ids.size() <= small_layer) {
    weights[ids[0]] = 1;
    return ids;
  }
  const auto silent = std::ranges::find(ids, never, [&](std::uint32_t id) { return run.spike_times[id]; });
  const auto fired = static_cast<std::size_t>(silent - ids.begin());
  const auto among = fired >= of_large_layer ? fired : ids.size();
  std::vector<std::uint32_t> chosen;
  for (std::size_t k = 0; k < of_large_layer; ++k) chosen.push_back(ids[k * (among - 1) / (of_large_layer - 1)]);
  for (const auto id : chosen) weights[id] = 1;
  return chosen;
}

/// The share of each neuron in the spikes of `targets`, weighted by theirs.
template <class Real>
void add_causes(const observed_run<Real>& run, std::span<const std::uint32_t> targets, importance& weights) {
  for (const auto id : targets) {
    const auto weight = weights.find(id);
    if (weight == weights.end() || !(run.spike_times[id] <= run.until) || run.spike_times[id] == never) continue;
    const auto of_target = weight->second;
    for (const auto& cause : explain(run, id).causes) weights[cause.pre] += of_target * std::abs(cause.share);
  }
}

}  // namespace

asked_neuron read_asked_neuron(const std::string& text) {
  const auto colon = text.rfind(':');
  const bool digits = colon != std::string::npos && colon > 0 && colon + 1 < text.size() && text.size() - colon < 12 &&
                      text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (!digits) throw usage_error(fmt::format("--neurons = '{}', allowed: LAYER:ID, such as hidden:3", text));
  return {text.substr(0, colon), std::stoull(text.substr(colon + 1))};
}

template <class Real>
std::vector<std::uint32_t> neurons_that_matter(const observed_run<Real>& run) {
  const auto populations = run.net.populations();
  importance weights;
  std::vector<std::uint32_t> all, targets;
  for (auto p = populations.size(); p-- > 0;) {
    if (populations[p].kind != population_kind::neurons) continue;
    if (p + 1 == populations.size()) {
      targets = of_last_layer(run, weights);
    } else {
      targets = by_spike_time(run, p);
      std::ranges::stable_sort(targets, std::greater{}, [&](std::uint32_t id) { return weights[id]; });
      if (targets.size() > of_layer_before) targets.resize(of_layer_before);
    }
    add_causes(run, targets, weights);
    std::ranges::copy(targets, std::back_inserter(all));
  }
  std::ranges::sort(all);
  return all;
}

template std::vector<std::uint32_t> neurons_that_matter(const observed_run<float>&);
template std::vector<std::uint32_t> neurons_that_matter(const observed_run<double>&);

}  // namespace firstspike
