#include "firstspike/exports/traced_model.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace firstspike {
namespace {

constexpr auto advice = "give the model that made this trace";

const population_spikes* recorded(const spike_trace& trace, const std::string& name) {
  const auto found = std::ranges::find(trace.populations, name, &population_spikes::name);
  return found == trace.populations.end() ? nullptr : &*found;
}

void check_fit(const trace_file& from, const traced_model& traced) {
  const auto& [path, trace] = from;
  for (const auto& p : populations_of(traced.model)) {
    const auto name = traced.prefix + p.name;
    const auto* spikes = recorded(trace, name);
    if (spikes == nullptr) {
      if (p.kind != population_kind::source) continue;
      throw std::runtime_error(fmt::format(
          "{}: /spikes has no '{}', from which the model's run would start; record that layer", path, name));
    }
    if (spikes->n_nodes > p.size) {
      throw std::runtime_error(fmt::format("{}: /spikes/{} has {} neurons, the model's '{}' {}; {}", path, name,
                                           spikes->n_nodes, p.name, p.size, advice));
    }
    if (spikes->t_stop != never && spikes->t_stop != traced.model.t_max) {
      throw std::runtime_error(fmt::format("{}: /spikes/{}: t_stop = {}, the model's t_max = {}; {}", path, name,
                                           spikes->t_stop, traced.model.t_max, advice));
    }
  }
}

/// If a trace has two networks, training records a network NAME with populations NAME_<layer>.
std::string prefix_of(const spike_trace& trace, const std::string& name, const loaded_model& model) {
  const auto prefix = name + "_";
  for (const auto& p : populations_of(model)) {
    if (recorded(trace, prefix + p.name) != nullptr) return prefix;
  }
  return "";
}

/// Firing times [neuron] of one sample of a population, `never` = silent.
std::vector<double> times_of(const population_spikes& spikes, std::size_t sample, std::size_t neurons) {
  std::vector<double> times(neurons, never);
  if (sample >= spikes.samples()) return times;
  for (auto e = spikes.sample_offsets[sample]; e < spikes.sample_offsets[sample + 1]; ++e) {
    times[spikes.node_ids[e]] = spikes.timestamps[e];
  }
  return times;
}

double last_spike(const spike_trace& trace, const traced_model& traced, std::size_t sample) {
  double last = 0;
  for (const auto& p : populations_of(traced.model)) {
    const auto* spikes = recorded(trace, traced.prefix + p.name);
    if (spikes == nullptr) continue;
    for (const auto t : times_of(*spikes, sample, p.size)) last = t == never ? last : std::max(last, t);
  }
  return last;
}

std::string time_text(double t) { return t == never ? "never" : fmt::format("at {}", t); }

}  // namespace

std::optional<real_type> recorded_precision(const spike_trace& trace) {
  const auto found = trace.metadata.find("precision");
  if (found == trace.metadata.end()) return std::nullopt;
  const auto* word = std::get_if<std::string>(&found->second);
  if (word == nullptr || (*word != "f32" && *word != "f64")) return std::nullopt;
  return *word == "f32" ? real_type::f32 : real_type::f64;
}

std::vector<traced_model> models_behind(const trace_file& from, std::optional<real_type> precision) {
  if (!precision) precision = recorded_precision(from.trace);
  std::vector<traced_model> models;
  for (const auto& name : models_in_trace(from.path)) {
    auto model = load(read_model(from.path, {}, "/models/" + name), precision);
    auto prefix = prefix_of(from.trace, name, model);
    models.push_back({std::move(prefix), std::move(model)});
  }
  for (const auto& traced : models) check_fit(from, traced);
  return models;
}

std::vector<traced_model> models_behind(const trace_file& from, loaded_model model) {
  std::vector<traced_model> models;
  models.push_back({"", std::move(model)});
  check_fit(from, models.front());
  return models;
}

std::size_t samples_of(const spike_trace& trace, const traced_model& traced) {
  std::size_t samples = 0;
  for (const auto& p : populations_of(traced.model)) {
    if (p.kind != population_kind::source) continue;
    samples = std::max(samples, find_population(trace, traced.prefix + p.name).samples());
  }
  return samples;
}

std::vector<double> recorded_sources(const spike_trace& trace, const traced_model& traced, std::size_t sample) {
  std::vector<double> all;
  for (const auto& p : populations_of(traced.model)) {
    if (p.kind != population_kind::source) continue;
    const auto times = times_of(find_population(trace, traced.prefix + p.name), sample, p.size);
    all.insert(all.end(), times.begin(), times.end());
  }
  return all;
}

void check_same_spikes(const trace_file& from, const traced_model& traced, std::size_t sample,
                       std::span<const double> spike_times) {
  const auto& [path, trace] = from;
  const auto last = last_spike(trace, traced, sample);
  std::size_t first = 0;
  for (const auto& p : populations_of(traced.model)) {
    const auto run = spike_times.subspan(first, p.size);
    first += p.size;
    const auto* spikes = recorded(trace, traced.prefix + p.name);
    if (spikes == nullptr || p.kind == population_kind::source) continue;
    const auto times = times_of(*spikes, sample, p.size);
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (times[i] == run[i] || (times[i] == never && run[i] > last)) continue;
      throw std::runtime_error(fmt::format("{}: {}:{} fires {} in sample {}, with this model {}; {}", path,
                                           spikes->name, i, time_text(times[i]), sample, time_text(run[i]), advice));
    }
  }
}

}  // namespace firstspike
