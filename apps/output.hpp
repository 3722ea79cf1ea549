// Standard output as text.
#pragma once

#include <stdexcept>
#include <string_view>

#include "firstspike/engine/text.hpp"

namespace firstspike {

/// The reader of standard output has closed it (`| head -1`). The command then exits with 0 and no message.
struct output_closed : std::runtime_error {
  output_closed() : std::runtime_error("standard output was closed") {}
};

/// Whether a file descriptor is a terminal that takes control sequences: TERM is set, and not "dumb".
bool takes_escapes(int file);
/// Whether it is to have colours: unless NO_COLOR is set.
bool has_colour(int file);

/// Writes to stdout, whole. Throws output_closed, or std::runtime_error where it cannot be written (a full disk).
void print_raw(std::string_view text);
/// The same of text for people: lines that are printable(), and tabs. Marks of inspect/result_text.hpp are bold on a
/// terminal.
void print(std::string_view text);

}  // namespace firstspike
