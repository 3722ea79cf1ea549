// A trace of three samples of a network of two inputs and two outputs.
#pragma once

#include <string>
#include <vector>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/scratch_files.hpp"
#include "firstspike/traces/loaded_model.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"

namespace firstspike::testing {

inline constexpr double t_max = 10;

/// Neuron `both` needs both inputs, neuron `first` input 0 alone; each receives an input one step after its spike.
inline network<double> small_network(double v_th = 0.9) {
  return {{sources("input", 2), neurons("output", 2, v_th)},
          {dense<double>(0, 1, synapse_kernel::step, 1, {0.5, 1, 0.5, 0})}};
}

inline loaded_model model_of(network<double> net) {
  auto model = in_precision(std::move(net), real_type::f64);
  model.t_max = t_max;
  return model;
}

/// Three samples, with output spikes by hand: {4, 3}, {}, {6, 3.5}.
struct small_trace {
  scratch_directory files;
  trace_file from;

  explicit small_trace(const run_metadata& metadata = {{"gradient_hash", std::string("x")},
                                                       {"labels", std::string("1,0,1")}}) {
    const auto net = small_network();
    const auto record = simulate(net, std::vector<double>{2, 3, never, 1, 2.5, 5}, {t_max});
    spike_trace_writer writer(at("trace.h5"), trace_populations(net.populations(), t_max), metadata);
    append_record(writer, net.populations(), record);
    if (metadata.contains("labels")) writer.set_labels(std::vector<std::uint8_t>{1, 0, 1});
    writer.finish();
    from = read_trace_file(at("trace.h5"));
  }
  std::string at(const std::string& name) const { return (files / name).string(); }
};

}  // namespace firstspike::testing
