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

/// Writes to stdout, whole. Throws output_closed, or std::runtime_error where it cannot be written (a full disk).
void print(std::string_view text);

}  // namespace firstspike
