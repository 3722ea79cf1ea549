// Exact time travel: the state at a position is bit-identical for every sequence of moves.
#include "firstspike/inspect/timeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/heap.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

/// The observable state of a run. v_m at three times determines S and O of a ramp neuron.
struct state {
  double now = 0;
  std::vector<double> spike_times, crossings, v_m;
  std::vector<std::tuple<double, std::uint64_t, bool>> pending;
  friend bool operator==(const state&, const state&) = default;
};

template <class Real>
state state_of(const event_simulation<Real>& run, double t_max) {
  state s{run.now(), {run.spike_times().begin(), run.spike_times().end()}, {}, {}, {}};
  for (std::uint32_t id = 0; id < s.spike_times.size(); ++id) {
    s.crossings.push_back(run.crossing(id));
    for (const double t : {0.0, run.now(), t_max}) s.v_m.push_back(run.v_m(id, t));
  }
  const auto all = run.pending_count();
  for (const auto& e : run.pending(all + 1)) s.pending.emplace_back(e.time, e.order, run.still_holds(e));
  CHECK(s.pending.size() == all);
  CHECK(std::ranges::is_sorted(s.pending, {}, [](const auto& e) { return std::get<0>(e); }));
  CHECK(run.next_time() == (all == 0 ? never : std::get<0>(s.pending.front())));
  return s;
}

/// [position] of a run with forward moves only.
template <class Real>
std::vector<state> all_states(const network<Real>& net, const random_case& c) {
  event_simulation<Real> run(net);
  run.start(c.source_times, c.t_max);
  std::vector<state> states{state_of(run, c.t_max)};
  while (run.step()) states.push_back(state_of(run, c.t_max));
  return states;
}

std::size_t position_at(const std::vector<state>& states, double t) {
  std::size_t position = 0;
  while (position + 1 < states.size() && states[position + 1].now <= t) ++position;
  return position;
}

/// One random move; the position where it should end.
template <class Real>
std::size_t move(timeline<Real>& line, const std::vector<state>& states, double t_max, random_stream& random) {
  const auto last = states.size() - 1;
  const auto here = line.position();
  const auto kind = random.below(4);
  if (kind == 0) {
    CHECK(line.advance() == (here < last));
    return std::min(here + 1, last);
  }
  if (kind == 1) {
    const auto back = std::min<std::size_t>(here, 1 + random.below(5));
    line.go_to(here - back);
    return here - back;
  }
  if (kind == 2) {
    const auto target = random.below(static_cast<std::uint32_t>(last) + 3);
    line.go_to(target);
    return std::min<std::size_t>(target, last);
  }
  const bool at_an_instant = random.below(2) == 0;
  const double t = at_an_instant ? states[random.below(static_cast<std::uint32_t>(last) + 1)].now
                                 : (t_max + 2) * random.uniform() - 1;
  line.go_to_time(t);
  return position_at(states, t);
}

template <class Real>
void walk(std::uint32_t number) {
  CAPTURE(number);
  network_choice choice;
  choice.shape = static_cast<network_shape>(number % 4);
  choice.whole = number / 4 % 2 == 0;
  choice.whole_times = number / 8 % 2 == 0;
  choice.samples = 1;
  const auto c = draw_case(51, number, choice);
  const auto net = build<Real>(c);
  const auto states = all_states(net, c);
  const auto room = 1 + std::size_t{number % 3 == 0 ? 0u : number % 3 == 1 ? 1u << 13 : 1u << 20};
  timeline<Real> line(net, c.source_times, c.t_max, room);
  random_stream random(52, draw::tests, number);
  for (int moves = 0; moves < 25; ++moves) {
    const auto expected = move(line, states, c.t_max, random);
    REQUIRE(line.position() == expected);
    REQUIRE(state_of(line.run(), c.t_max) == states[expected]);
    REQUIRE(line.at_end() == (expected + 1 == states.size()));
    REQUIRE((line.memory().held <= room || line.memory().count == 1));
  }
}

TEST_CASE("timeline: the states of 1,000 random walks over random networks are bit-identical") {
  for (std::uint32_t number = 0; number < 1000; ++number) number % 5 == 0 ? walk<float>(number) : walk<double>(number);
}

TEST_CASE("timeline: back undoes an instant, and its retracted prediction is pending again") {
  const network<double> net({sources("in", 2), neurons("n", 1, 10)}, {dense<double>(0, 1, ramp, 0, {2, -1})});
  timeline<double> line(net, std::vector<double>{0, 2}, 256, 1 << 20);
  REQUIRE(line.advance());
  CHECK(line.run().crossing(2) == 5);
  REQUIRE(line.advance());
  CHECK(line.run().crossing(2) == 8);
  line.go_to(1);
  CHECK(line.run().crossing(2) == 5);
  CHECK(line.run().now() == 0);
  line.go_to_time(7.5);  // the prediction at 5 was moved before it could become an instant
  CHECK(line.position() == 2);
  CHECK(line.run().spike_times()[2] == never);
  line.go_to_time(8);
  CHECK(line.run().spike_times()[2] == 8);
  CHECK(line.at_end());
  CHECK_FALSE(line.advance());
  line.go_to_time(-1);
  CHECK(line.position() == 0);
}

TEST_CASE("timeline: back undoes the start of a fire phase, which is pending again, unlike its predictions") {
  const network<double> net({sources("in", 1), fire_phase_neurons("n", 2, 10, 4, 2)},
                            {dense<double>(0, 1, ramp, 0, {2, 1})});
  timeline<double> line(net, std::vector<double>{1}, 256, 1 << 20);
  REQUIRE(line.advance());
  REQUIRE(line.run().pending_count() == 1);
  CHECK(line.run().pending(1).front().kind() == event_kind::fire_phase);
  REQUIRE(line.advance());
  CHECK(line.run().now() == 4);
  CHECK(line.run().crossing(1) == 6);
  CHECK(line.run().crossing(2) == 7.5);
  line.go_to(1);
  CHECK(line.run().crossing(1) == never);
  CHECK(line.run().pending_count() == 1);
  line.go_to_time(7);
  CHECK(line.run().spike_times()[1] == 6);
  CHECK(line.run().spike_times()[2] == never);
  line.go_to_time(3.5);
  CHECK(line.run().spike_times()[1] == never);
  CHECK(line.position() == 1);
}

TEST_CASE("timeline: no run of 1,000 random networks is larger than its bound") {
  for (std::uint32_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.whole = number / 4 % 2 == 0;
    choice.samples = 1;
    const auto c = draw_case(53, number, choice);
    const auto net = build<double>(c);
    event_simulation<double> run(net);
    run.start(c.source_times, c.t_max);
    do {
      REQUIRE(run.bytes() <= most_bytes_of_run(net));
    } while (run.step());
  }
}

TEST_CASE("timeline: checkpoints stay within their memory, and the start is always one of them") {
  // A chain of 3,000 neurons: one instant each.
  std::vector<synapse> chain;
  for (std::uint32_t i = 0; i < 2999; ++i) chain.push_back({i, i + 1, 2, 1});
  const network<double> net({sources("in", 1), neurons("chain", 3000, 1)},
                            {sparse<double>(0, 1, step, {{0, 0, 2, 0}}), sparse<double>(1, 1, step, chain)});
  const std::vector<double> input = {0};
  for (const std::size_t most : {0u, 1u << 19, 1u << 24}) {
    timeline<double> line(net, input, 4000, most);
    const auto one = line.memory().held;
    line.go_to(5000);
    CHECK(line.position() == 3000);
    const auto memory = line.memory();
    CHECK(memory.held <= std::max(memory.most, one));
    if (most > 0) CHECK(memory.count > 1);
    for (const std::size_t position : {2999u, 2998u, 1500u, 1499u, 1u, 0u, 2000u}) {
      line.go_to(position);
      CHECK(line.position() == position);
      CHECK(std::ranges::count(line.run().spike_times(), never) == static_cast<std::ptrdiff_t>(3000 - position));
    }
  }
}

TEST_CASE("timeline: wrong input is refused by name") {
  const network<double> net({sources("in", 2), neurons("n", 1, 10)}, {dense<double>(0, 1, step, 0, {2, -1})});
  CHECK(refusal([&] { timeline<double>(net, std::vector<double>{1}, 256, 0); }).find("needed: 2") != std::string::npos);
  CHECK(refusal([&] {
          timeline<double>(net, std::vector<double>{1, 2}, 0, 0);
        }).find("t_max = 0") != std::string::npos);
}

}  // namespace
}  // namespace firstspike
