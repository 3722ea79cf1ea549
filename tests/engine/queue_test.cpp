// The order of pending events, which does not depend on the order of pushing.
#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/event_queue.hpp"

namespace firstspike {
namespace {

struct fields {
  double time;
  std::uint32_t rank;
  event_kind kind;
  std::uint32_t pre_rank, id;
  event pack() const { return {time, rank, kind, pre_rank, id}; }
  auto key() const { return std::tie(time, rank, kind, pre_rank, id); }
};

std::vector<event> drained(event_queue queue) {
  std::vector<event> out;
  for (; !queue.empty(); queue.pop()) out.push_back(queue.next());
  return out;
}

template <class Value>
void shuffle(std::vector<Value>& values, random_stream& random) {
  for (auto i = static_cast<std::uint32_t>(values.size()); i > 1; --i)
    std::swap(values[i - 1], values[random.below(i)]);
}

std::vector<fields> random_events(random_stream& random, std::size_t count) {
  constexpr event_kind kinds[] = {event_kind::neuron_crossing, event_kind::population_crossing, event_kind::fire_phase,
                                  event_kind::delivery};
  std::vector<fields> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({random.below(6) * 0.5, random.below(4), kinds[random.below(4)], random.below(4), random.below(9)});
  }
  return all;
}

TEST_CASE("event queue: the earliest event comes first") {
  event_queue queue;
  for (const double t : {3.0, 1.0, 2.5, 0.0, 1e300}) queue.push({t, 0, event_kind::delivery, 0, 7});
  std::vector<double> times;
  for (const auto& e : drained(queue)) times.push_back(e.time);
  CHECK(times == std::vector<double>{0, 1, 2.5, 3, 1e300});
}

TEST_CASE("event queue: events at equal times pop by rank, then kind, then presynaptic rank, then presynaptic id") {
  const std::vector<event> ordered = {
      {5, 0, event_kind::delivery, 3, 9},
      {5, 1, event_kind::neuron_crossing, 0, 9},
      {5, 1, event_kind::population_crossing, 0, 9},
      {5, 1, event_kind::fire_phase, 0, 9},
      {5, 1, event_kind::delivery, 0, 8},
      {5, 1, event_kind::delivery, 0, 9},
      {5, 1, event_kind::delivery, 1, 0},
      {5, 2, event_kind::neuron_crossing, 0, 0},
  };
  event_queue queue;
  for (auto e = ordered.rbegin(); e != ordered.rend(); ++e) queue.push(*e);
  CHECK(drained(queue) == ordered);
}

TEST_CASE("event queue: an event keeps its fields up to their largest values") {
  const event e(1.5, 0x7fff, event_kind::delivery, 0x7fff, 0xffffffff);
  CHECK(e.rank() == 0x7fff);
  CHECK(e.kind() == event_kind::delivery);
  CHECK(e.id() == 0xffffffff);
  const event low(1.5, 0x7fff, event_kind::fire_phase, 0, 5);
  CHECK(low.kind() == event_kind::fire_phase);
  CHECK(low.id() == 5);
  CHECK(low < e);
}

TEST_CASE("event queue: the order popped does not depend on the order pushed") {
  for (std::uint32_t round = 0; round < 200; ++round) {
    random_stream random(1, draw::tests, round);
    auto all = random_events(random, 1 + random.below(300));
    std::vector<event> expected;
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key() < b.key(); });
    for (const auto& f : all) expected.push_back(f.pack());
    for (int order = 0; order < 3; ++order) {
      shuffle(all, random);
      event_queue queue;
      for (const auto& f : all) queue.push(f.pack());
      CAPTURE(round);
      CHECK(drained(queue) == expected);
    }
  }
}

TEST_CASE("event queue: pushes between pops keep the order of what is left") {
  random_stream random(2, draw::tests);
  event_queue queue;
  std::vector<event> pending;
  for (const auto& f : random_events(random, 5000)) {
    if (!pending.empty() && random.below(5) < 2) {
      const auto first = std::min_element(pending.begin(), pending.end());
      CHECK(queue.next() == *first);
      pending.erase(first);
      queue.pop();
    }
    queue.push(f.pack());
    pending.push_back(f.pack());
  }
  CHECK(queue.size() == pending.size());
}

TEST_CASE("event queue: listing the pending events gives the earliest first and removes none; clear removes all") {
  event_queue queue;
  for (const std::uint32_t id : {4u, 2u, 3u}) queue.push({1, 0, event_kind::delivery, 0, id});
  std::vector<std::uint32_t> ids;
  for (const auto& e : queue) ids.push_back(e.id());
  CHECK(ids == std::vector<std::uint32_t>{2, 3, 4});
  CHECK(queue.size() == 3);
  queue.clear();
  CHECK(queue.empty());
}

}  // namespace
}  // namespace firstspike
