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
  for (queue.open_next(); !queue.empty(); queue.open_next()) {
    out.push_back(queue.next());
    queue.pop();
  }
  return out;
}

template <class Value>
void shuffle(std::vector<Value>& values, random_stream& random) {
  for (auto i = static_cast<std::uint32_t>(values.size()); i > 1; --i)
    std::swap(values[i - 1], values[random.below(i)]);
}

std::vector<fields> random_events(random_stream& random, std::size_t count) {
  constexpr event_kind kinds[] = {event_kind::neuron_crossing, event_kind::fire_phase, event_kind::delivery};
  std::vector<fields> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({random.below(6) * 0.5, random.below(4), kinds[random.below(3)], random.below(4), random.below(9)});
  }
  return all;
}

TEST_CASE("event queue: the earliest event comes first") {
  event_queue queue;
  for (const double t : {3.0, 1.0, 2.5, 0.0, 0x1p32}) queue.push({t, 0, event_kind::delivery, 0, 7});
  std::vector<double> times;
  for (const auto& e : drained(queue)) times.push_back(e.time);
  CHECK(times == std::vector<double>{0, 1, 2.5, 3, 0x1p32});
}

TEST_CASE("event queue: events at equal times pop by rank, then kind, then presynaptic rank, then presynaptic id") {
  const std::vector<event> ordered = {
      {5, 0, event_kind::delivery, 3, 9},        {5, 1, event_kind::neuron_crossing, 0, 9},
      {5, 1, event_kind::fire_phase, 0, 9},      {5, 1, event_kind::delivery, 0, 8},
      {5, 1, event_kind::delivery, 0, 9},        {5, 1, event_kind::delivery, 1, 0},
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

// Buckets that hold one event or many, that end before the last event, or that hold all.
constexpr double widths[] = {0.001, 0.01, 0.5, 1, 7, 1000};

TEST_CASE("event queue: the order popped does not depend on the order pushed or on the width of buckets") {
  for (std::uint32_t round = 0; round < 200; ++round) {
    random_stream random(1, draw::tests, round);
    auto all = random_events(random, 1 + random.below(round % 8 == 0 ? 3000 : 300));
    std::vector<event> expected;
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key() < b.key(); });
    for (const auto& f : all) expected.push_back(f.pack());
    for (const double width : widths) {
      shuffle(all, random);
      event_queue queue(width);
      for (const auto& f : all) queue.push(f.pack());
      CAPTURE(round);
      CAPTURE(width);
      CHECK(drained(queue) == expected);
    }
  }
}

TEST_CASE("event queue: events are sorted whatever the distribution of their times and ids") {
  random_stream random(4, draw::tests);
  const auto time = [&](int shape) {
    if (shape == 0) return 5.0;                                             // all at once
    if (shape == 1) return static_cast<double>(random.below(3));            // many ties
    if (shape == 2) return random.uniform();                                // spread
    if (shape == 3) return random.below(50) == 0 ? 1e9 : random.uniform();  // most in one bin
    return random.below(2) == 0 ? 0.0 : 5e-324 * (1 + random.below(9));     // a range that cannot be divided
  };
  for (int shape = 0; shape < 10; ++shape) {
    const int count = shape < 5 ? 4000 : 20000;  // below and above the number of events that take a bin each
    for (const bool few_ids : {false, true}) {
      large_vector<event> events, expected;
      for (int i = 0; i < count; ++i) {
        const auto id = few_ids ? random.below(5) : random.below(1 << 20);
        events.emplace_back(time(shape % 5), random.below(2), event_kind::delivery, random.below(3), id);
        events.back().projection = random.below(3);
        events.back().first = random.below(3);
      }
      expected = events;
      std::stable_sort(expected.begin(), expected.end());
      event_sorter().sort(events);
      CAPTURE(shape);
      CHECK(events == expected);
    }
  }
}

TEST_CASE("event queue: pushes between pops keep the order of what is left") {
  for (const double width : widths) {
    random_stream random(2, draw::tests);
    event_queue queue(width);
    std::vector<event> pending;
    double now = 0;
    CAPTURE(width);
    for (const auto& f : random_events(random, 5000)) {
      if (!pending.empty() && random.below(5) < 2) {
        queue.open_next();
        const auto first = std::min_element(pending.begin(), pending.end());
        REQUIRE(queue.next() == *first);
        CHECK(queue.is_due(first->time));
        now = first->time;
        pending.erase(first);
        queue.pop();
        CHECK(queue.is_due(now) == std::ranges::any_of(pending, [=](const event& e) { return e.time == now; }));
      }
      auto e = f.pack();
      e.time += now;  // the present is never left behind
      queue.push(e);
      pending.push_back(e);
      CHECK(queue.size() == pending.size());
    }
    std::ranges::sort(pending, [](const auto& a, const auto& b) { return a < b; });
    CHECK(drained(queue) == pending);
  }
}

TEST_CASE("event queue: listing the pending events removes none; clear removes all") {
  event_queue queue;
  for (const std::uint32_t id : {4u, 2u, 3u}) queue.push({1.0 + id, 0, event_kind::delivery, 0, id});
  queue.push({1e6, 0, event_kind::delivery, 0, 9});  // behind the last bucket
  queue.open_next();
  std::vector<std::uint32_t> ids;
  for (const auto& e : queue.pending()) ids.push_back(e.id());
  std::ranges::sort(ids);
  CHECK(ids == std::vector<std::uint32_t>{2, 3, 4, 9});
  CHECK(queue.size() == 4);
  queue.clear(1);
  CHECK(queue.empty());
  CHECK(queue.pending().empty());
}

}  // namespace
}  // namespace firstspike
