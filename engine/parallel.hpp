// Independent pieces of work over threads.
#pragma once

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cstddef>

namespace firstspike {

/// Calls work(i) once for each i in [0, count), on up to `threads` (>= 1) threads, in no particular order. Work for
/// different i must not share what it writes. Rethrows an exception of one of the calls.
template <class Work>
void parallel_for(std::size_t count, unsigned threads, const Work& work) {
  if (threads == 1) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);  // more than cores, too
  tbb::task_arena(static_cast<int>(threads)).execute([&] { tbb::parallel_for(std::size_t{0}, count, work); });
}

}  // namespace firstspike
