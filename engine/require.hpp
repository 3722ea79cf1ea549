// Errors for invalid input: an exception with a message of one line.
#pragma once

#include <fmt/core.h>

#include <stdexcept>

namespace firstspike {

/// Throws std::invalid_argument with the formatted line unless `condition`.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> line, Args&&... args) {
  if (!condition) throw std::invalid_argument(fmt::format(line, std::forward<Args>(args)...));
}

}  // namespace firstspike
