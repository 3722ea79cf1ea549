// Checkpoints: the named arrays and values from which training is resumed (docs/formats.md, "Checkpoint").
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

using checkpoint_array =
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::uint64_t>, std::vector<std::uint8_t>>;

struct checkpoint {
  std::string path;                                ///< the file it was read from, for messages
  std::map<std::string, checkpoint_array> arrays;  ///< names are not empty and do not contain '/'
  run_metadata values;
};

/// Replaces `path` atomically: writes PATH.tmp, flushes it to disk, renames it. Throws std::invalid_argument for names
/// that HDF5 cannot store, std::runtime_error if the file cannot be written.
void write_checkpoint(const std::string& path, const checkpoint& state);

/// Throws std::runtime_error, one line that names file and field, if the file is not a complete checkpoint.
checkpoint read_checkpoint(const std::string& path);

/// The array called `name`, of T = float, double, std::uint64_t or std::uint8_t. Throws std::runtime_error that names
/// file and field if it is missing, has another type, or does not have `size` entries (if given).
template <class T>
std::span<const T> array_of(const checkpoint& state, const std::string& name, std::optional<std::size_t> size = {});

/// The value called `name`, of T = std::int64_t, double or std::string; errors as above.
template <class T>
const T& value_of(const checkpoint& state, const std::string& name);

}  // namespace firstspike
