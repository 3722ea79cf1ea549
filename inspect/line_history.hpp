// The lines that were typed in earlier sessions, in a file of one line each.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace firstspike {

/// The file keeps so many lines, the latest.
inline constexpr std::size_t most_saved_lines = 1000;

/// The lines of the file, oldest first, at most that many; none where it cannot be read.
std::vector<std::string> saved_lines(const std::string& path);

/// Adds lines to those of the file, which other sessions may have added to since, and writes it whole, for its owner
/// only (mode 0600) with its directory (0700). Does nothing where `path` is empty or there are no lines. Throws
/// std::runtime_error or std::filesystem::filesystem_error where it cannot be written.
void save_lines(const std::string& path, std::span<const std::string> added);

}  // namespace firstspike
