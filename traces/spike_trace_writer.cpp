#include "firstspike/traces/spike_trace_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_write.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {
namespace {

// Writes complete chunks of at least this many events.
constexpr std::size_t spikes_at_once = 4 * hdf5_chunk;

constexpr std::array<std::pair<const char*, std::uint8_t>, 3> sorting_members{
    {{"none", 0}, {"by_id", 1}, {"by_time", 2}}};

struct open_population {
  trace_population about;
  hdf5_object group;
  hdf5_object timestamps;
  hdf5_object node_ids;
  hdf5_object sample_ids;
  std::vector<double> times;  // buffered events
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> samples;
  std::vector<std::uint64_t> offsets{0};
};

template <class T>
void write_front(const hdf5_object& dataset, std::vector<T>& buffer, std::size_t events) {
  append<T>(dataset, std::span<const T>(buffer).first(events));
  buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(events));
}

void write_events(open_population& p, std::size_t events) {
  write_front(p.timestamps, p.times, events);
  write_front(p.node_ids, p.ids, events);
  write_front(p.sample_ids, p.samples, events);
}

void check_populations(const std::string& path, const std::vector<trace_population>& populations) {
  if (populations.empty()) throw std::invalid_argument(path + ": a trace needs at least one population");
  std::set<std::string> names;
  for (const auto& p : populations) {
    check_link_name(path + ": population", p.name);
    if (!names.insert(p.name).second) {
      throw std::invalid_argument(fmt::format("{}: population {}: the name is used twice", path, p.name));
    }
    if (!(p.t_start >= 0 && p.t_start < p.t_stop) || std::isinf(p.t_start) || p.n_nodes == 0) {
      throw std::invalid_argument(
          fmt::format("{}: population {}: n_nodes = {}, window [{}, {}), allowed: n_nodes > 0, 0 <= t_start < t_stop",
                      path, p.name, p.n_nodes, p.t_start, p.t_stop));
    }
  }
}

void check_metadata(const std::string& path, const run_metadata& metadata) {
  for (const auto& [name, value] : metadata) {
    if (name != "magic" && name != "version" && !name.empty()) continue;
    throw std::invalid_argument(
        fmt::format("{}: metadata '{}': the name is empty or SONATA's own; give it another", path, name));
  }
}

open_population open_for_writing(const hdf5_object& spikes, const trace_population& about) {
  open_population p;
  p.about = about;
  p.group = create_group(spikes, about.name);
  p.timestamps = create_appendable<double>(p.group, "timestamps");
  p.node_ids = create_appendable<std::uint64_t>(p.group, "node_ids");
  p.sample_ids = create_appendable<std::uint32_t>(p.group, "sample_ids");
  write_attribute(p.timestamps, "units", std::string("ms"));
  write_attribute(p.group, "n_nodes", about.n_nodes);
  write_attribute(p.group, "t_start", about.t_start);
  write_attribute(p.group, "t_stop", about.t_stop);
  return p;
}

// The spikes of one sample, by time, then id.
std::vector<spike> sorted_spikes(const trace_population& p, std::span<const double> times) {
  std::vector<spike> spikes;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] == never) continue;
    if (!(times[i] >= p.t_start && times[i] < p.t_stop)) {
      throw std::invalid_argument(fmt::format("population {}: firing time of node {} = {}, allowed: [{}, {}) or never",
                                              p.name, i, times[i], p.t_start, p.t_stop));
    }
    spikes.push_back({static_cast<std::uint32_t>(i), times[i]});
  }
  std::stable_sort(spikes.begin(), spikes.end(), [](const spike& a, const spike& b) { return a.time < b.time; });
  return spikes;
}

}  // namespace

struct spike_trace_writer::state {
  std::vector<trace_population> about;
  pending_file file;
  hdf5_object root;
  std::vector<open_population> open;
  std::vector<std::uint16_t> labels;

  state(const std::string& path, std::vector<trace_population> populations, bool overwrite)
      : about(std::move(populations)), file(path, overwrite), root(create_hdf5(file.tmp(), path)) {}
};

spike_trace_writer::spike_trace_writer(const std::string& path, std::vector<trace_population> populations,
                                       const run_metadata& metadata, bool overwrite) {
  check_populations(path, populations);
  check_metadata(path, metadata);
  state_ = std::make_unique<state>(path, std::move(populations), overwrite);
  const auto& root = state_->root;
  write_attribute(root, "magic", std::uint32_t{0x0A7A});
  write_vector_attribute(root, "version", std::array<std::uint32_t, 2>{0, 1});
  for (const auto& [name, value] : metadata) write_attribute(root, name, value);
  const auto spikes = create_group(root, "spikes");
  for (const auto& p : state_->about) state_->open.push_back(open_for_writing(spikes, p));
}

spike_trace_writer::~spike_trace_writer() = default;
spike_trace_writer::spike_trace_writer(spike_trace_writer&&) noexcept = default;
spike_trace_writer& spike_trace_writer::operator=(spike_trace_writer&&) noexcept = default;

std::span<const trace_population> spike_trace_writer::populations() const { return state_->about; }

const hdf5_object& spike_trace_writer::root() const { return state_->root; }

void spike_trace_writer::append(std::size_t population, std::span<const double> times) {
  if (population >= state_->open.size()) {
    throw std::invalid_argument(fmt::format("trace: no population {} to append to, there are {} until it is finished",
                                            population, state_->open.size()));
  }
  auto& p = state_->open[population];
  if (times.size() != p.about.n_nodes) {
    throw std::invalid_argument(
        fmt::format("population {}: {} firing times, needed: {}", p.about.name, times.size(), p.about.n_nodes));
  }
  const auto sample = static_cast<std::uint32_t>(p.offsets.size() - 1);
  const auto spikes = sorted_spikes(p.about, times);
  for (const auto& s : spikes) {
    p.times.push_back(s.time);
    p.ids.push_back(s.source);
    p.samples.push_back(sample);
  }
  p.offsets.push_back(p.offsets.back() + spikes.size());
  if (p.times.size() >= spikes_at_once) write_events(p, p.times.size() / hdf5_chunk * hdf5_chunk);
}

void spike_trace_writer::set_labels(std::span<const std::uint8_t> labels) {
  state_->labels.assign(labels.begin(), labels.end());
}

void spike_trace_writer::finish() {
  std::size_t samples = 0;
  for (const auto& p : state_->open) samples = std::max(samples, p.offsets.size() - 1);
  const auto& labels = state_->labels;
  if (!labels.empty() && labels.size() != samples) {
    throw std::invalid_argument(fmt::format("{}: {} labels, needed: none, or one for each of {} samples",
                                            state_->root.file, labels.size(), samples));
  }
  for (auto& p : state_->open) {
    write_events(p, p.times.size());
    write_dataset<std::uint64_t>(p.group, "sample_offsets", p.offsets, {p.offsets.size()});
    const bool one_sample = p.offsets.size() == 2;
    write_enum_attribute(p.group, "sorting", sorting_members,
                         static_cast<std::uint8_t>(one_sample ? spike_sorting::by_time : spike_sorting::none));
  }
  if (!labels.empty()) write_dataset<std::uint16_t>(state_->root, "labels", labels, {labels.size()});
  state_->open.clear();
  close_hdf5(state_->root);
  state_->file.commit();
}

std::vector<trace_population> trace_populations(std::span<const population> populations, double t_max,
                                                const std::string& prefix) {
  std::vector<trace_population> result;
  for (const auto& p : populations) result.push_back({prefix + p.name, p.size, 0, t_max});
  return result;
}

void append_record(spike_trace_writer& writer, std::span<const population> populations, const spike_record& record,
                   const std::string& prefix) {
  std::size_t neurons = 0;
  for (const auto& p : populations) neurons += p.size;
  if (neurons != record.neurons) {
    throw std::invalid_argument(fmt::format("record of {} neurons, needed: {}", record.neurons, neurons));
  }
  const auto held = writer.populations();
  std::size_t first = 0;
  bool any = false;
  for (const auto& p : populations) {
    const auto found =
        std::find_if(held.begin(), held.end(), [&](const trace_population& t) { return t.name == prefix + p.name; });
    if (found != held.end()) {
      any = true;
      for (std::size_t s = 0; s < record.samples; ++s) {
        writer.append(static_cast<std::size_t>(found - held.begin()), record.times_of(s).subspan(first, p.size));
      }
    }
    first += p.size;
  }
  if (!any) throw std::invalid_argument(fmt::format("trace: it has no population of the record ('{}...')", prefix));
}

}  // namespace firstspike
