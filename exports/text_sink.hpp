// Text of an export, in pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace firstspike {

/// Receives text in pieces.
using text_sink = std::function<void(std::string_view text)>;

/// Writes the text that write() passes to its sink to a file, atomically. Throws std::runtime_error if the file cannot
/// be written, or exists and `overwrite` is false.
void write_text_file(const std::string& path, bool overwrite, const std::function<void(const text_sink&)>& write);

}  // namespace firstspike
