// A summary of a trace: populations, numbers of spikes, metadata, models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

struct population_description {
  std::string name;
  std::uint64_t neurons = 0;
  std::size_t samples = 0;
  std::size_t spikes = 0;
  double t_start = 0, t_stop = never;  ///< [steps], each sample lasts from t_start up to, not including, t_stop
  std::string sorting;                 ///< "none", "by_id" or "by_time"
  std::uint64_t left_out = 0;          ///< as in population_spikes
};

struct trace_description {
  std::vector<population_description> populations;  ///< in the order of their names
  run_metadata metadata;                            ///< as in spike_trace
  std::vector<std::string> models;                  ///< as models_in_trace()
  std::vector<std::uint8_t> labels{};               ///< as in spike_trace
};

/// Reads the whole trace. Throws as read_spike_trace.
trace_description describe_trace(const std::string& path, repeated_spikes repeats = repeated_spikes::refuse);

/// Reads the whole trace and every model in it. Throws as read_spike_trace and read_model.
void check_trace(const std::string& path);

}  // namespace firstspike
