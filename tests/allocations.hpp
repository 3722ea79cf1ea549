// Counts allocations of memory, in tests that link allocations.cpp.
#pragma once

#include <cstddef>

namespace firstspike {

/// Calls of operator new since the start of the program.
std::size_t allocations();

}  // namespace firstspike
