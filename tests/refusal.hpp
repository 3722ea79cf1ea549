// What a call is refused with.
#pragma once

#include <stdexcept>
#include <string>

namespace firstspike {

/// What refuses a call: the message of its std::invalid_argument, empty where it went through.
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
