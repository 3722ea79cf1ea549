// The heap's memory is allocated by the first run and used again by others.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "firstspike/engine/heap.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace firstspike {
namespace {

template <class Real>
std::size_t allocations_of_run(event_simulation<Real>& run, const random_case& c, std::size_t sources) {
  const auto before = allocations;
  run.start(std::span(c.source_times).first(sources), c.t_max);
  while (run.step()) {
  }
  return allocations - before;
}

TEST_CASE("event simulation: a run allocates nothing that a run of the same input has allocated before") {
  std::size_t first = 0;
  for (std::uint64_t number = 0; number < 400; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.whole = choice.whole_times = number / 4 % 2 == 0;
    const auto c = draw_case(31, number, choice);
    const auto net = build<float>(c);
    event_simulation<float> run(net);
    first += allocations_of_run(run, c, net.source_count());
    CHECK(allocations_of_run(run, c, net.source_count()) == 0);
  }
  CHECK(first > 400);  // so that the count counts
}

}  // namespace
}  // namespace firstspike
