// Metadata of a run in its files: seed, t_max, version, command, labels ...
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace firstspike {

using metadata_value = std::variant<std::int64_t, double, std::string>;
using run_metadata = std::map<std::string, metadata_value>;

/// A value as text: a number is the shortest text that reads back the same.
std::string metadata_text(const metadata_value& value);

/// The labels of a recorded training step as text: "7,2,1".
std::string labels_text(std::span<const std::uint8_t> labels);

/// Throws std::runtime_error, one line that begins with `path`, unless every label is a number below 256.
std::vector<std::uint8_t> labels_from(const std::string& path, const std::string& text);

/// The metadata value `labels`, if there is one.
std::optional<std::vector<std::uint8_t>> recorded_labels(const std::string& path, const run_metadata& metadata);

}  // namespace firstspike
