#include "firstspike/engine/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace firstspike {

void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work) {
  if (threads == 1) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  threads);  // also more than there are cores
  tbb::task_arena(static_cast<int>(threads)).execute([&] { tbb::parallel_for(std::size_t{0}, count, work); });
}

}  // namespace firstspike
