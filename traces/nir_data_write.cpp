#include "firstspike/traces/nir_data_write.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_table.hpp"
#include "firstspike/traces/hdf5_write.hpp"

namespace firstspike {
namespace {

constexpr std::int64_t no_neuron = -1;

/// At least one column: a table without columns cannot be compressed, and a padded column reads the same.
std::uint64_t most_spikes(const population_spikes& p) {
  std::uint64_t most = 1;
  for (std::size_t s = 0; s < p.samples(); ++s) most = std::max(most, p.sample_offsets[s + 1] - p.sample_offsets[s]);
  return most;
}

double end_of_recording(const population_spikes& p) {
  if (p.t_stop != never) return p.t_stop;
  return p.timestamps.empty() ? 1 : std::ranges::max(p.timestamps) + 1;
}

/// Samples [first, end), each in a row of `columns` entries.
struct padded_rows {
  std::vector<std::int64_t> idx;
  std::vector<double> time;

  padded_rows(const population_spikes& p, std::size_t first, std::size_t end, std::size_t columns)
      : idx((end - first) * columns, no_neuron), time((end - first) * columns, never) {
    for (auto sample = first; sample < end; ++sample) {
      auto at = (sample - first) * columns;
      for (const auto e : events_by_time(p, sample)) {
        idx[at] = static_cast<std::int64_t>(p.node_ids[e]);
        time[at++] = p.timestamps[e];
      }
    }
  }
};

void write_spikes(const hdf5_object& observable, const population_spikes& p, std::uint64_t done, std::uint64_t total,
                  const progress_callback& progress) {
  write_attribute(observable, "__type__", std::string("EventData"));
  write_attribute(observable, "n_neurons", static_cast<std::int64_t>(p.n_nodes));
  write_attribute(observable, "t_max", end_of_recording(p));
  const auto columns = most_spikes(p);
  const auto idx = create_table<std::int64_t>(observable, "idx", p.samples(), columns, true);
  const auto time = create_table<double>(observable, "time", p.samples(), columns, true);
  const auto block = rows_in_block(columns);
  for (std::size_t first = 0; first < p.samples(); first += block) {
    report_progress(progress, done + first, total);
    const padded_rows rows(p, first, std::min<std::size_t>(p.samples(), first + block), columns);
    write_rows<std::int64_t>(idx, first, rows.idx);
    write_rows<double>(time, first, rows.time);
  }
}

}  // namespace

void write_nir_data(const std::string& path, const spike_trace& trace, std::size_t first_sample, bool overwrite,
                    const progress_callback& progress) {
  std::uint64_t done = 0, total = 0;
  for (const auto& p : trace.populations) total += p.samples();
  pending_file pending(path, overwrite);
  auto root = create_hdf5(pending.tmp(), path);
  write_attribute(root, "__type__", std::string("NIRGraphData"));
  write_attribute(root, "first_sample", static_cast<std::int64_t>(first_sample));
  {
    const auto nodes = create_group(root, "nodes");
    for (const auto& p : trace.populations) {
      const auto node = create_group(nodes, p.name);
      write_attribute(node, "__type__", std::string("NIRNodeData"));
      write_spikes(create_group(create_group(node, "observables"), "spikes"), p, done, total, progress);
      done += p.samples();
    }
  }
  const std::vector<std::uint16_t> labels(trace.labels.begin(), trace.labels.end());
  if (!labels.empty()) write_dataset<std::uint16_t>(root, "labels", labels, {labels.size()});
  close_hdf5(root);
  pending.commit();
}

}  // namespace firstspike
