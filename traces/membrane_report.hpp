// Membrane potentials at regular times, as a SONATA report (docs/formats.md, "Membrane report").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

/// Frames at t_start, t_start + dt, t_start + 2 dt ... before t_stop [steps].
struct report_times {
  double t_start = 0;
  double t_stop = 0;
  double dt = 1;
};

/// libsonata, which counts frames with a tolerance of 1e-6, does not read shorter ones.
inline constexpr double shortest_report_step = 1e-3;

/// Number of frames; a last frame within 1e-6 of t_stop does not count, as in libsonata. Throws std::invalid_argument
/// unless 0 <= t_start < t_stop, both finite, dt >= shortest_report_step, and there are at most 2^32 frames.
std::uint64_t frame_count(const report_times& times);
/// t_start + frame dt.
double frame_time(const report_times& times, std::uint64_t frame);

struct report_population {
  std::string name;
  std::uint32_t size = 0;
};

/// Writes PATH.tmp, frame by frame; finish() renames it to PATH, and without finish() it is removed. Layout after the
/// SONATA developer guide, "Frame oriented, node element recordings", as libsonata reads it: one element for each
/// neuron.
class membrane_report_writer {
 public:
  /// Throws std::invalid_argument without populations, for duplicate names, names that HDF5 cannot store, a population
  /// without neurons and invalid times; std::runtime_error if the file cannot be written, or exists and `overwrite` is
  /// false. `metadata` become attributes of the root.
  membrane_report_writer(const std::string& path, std::vector<report_population> populations, const report_times& times,
                         const run_metadata& metadata, bool overwrite);
  ~membrane_report_writer();
  membrane_report_writer(const membrane_report_writer&) = delete;
  membrane_report_writer& operator=(const membrane_report_writer&) = delete;

  /// The next frames of a population: [frame][neuron], row-major. Throws std::invalid_argument for incomplete frames,
  /// or more frames than the report has.
  void append(std::size_t population, std::span<const float> v_m);
  /// Throws std::invalid_argument if frames of a population are missing.
  void finish();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace firstspike
