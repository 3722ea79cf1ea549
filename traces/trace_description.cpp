#include "firstspike/traces/trace_description.hpp"

#include <array>

#include "firstspike/traces/model_file.hpp"

namespace firstspike {

trace_description describe_trace(const std::string& path, repeated_spikes repeats) {
  constexpr std::array sortings{"none", "by_id", "by_time"};
  auto trace = read_spike_trace(path, repeats);
  trace_description found{{}, std::move(trace.metadata), models_in_trace(path), std::move(trace.labels)};
  for (const auto& p : trace.populations) {
    found.populations.push_back({p.name, p.n_nodes, p.samples(), p.timestamps.size(), p.t_start, p.t_stop,
                                 sortings[static_cast<std::size_t>(p.sorting)], p.left_out});
  }
  return found;
}

void check_trace(const std::string& path) {
  read_spike_trace(path);
  for (const auto& model : models_in_trace(path)) read_model(path, {}, "/models/" + model);
}

}  // namespace firstspike
