#include "firstspike/traces/membrane_report.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_table.hpp"
#include "firstspike/traces/hdf5_write.hpp"

namespace firstspike {
namespace {

struct open_report {
  report_population about;
  hdf5_object data;
  std::uint64_t frames = 0;  // written
};

void check_populations(const std::string& path, const std::vector<report_population>& populations) {
  if (populations.empty()) throw std::invalid_argument(path + ": a report needs at least one population");
  std::set<std::string> names;
  for (const auto& p : populations) {
    check_link_name(path + ": population", p.name);
    if (!names.insert(p.name).second || p.size == 0) {
      throw std::invalid_argument(fmt::format(
          "{}: population {} of {} neurons, allowed: each name once, at least one neuron", path, p.name, p.size));
    }
  }
}

void write_mapping(const hdf5_object& group, std::uint32_t neurons, const report_times& times) {
  const auto mapping = create_group(group, "mapping");
  std::vector<std::uint64_t> ids(neurons), pointers(neurons + std::size_t{1});
  std::iota(ids.begin(), ids.end(), 0);
  std::iota(pointers.begin(), pointers.end(), 0);
  // "For single compartment reports element_id and element_pos are just arrays of 1s."
  const std::vector<std::uint32_t> elements(neurons, 1);
  write_dataset<std::uint64_t>(mapping, "node_ids", ids, {ids.size()});
  write_dataset_attribute(mapping, "node_ids", "sorted", std::uint8_t{1});
  write_dataset<std::uint64_t>(mapping, "index_pointers", pointers, {pointers.size()});
  write_dataset<std::uint32_t>(mapping, "element_ids", elements, {elements.size()});
  write_dataset<double>(mapping, "time", std::array{times.t_start, times.t_stop, times.dt}, {3});
  write_dataset_attribute(mapping, "time", "units", std::string("ms"));
}

}  // namespace

std::uint64_t frame_count(const report_times& times) {
  const bool window = times.t_start >= 0 && times.t_start < times.t_stop && std::isfinite(times.t_stop);
  constexpr double tolerance = 1e-6, most = 0x1p32;
  const double frames = std::ceil((times.t_stop - times.t_start - tolerance) / times.dt);
  if (!window || !(times.dt >= shortest_report_step) || !std::isfinite(times.dt) || frames > most) {
    throw std::invalid_argument(
        fmt::format("frames from {} to {} at dt = {}, allowed: 0 <= from < to, dt >= {}, at most 2^32 frames",
                    times.t_start, times.t_stop, times.dt, shortest_report_step));
  }
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(frames));
}

double frame_time(const report_times& times, std::uint64_t frame) {
  return times.t_start + static_cast<double>(frame) * times.dt;
}

struct membrane_report_writer::state {
  pending_file file;
  hdf5_object root;
  std::uint64_t frames;
  std::vector<open_report> open;

  state(const std::string& path, std::uint64_t count, bool overwrite)
      : file(path, overwrite), root(create_hdf5(file.tmp(), path)), frames(count) {}
};

membrane_report_writer::membrane_report_writer(const std::string& path, std::vector<report_population> populations,
                                               const report_times& times, const run_metadata& metadata,
                                               bool overwrite) {
  check_populations(path, populations);
  state_ = std::make_unique<state>(path, frame_count(times), overwrite);
  const auto& root = state_->root;
  write_attribute(root, "magic", std::uint32_t{0x0A7A});
  write_vector_attribute(root, "version", std::array<std::uint32_t, 2>{0, 1});
  for (const auto& [name, value] : metadata) write_attribute(root, name, value);
  const auto report = create_group(root, "report");
  for (auto& p : populations) {
    const auto group = create_group(report, p.name);
    write_mapping(group, p.size, times);
    auto data = create_table<float>(group, "data", state_->frames, p.size, false);
    write_attribute(data, "units", std::string("mV"));
    state_->open.push_back({std::move(p), std::move(data)});
  }
}

membrane_report_writer::~membrane_report_writer() = default;

void membrane_report_writer::append(std::size_t population, std::span<const float> v_m) {
  auto& p = state_->open.at(population);
  const auto rows = v_m.size() / p.about.size;
  if (rows * p.about.size != v_m.size() || rows > state_->frames - p.frames) {
    throw std::invalid_argument(fmt::format("population {}: {} potentials of {} neurons for {} frames", p.about.name,
                                            v_m.size(), p.about.size, state_->frames - p.frames));
  }
  write_rows(p.data, p.frames, v_m);
  p.frames += rows;
}

void membrane_report_writer::finish() {
  for (const auto& p : state_->open) {
    if (p.frames == state_->frames) continue;
    throw std::invalid_argument(
        fmt::format("population {}: {} of {} frames are written", p.about.name, p.frames, state_->frames));
  }
  state_->open.clear();
  close_hdf5(state_->root);
  state_->file.commit();
}

}  // namespace firstspike
