// Memory that will be needed soon.
#pragma once

namespace firstspike {

/// Asks for the cache line at an address. g++ removes calls of functions that only prefetch, because they have no
/// effect; the empty statement is one.
inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  asm volatile("");
}

}  // namespace firstspike
