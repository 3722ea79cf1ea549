// Runs all samples of an input through a network, block by block, and sums up what they did.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/sample_input.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/evaluation/readout.hpp"

namespace firstspike {

struct simulation_totals {
  std::size_t samples = 0;
  double seconds = 0;                 ///< inside the engine
  std::vector<std::uint64_t> spikes;  ///< [population]
  std::uint64_t synaptic_events = 0;
  readout decisions{};  ///< of the input's labels; no images where it has none
};

/// What is done with the record of samples as they come, in order.
using record_sink = std::function<void(const spike_record& record)>;

/// Runs every sample. v_m is recorded where there are labels, or with `potentials`. Shows progress under the name
/// `what`; throws `interruption` between blocks once interrupted().
simulation_totals run_samples(const std::string& what, const loaded_model& model, const sample_input& input,
                              simulation_options options, const record_sink& sink = {});

/// --early-exit needs the scheduler that can stop: usage_error for another.
void check_early_exit(bool wanted, scheduler engine);

/// "1 image", "10,000 images".
std::string images_text(std::size_t count);

/// Keys of `evaluate --model` that tell of decisions.
void add_decisions(json_object& object, const readout& decisions);
/// The same, and seconds_per_image.
void add_decisions(json_object& object, const simulation_totals& totals);

/// Inside the engine.
double seconds_per_image(const simulation_totals& totals);

/// Decisions of labelled samples and what they cost, for people.
std::string decisions_text(const simulation_totals& totals);

}  // namespace firstspike
