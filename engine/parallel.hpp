// Parallel execution of independent tasks.
#pragma once

#include <cstddef>
#include <functional>

namespace firstspike {

/// Calls work(i) once for each i in [0, count), on up to `threads` (>= 1) threads, in no particular order. Calls for
/// different i must not write to shared data. Rethrows an exception of one of the calls.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

}  // namespace firstspike
