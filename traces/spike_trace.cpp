#include "firstspike/traces/spike_trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/sonata_types.hpp"

namespace firstspike {
namespace {

// Without sample_offsets, a single wrong sample id would create that many samples.
constexpr std::uint32_t most_derived_samples = 1u << 24;

void check_units(const hdf5_object& group) {
  const auto units = find_dataset_attribute(group, "timestamps", "units");
  if (!units || *units == "ms" || *units == "milliseconds") return;
  refuse(group, "timestamps", fmt::format("attribute units = '{}', allowed: ms; convert the times", *units));
}

void check_times(const hdf5_object& group, const population_spikes& p) {
  for (std::size_t e = 0; e < p.timestamps.size(); ++e) {
    const double t = p.timestamps[e];
    if (!(t >= 0) || std::isinf(t)) {
      refuse(group, "timestamps",
             fmt::format("entry {} = {}, allowed: finite, >= 0 (silent neurons are omitted)", e, t));
    }
    if (t < p.t_start || t >= p.t_stop) {
      refuse(group, "timestamps",
             fmt::format("entry {} = {}, allowed: the window [t_start, t_stop) = [{}, {})", e, t, p.t_start, p.t_stop));
    }
  }
}

void read_window(const hdf5_object& group, population_spikes& p) {
  p.t_start = find_attribute<double>(group, "t_start").value_or(0);
  p.t_stop = find_attribute<double>(group, "t_stop").value_or(never);
  if (!(p.t_start >= 0) || std::isinf(p.t_start)) {
    refuse(group, fmt::format("attribute t_start = {}, allowed: finite, >= 0", p.t_start));
  }
  if (!(p.t_stop > p.t_start)) {
    refuse(group, fmt::format("attribute t_stop = {}, allowed: above t_start = {}", p.t_stop, p.t_start));
  }
}

void read_node_ids(const hdf5_object& group, population_spikes& p) {
  const std::string field = !has_member(group, "node_ids") && has_member(group, "gids") ? "gids" : "node_ids";
  p.node_ids = read_vector<std::uint64_t>(group, field);
  if (p.node_ids.size() != p.timestamps.size()) {
    refuse(group, field, fmt::format("has {} entries, but timestamps {}", p.node_ids.size(), p.timestamps.size()));
  }
  const auto n_nodes = find_attribute<std::uint64_t>(group, "n_nodes");
  const std::uint64_t limit = n_nodes.value_or(std::uint64_t{1} << 63);
  for (std::size_t e = 0; e < p.node_ids.size(); ++e) {
    if (p.node_ids[e] >= limit) {
      refuse(group, field, fmt::format("entry {} = {}, allowed: below n_nodes = {}", e, p.node_ids[e], limit));
    }
    p.n_nodes = std::max(p.n_nodes, p.node_ids[e] + 1);
  }
  p.n_nodes = n_nodes.value_or(p.n_nodes);
}

void check_offsets(const hdf5_object& group, const population_spikes& p) {
  const auto& offsets = p.sample_offsets;
  if (offsets.empty()) refuse(group, "sample_offsets", "is empty, needed: samples + 1 entries");
  if (offsets.size() > 0xffffffffu) refuse(group, "sample_offsets", "more than 2^32 - 2 samples");
  if (offsets.front() != 0) refuse(group, "sample_offsets", fmt::format("begins with {}, needed: 0", offsets.front()));
  const auto drop = std::is_sorted_until(offsets.begin(), offsets.end());
  if (drop != offsets.end()) {
    refuse(group, "sample_offsets",
           fmt::format("entry {} = {} is below the one before, {}", drop - offsets.begin(), *drop, *(drop - 1)));
  }
  if (offsets.back() != p.timestamps.size()) {
    refuse(group, "sample_offsets",
           fmt::format("ends with {}, but there are {} timestamps", offsets.back(), p.timestamps.size()));
  }
}

void derive_offsets(const hdf5_object& group, population_spikes& p) {
  const auto& ids = p.sample_ids;
  const auto drop = std::is_sorted_until(ids.begin(), ids.end());
  if (drop != ids.end()) {
    refuse(group, "sample_ids",
           fmt::format("entry {} = {} is below the one before, {}; needed: sample after sample", drop - ids.begin(),
                       *drop, *(drop - 1)));
  }
  const std::uint32_t samples = ids.empty() ? 0 : ids.back() + 1;
  if (!ids.empty() && ids.back() >= most_derived_samples) {
    refuse(group, "sample_ids", fmt::format("ends with {}, allowed without sample_offsets: below 2^24", ids.back()));
  }
  p.sample_offsets.push_back(0);
  for (std::uint32_t s = 0; s < samples; ++s) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(p.sample_offsets.back());
    p.sample_offsets.push_back(static_cast<std::uint64_t>(std::upper_bound(first, ids.end(), s) - ids.begin()));
  }
}

std::vector<std::uint32_t> ids_from_offsets(const population_spikes& p) {
  std::vector<std::uint32_t> ids;
  ids.reserve(p.timestamps.size());
  for (std::uint32_t s = 0; s < p.samples(); ++s) ids.resize(p.sample_offsets[s + 1], s);
  return ids;
}

void check_sample_ids(const hdf5_object& group, const population_spikes& p) {
  const auto needed = ids_from_offsets(p);
  for (std::size_t e = 0; e < needed.size(); ++e) {
    const auto id = p.sample_ids[e];
    if (id >= p.samples()) {
      refuse(group, "sample_ids", fmt::format("entry {} = {}, allowed: below {} samples", e, id, p.samples()));
    }
    if (id != needed[e]) {
      refuse(group, "sample_ids", fmt::format("entry {} = {}, but sample_offsets say {}", e, id, needed[e]));
    }
  }
}

void read_samples(const hdf5_object& group, population_spikes& p) {
  const std::size_t events = p.timestamps.size();
  const bool has_offsets = has_member(group, "sample_offsets");
  if (has_offsets) {
    p.sample_offsets = read_vector<std::uint64_t>(group, "sample_offsets");
    check_offsets(group, p);
  }
  if (has_member(group, "sample_ids")) {
    p.sample_ids = read_vector<std::uint32_t>(group, "sample_ids");
    if (p.sample_ids.size() != events) {
      refuse(group, "sample_ids", fmt::format("has {} entries, but timestamps {}", p.sample_ids.size(), events));
    }
    if (has_offsets) return check_sample_ids(group, p);
    return derive_offsets(group, p);
  }
  if (!has_offsets) p.sample_offsets = {0, events};
  p.sample_ids = ids_from_offsets(p);
}

void check_fires_once(const hdf5_object& group, const population_spikes& p) {
  std::vector<std::uint64_t> ids;
  for (std::size_t s = 0; s < p.samples(); ++s) {
    const auto first = p.node_ids.begin();
    ids.assign(first + static_cast<std::ptrdiff_t>(p.sample_offsets[s]),
               first + static_cast<std::ptrdiff_t>(p.sample_offsets[s + 1]));
    std::sort(ids.begin(), ids.end());
    const auto twice = std::adjacent_find(ids.begin(), ids.end());
    if (twice == ids.end()) continue;
    refuse(group, has_member(group, "node_ids") ? "node_ids" : "gids",
           fmt::format(
               "node {} occurs twice in sample {}; a neuron fires at most once in a sample (first_spikes keeps its "
               "first spike)",
               *twice, s));
  }
}

// Keeps each neuron's first spike in each sample; events stay in their order.
void keep_first_spikes(population_spikes& p) {
  std::vector<std::size_t> events;
  std::vector<bool> kept(p.timestamps.size());
  for (std::size_t s = 0; s < p.samples(); ++s) {
    events.resize(p.sample_offsets[s + 1] - p.sample_offsets[s]);
    std::iota(events.begin(), events.end(), p.sample_offsets[s]);
    std::ranges::stable_sort(events, {}, [&](std::size_t e) { return std::pair(p.node_ids[e], p.timestamps[e]); });
    for (std::size_t i = 0; i < events.size(); ++i) {
      kept[events[i]] = i == 0 || p.node_ids[events[i]] != p.node_ids[events[i - 1]];
    }
  }
  std::size_t end = 0;
  for (std::size_t s = 0; s < p.samples(); ++s) {
    const auto first = p.sample_offsets[s], last = p.sample_offsets[s + 1];
    p.sample_offsets[s] = end;
    for (auto e = first; e < last; ++e) {
      if (!kept[e]) continue;
      p.timestamps[end] = p.timestamps[e];
      p.node_ids[end] = p.node_ids[e];
      p.sample_ids[end++] = p.sample_ids[e];
    }
  }
  p.left_out = p.timestamps.size() - end;
  p.sample_offsets.back() = end;
  p.timestamps.resize(end);
  p.node_ids.resize(end);
  p.sample_ids.resize(end);
}

template <class T>
void check_sorted(const hdf5_object& group, const std::string& word, const std::string& field,
                  const std::vector<T>& values) {
  const auto drop = std::is_sorted_until(values.begin(), values.end());
  if (drop == values.end()) return;
  refuse(group, fmt::format("attribute sorting says {}, but {}[{}] = {} comes after {}", word, field,
                            drop - values.begin(), *drop, *(drop - 1)));
}

void read_sorting(const hdf5_object& group, population_spikes& p) {
  if (!has_attribute(group, "sorting")) return;
  const auto word = read_word_attribute(group, "sorting");
  if (word == "by_time" || word == "time") {  // SONATA's older files have other words

    p.sorting = spike_sorting::by_time;
    check_sorted(group, word, "timestamps", p.timestamps);
  } else if (word == "by_id" || word == "by_gid" || word == "gid") {
    p.sorting = spike_sorting::by_id;
    check_sorted(group, word, "node_ids", p.node_ids);
  } else if (word != "none" && word != "unknown") {  // BMTK writes unknown
    refuse(group, fmt::format("attribute sorting = '{}', allowed: none, by_id, by_time", word));
  }
}

population_spikes read_population_spikes(const hdf5_object& group, const std::string& name, repeated_spikes repeats) {
  population_spikes p;
  p.name = name;
  p.timestamps = read_vector<double>(group, "timestamps");
  check_units(group);
  read_window(group, p);
  check_times(group, p);
  read_node_ids(group, p);
  read_samples(group, p);
  read_sorting(group, p);
  if (repeats == repeated_spikes::refuse) {
    check_fires_once(group, p);
  } else {
    keep_first_spikes(p);
  }
  return p;
}

// A foreign file may have a member or attribute of that name that is something else.
void read_labels(const hdf5_object& root, spike_trace& trace) {
  std::size_t samples = 0;
  for (const auto& p : trace.populations) samples = std::max(samples, p.samples());
  if (has_member(root, "labels") && !is_group(root, "labels")) {
    const auto type = stored_type(root, "labels");
    if (!type.starts_with('u') && !type.starts_with('i')) return;
    trace.labels = read_vector<std::uint8_t>(root, "labels");
    if (trace.labels.size() != samples) {
      refuse(root, "labels", fmt::format("has {} entries, but the trace {} samples", trace.labels.size(), samples));
    }
    return;
  }
  try {
    auto labels = recorded_labels(root.file, trace.metadata);
    if (labels && labels->size() == samples) trace.labels = std::move(*labels);
  } catch (const std::runtime_error&) {
    // Not a list of labels.
  }
}

}  // namespace

spike_trace read_spike_trace(const std::string& path, repeated_spikes repeats) {
  const auto root = open_hdf5(path);
  check_kind(root, file_kinds::trace);
  check_sonata(root);
  spike_trace trace;
  trace.metadata = read_attributes(root);
  trace.metadata.erase("magic");
  trace.metadata.erase("version");
  const auto spikes = open_group(root, "spikes");
  if (has_member(spikes, "timestamps") && !is_group(spikes, "timestamps")) {  // before SONATA had populations
    trace.populations.push_back(read_population_spikes(spikes, "spikes", repeats));
    read_labels(root, trace);
    return trace;
  }
  for (const auto& name : member_names(spikes)) {
    trace.populations.push_back(read_population_spikes(open_group(spikes, name), name, repeats));
  }
  if (trace.populations.empty()) refuse(spikes, "has no population, needed: one group for each");
  read_labels(root, trace);
  return trace;
}

std::uint64_t spikes_left_out(const spike_trace& trace) {
  std::uint64_t sum = 0;
  for (const auto& p : trace.populations) sum += p.left_out;
  return sum;
}

}  // namespace firstspike
