// The error message of a refused call.
#pragma once

#include <stdexcept>
#include <string>

namespace firstspike {

/// The message of the std::invalid_argument that a call throws, empty if it does not throw.
template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace firstspike
