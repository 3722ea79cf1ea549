// The labels of a recorded training step, stored as text in its trace: "7,2,1".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

std::string labels_text(std::span<const std::uint8_t> labels);

/// Throws std::runtime_error, one line that begins with `path`, unless every label is a number below `classes`.
std::vector<std::uint8_t> labels_from(const std::string& path, const std::string& text, std::size_t classes);

/// The metadata value `labels`, if there is one.
std::optional<std::vector<std::uint8_t>> recorded_labels(const std::string& path, const run_metadata& metadata);

}  // namespace firstspike
