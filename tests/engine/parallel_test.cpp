// Parallel tasks: each runs once, on the allowed number of threads, and errors are rethrown.
#include "firstspike/engine/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace firstspike {
namespace {

TEST_CASE("parallel_for: each task runs once, for any number of threads") {
  for (const std::size_t count : {0u, 1u, 2u, 3u, 7u, 100u, 1000u}) {
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      std::vector<int> done(count + 1);
      parallel_for(count, threads, [&](std::size_t i) { ++done.at(i); });
      std::vector<int> expected(count, 1);
      expected.push_back(0);
      CHECK(done == expected);
    }
  }
}

TEST_CASE("parallel_for: one thread is the caller's own, in order") {
  std::vector<std::size_t> order;
  const auto caller = std::this_thread::get_id();
  parallel_for(5, 1, [&](std::size_t i) {
    CHECK(std::this_thread::get_id() == caller);
    order.push_back(i);
  });
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("parallel_for: two threads work at the same time, more than are allowed never do") {
  std::atomic<int> inside{0}, most{0};
  const auto both_came = [&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (most < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  };
  parallel_for(100, 2, [&](std::size_t) {
    const int now = ++inside;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    both_came();
    --inside;
  });
  CHECK(most == 2);
}

TEST_CASE("parallel_for: an exception of one piece of work reaches the caller") {
  for (const unsigned threads : {1u, 4u}) {
    CHECK_THROWS_WITH_AS(parallel_for(50, threads,
                                      [](std::size_t i) {
                                        if (i == 49) throw std::invalid_argument("the last one");
                                      }),
                         "the last one", std::invalid_argument);
  }
}

}  // namespace
}  // namespace firstspike
