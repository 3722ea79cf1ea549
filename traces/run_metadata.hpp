// Metadata of a run in its files: seed, t_max, version, command ...
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace firstspike {

using metadata_value = std::variant<std::int64_t, double, std::string>;
using run_metadata = std::map<std::string, metadata_value>;

/// A value as text: a number is the shortest text that reads back the same.
std::string metadata_text(const metadata_value& value);

}  // namespace firstspike
