// What labelled samples were taken for, and what that cost.
#pragma once

#include <string>

#include "firstspike/apps/json_output.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike {

/// "1 image", "10,000 images".
std::string images_text(std::size_t count);

/// Keys of `evaluate --model` that tell of decisions.
void add_decisions(json_object& object, const readout& decisions);
/// The same, and seconds_per_image.
void add_decisions(json_object& object, const sample_totals& totals);

/// For people.
std::string decisions_text(const sample_totals& totals);

}  // namespace firstspike
