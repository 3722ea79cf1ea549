// Errors for invalid input: an exception with a message of one line.
#pragma once

#include <fmt/core.h>

#include <stdexcept>

namespace firstspike {

/// Throws std::invalid_argument with the formatted line unless `holds`.
template <class... Args>
void require(bool holds, fmt::format_string<Args...> line, Args&&... args) {
  if (!holds) throw std::invalid_argument(fmt::format(line, std::forward<Args>(args)...));
}

}  // namespace firstspike
