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
/// Adds the same keys, the costs of a decision, and seconds_per_image.
void add_decisions(json_object& object, const sample_totals& totals);

/// The same as a table.
std::string decisions_text(const sample_totals& totals);

/// Adds `classes`, `confusion` [true][decided] and `misclassified` [sample]. `labels` [sample].
void add_mistakes(json_object& object, const readout& decisions, std::span<const std::uint8_t> labels,
                  std::span<const std::uint8_t> label_of_output);
/// The confusion matrix of few classes or the most frequent confusions of many, and the first misclassified images.
std::string mistakes_text(const readout& decisions, std::span<const std::uint8_t> labels,
                          std::span<const std::uint8_t> label_of_output);

}  // namespace firstspike
