// Independent pieces of work over threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace firstspike {

/// Calls work(i) once for each i in [0, count), on up to `threads` threads, in no particular order. Work for different i
/// must not share what it writes. Rethrows the first exception after all threads have ended.
template <class Work>
void parallel_for(std::size_t count, unsigned threads, const Work& work) {
  if (threads <= 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto take_turns = [&] {
    try {
      for (auto i = next++; i < count; i = next++) work(i);
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> crew;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) crew.emplace_back(take_turns);
    take_turns();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace firstspike
