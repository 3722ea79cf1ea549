#include "firstspike/traces/shd_write.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_table.hpp"
#include "firstspike/traces/hdf5_write.hpp"

namespace firstspike {
namespace {

constexpr std::size_t block = 1024;  // samples
constexpr double steps_per_second = 1000;

void check(const std::string& path, const population_spikes& p, std::span<const std::uint8_t> labels) {
  if (!labels.empty() && labels.size() != p.samples()) {
    throw std::invalid_argument(
        fmt::format("{}: {} labels, needed: one for each of {} samples", path, labels.size(), p.samples()));
  }
  constexpr std::uint64_t most = std::uint64_t{1} << 32;
  if (p.n_nodes > most) {
    throw std::invalid_argument(
        fmt::format("{}: population {} has {} neurons, allowed: {}", path, p.name, p.n_nodes, most));
  }
}

// Whether two times of a sample differ, but not as f32 [s].
bool needs_f64(const population_spikes& p) {
  for (std::size_t sample = 0; sample < p.samples(); ++sample) {
    std::optional<double> last;
    for (const auto e : events_by_time(p, sample)) {
      const auto t = p.timestamps[e] / steps_per_second;
      if (last && *last != t && static_cast<float>(*last) == static_cast<float>(t)) return true;
      last = t;
    }
  }
  return false;
}

template <class Time, class Unit>
void write_spikes(const hdf5_object& group, const population_spikes& p, const progress_callback& progress) {
  const auto times = create_ragged<Time>(group, "times", p.samples());
  const auto units = create_ragged<Unit>(group, "units", p.samples());
  for (std::size_t first = 0; first < p.samples(); first += block) {
    report_progress(progress, first, p.samples());
    const auto rows = std::min(block, p.samples() - first);
    std::vector<std::vector<Time>> seconds(rows);
    std::vector<std::vector<Unit>> ids(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      for (const auto e : events_by_time(p, first + row)) {
        seconds[row].push_back(static_cast<Time>(p.timestamps[e] / steps_per_second));
        ids[row].push_back(static_cast<Unit>(p.node_ids[e]));
      }
    }
    write_lists(times, first, seconds);
    write_lists(units, first, ids);
  }
}

}  // namespace

void write_shd(const std::string& path, const population_spikes& spikes, std::span<const std::uint8_t> labels,
               std::size_t first_sample, bool overwrite, const progress_callback& progress) {
  check(path, spikes, labels);
  pending_file pending(path, overwrite);
  auto root = create_hdf5(pending.tmp(), path);
  write_attribute(root, "layer", spikes.name);
  write_attribute(root, "n_units", static_cast<std::int64_t>(spikes.n_nodes));
  write_attribute(root, "first_sample", static_cast<std::int64_t>(first_sample));
  constexpr std::uint64_t narrow = 1 << 16;
  const bool wide = needs_f64(spikes);
  auto write = wide ? write_spikes<double, std::uint16_t> : write_spikes<float, std::uint16_t>;
  if (spikes.n_nodes > narrow) write = wide ? write_spikes<double, std::uint32_t> : write_spikes<float, std::uint32_t>;
  write(create_group(root, "spikes"), spikes, progress);
  const std::vector<std::uint16_t> classes(labels.begin(), labels.end());
  if (!classes.empty()) write_dataset<std::uint16_t>(root, "labels", classes, {classes.size()});
  close_hdf5(root);
  pending.commit();
}

}  // namespace firstspike
