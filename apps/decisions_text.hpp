// Accuracy, decision time and spike counts, as JSON and as text.
#pragma once

#include <string>

#include "firstspike/apps/json_output.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike {

/// "1 image", "10,000 images".
std::string images_text(std::size_t count);

/// Adds the keys of `evaluate --model` for accuracy, decision time and spikes.
void add_decisions(json_object& object, const readout& decisions);
/// Adds the same keys and seconds_per_image.
void add_decisions(json_object& object, const sample_totals& totals);

/// The same as a table.
std::string decisions_text(const sample_totals& totals);

}  // namespace firstspike
