// Runs as a whole: options, records, counts, and runs that are stopped, copied and looked into.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/heap.hpp"
#include "models/readout.hpp"
#include "tests/engine_build.hpp"
#include "tests/engine_random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

network<double> pair() { return {{sources("in", 2), neurons("n", 1, 5)}, {dense<double>(0, 1, step, 1, {3, 4})}}; }

network<double> loop() {
  return {{sources("in", 1), neurons("n", 2, 1)},
          {sparse<double>(0, 1, step, {{0, 0, 2, 0}}), sparse<double>(1, 1, step, {{0, 1, 2, 1}, {1, 0, 2, 1}})}};
}

std::string refused_run(const network<double>& net, std::vector<double> times, simulation_options options) {
  return refusal([&] { simulate(net, times, options); });
}

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

TEST_CASE("simulate: a t_max outside (0, 2^32] is refused") {
  for (const double t_max : {0.0, -1.0, std::nan(""), never, 0x1p32 * 2}) {
    CAPTURE(t_max);
    CHECK(says(refused_run(pair(), {1, 2}, {t_max}), "t_max = "));
  }
  CHECK(refused_run(pair(), {1, 2}, {0x1p32}) == "");
}

TEST_CASE("simulate: source times that fill no whole samples are refused") {
  CHECK(says(refused_run(pair(), {1, 2, 3}, {}), "3 source times"));
  CHECK(says(refused_run(pair(), {1, 2, 3}, {}), "2 sources"));
  CHECK(says(refused_run({{neurons("n", 1, 1)}, {}}, {}, {}), "0 sources"));
}

TEST_CASE("simulate: a source time that is NaN is refused, infinity is silence") {
  CHECK(says(refused_run(pair(), {1, std::nan("")}, {}), "nan"));
  CHECK(simulate(pair(), std::vector<double>{1, never}, {}).times == std::vector<double>{1, never, never});
}

TEST_CASE("simulate: no threads are refused") {
  CHECK(says(refused_run(pair(), {1, 2}, {256, schedule::heap, 0}), "threads = 0"));
}

TEST_CASE("simulate: sweep refuses a recurrent network and says what to use") {
  CHECK(says(refused_run(loop(), {1}, {256, schedule::sweep}), "recurrent"));
  CHECK(says(refused_run(loop(), {1}, {256, schedule::sweep}), "heap"));
  CHECK(refused_run(loop(), {1}, {256, schedule::naive}) == "");
}

TEST_CASE("simulate: an error in one of many threads reaches the caller") {
  CHECK(says(refused_run(loop(), std::vector<double>(100, 1.0), {256, schedule::sweep, 4}), "recurrent"));
}

TEST_CASE("simulate: early exit with a schedule that cannot stop is refused") {
  CHECK(says(refused_run(pair(), {1, 2}, {256, schedule::sweep, 1, false, true}), "heap only"));
  CHECK(says(refused_run(pair(), {1, 2}, {256, schedule::naive, 1, false, true}), "heap only"));
}

TEST_CASE("simulate: early exit closes the instant of the first output spike, and nothing later happens") {
  // Sample 0: outputs 0 and 1 hear their inputs at 3 both, a tie that must be seen whole. Sample 1: output 0 fires at
  // 2, and input 1, at 7, never happens.
  const network<double> net({sources("in", 2), neurons("out", 3, 5)},
                            {dense<double>(0, 1, step, 1, {6, 0, 1, 0, 9, 1})});
  const auto record = simulate(net, std::vector<double>{2, 2, 1, 7}, {256, schedule::heap, 1, true, true});
  CHECK(record.times == std::vector<double>{2, 2, 3, 3, never, 1, never, 2, never, never});
  CHECK(record.v_m == std::vector<double>{0, 0, 6, 9, 2, 0, 0, 6, 0, 1});
}

TEST_CASE("simulate: early exit keeps of the full run what happens up to the first output spike, on random networks") {
  std::size_t cut = 0, silent = 0;
  for (std::uint64_t number = 0; number < 1500; ++number) {
    const auto drawn = draw_case(77, number, {static_cast<network_shape>(number % 3), number % 2 == 0});
    const auto net = build<double>(drawn);
    const auto first = net.first_id(net.populations().size() - 1);
    auto full = simulate(net, drawn.source_times, {drawn.t_max, schedule::heap, 1, true});
    const auto early = simulate(net, drawn.source_times, {drawn.t_max, schedule::heap, 1, true, true});
    for (std::size_t sample = 0; sample < full.samples; ++sample) {
      const double tau = std::ranges::min(full.times_of(sample).subspan(first));
      silent += tau == never;
      for (std::size_t id = 0; id < full.neurons; ++id) {
        auto& t = full.times[sample * full.neurons + id];
        cut += t > tau && t != never;
        if (t > tau) t = never;
        if (t != never || tau == never) CHECK(early.v_m_of(sample)[id] == full.v_m_of(sample)[id]);
      }
    }
    CHECK(early.times == full.times);
  }
  CHECK(cut > 1000);
  CHECK(silent > 100);
}

TEST_CASE("simulate: no samples give an empty record") {
  const auto record = agreed(pair(), {});
  CHECK(record.samples == 0);
  CHECK(record.neurons == 3);
  CHECK(record.times.empty());
}

TEST_CASE("simulate: samples are independent runs, one row each") {
  const auto record = agreed(pair(), {1, 2, never, never, 2, 1, 0, never});
  CHECK(record.samples == 4);
  CHECK(record.times == std::vector<double>{1, 2, 3, never, never, never, 2, 1, 3, 0, never, never});
  CHECK(record.v_m == std::vector<double>{0, 0, 7, 0, 0, 0, 0, 0, 7, 0, 0, 3});
  CHECK(std::vector(record.times_of(2).begin(), record.times_of(2).end()) == std::vector<double>{2, 1, 3});
  CHECK(std::vector(record.v_m_of(3).begin(), record.v_m_of(3).end()) == std::vector<double>{0, 0, 3});
}

TEST_CASE("simulate: v_m is recorded only when asked for") {
  for (const auto engine : {schedule::heap, schedule::sweep, schedule::naive}) {
    const auto record = simulate(pair(), std::vector<double>{1, 2}, {256, engine});
    CHECK(record.v_m.empty());
    CHECK(record.times == std::vector<double>{1, 2, 3});
  }
}

TEST_CASE("count_synaptic_events: synapses reached before the window or the layer's window closes") {
  const network<double> net({sources("in", 2), neurons("a", 3, 1, 0, 6), neurons("b", 2, 100)},
                            {dense<double>(0, 1, step, 1, {2, 0, 0, 0, 0, 0}),
                             sparse<double>(0, 2, step, {{0, 0, 1, 2}, {0, 1, 1, 2}, {0, 1, 1, 9}, {1, 0, 1, 4}}),
                             dense<double>(1, 2, step, 3, {1, 1, 1, 1, 1, 1})});
  const auto events = [&](std::initializer_list<double> times) {
    return count_synaptic_events(net, agreed(net, times, 10), 10);
  };
  // in:0 at 0 reaches 3 of a, 3 of b (2, 2 and 9 steps late); a:0 fires at 1 and reaches 2 of b.
  CHECK(events({0, never}) == 8);
  // At 1 the synapse of delay 9 is too late; at 5 a's window has closed, at 8 nothing arrives.
  CHECK(events({1, never}) == 7);
  CHECK(events({5, never}) == 2);
  CHECK(events({8, never}) == 0);
  CHECK(events({never, 4}) == 4);
  CHECK(events({0, 4, 1, never}) == 8 + 4 + 7);
}

TEST_CASE("event simulation: a copy taken in the middle of a run finishes as the run does") {
  const network<double> net({sources("in", 3), neurons("n", 4, 3)},
                            {dense<double>(0, 1, ramp, 0, {1, 2, 0, -1, 1, -3, 1, 2, 1, 1, 2, 1}),
                             dense<double>(1, 1, ramp, 2, {0, 1, 1, -1, 1, 0, 1, 2, -1, 1, 0, 1, 1, 1, 1, 0})});
  const std::vector<double> input = {0, 1, 4};
  event_simulation<double> whole(net);
  whole.start(input, 30);
  std::size_t steps = 0;
  while (whole.step()) ++steps;
  REQUIRE(steps > 5);
  for (std::size_t cut = 0; cut <= steps; ++cut) {
    CAPTURE(cut);
    event_simulation<double> original(net);
    original.start(input, 30);
    for (std::size_t i = 0; i < cut; ++i) REQUIRE(original.step());
    auto copy = original;
    while (original.step()) {
    }
    CHECK(copy.now() <= original.now());
    while (copy.step()) {
    }
    for (const auto* run : {&original, &copy}) {
      CHECK(std::ranges::equal(run->spike_times(), whole.spike_times()));
      CHECK(run->v_m(5, 30) == whole.v_m(5, 30));
      CHECK(run->now() == whole.now());
    }
  }
}

TEST_CASE("event simulation: a prediction that an arrival has moved no longer holds") {
  for (const bool as_rows : {true, false}) {
    CAPTURE(as_rows);
    const auto input =
        as_rows ? dense<double>(0, 1, ramp, 0, {2, -1}) : sparse<double>(0, 1, ramp, {{0, 0, 2, 0}, {1, 0, -1, 0}});
    const network<double> net({sources("in", 2), neurons("n", 1, 10)}, {input});
    event_simulation<double> run(net);
    run.start(std::vector<double>{0, 2}, 256);
    REQUIRE(run.step());
    CHECK(run.now() == 0);
    CHECK(run.crossings()[2] == 5);
    CHECK(run.v_m(2, 1.5) == 3);
    REQUIRE(run.step());
    CHECK(run.now() == 2);
    CHECK(run.crossings()[2] == 8);
    std::vector<double> holding, stale;
    for (const auto& e : run.pending()) (run.still_holds(e) ? holding : stale).push_back(e.time);
    CHECK(holding == std::vector<double>{8});
    CHECK(stale == std::vector<double>{5});
    while (run.step()) {
    }
    CHECK(run.spike_times()[2] == 8);
    CHECK(run.pending().empty());
  }
}

TEST_CASE("event simulation: a firing that waits for its window shows its time and is never retracted") {
  const network<double> net({sources("in", 2), neurons("n", 1, 10, 5)}, {dense<double>(0, 1, step, 0, {11, -50})});
  event_simulation<double> run(net);
  run.start(std::vector<double>{3, 4}, 256);
  REQUIRE(run.step());
  CHECK(run.spike_times()[2] == 5);
  REQUIRE(run.step());
  CHECK(run.spike_times()[2] == 5);
  CHECK(run.v_m(2, 4.5) == 11);
}

TEST_CASE("event simulation: start forgets the last run") {
  const auto net = loop();
  event_simulation<double> run(net);
  run.start(std::vector<double>{1}, 256);
  REQUIRE(run.step());
  run.start(std::vector<double>{never}, 256);
  CHECK_FALSE(run.step());
  CHECK(run.spike_times()[1] == never);
  CHECK(run.v_m(1, 256) == 0);
  run.start(std::vector<double>{4}, 256);
  while (run.step()) {
  }
  CHECK(std::ranges::equal(run.spike_times(), std::vector<double>{4, 4, 5}));
}

TEST_CASE("event simulation: a clamped neuron fires when it is told to, or never, whatever it hears") {
  for (const auto kernel : {step, ramp}) {
    const network<double> net({sources("in", 1), neurons("a", 2, 1), neurons("b", 2, 1)},
                              {dense<double>(0, 1, kernel, 1, {2, 2}), dense<double>(1, 2, kernel, 1, {2, 0, 0, 2})});
    event_simulation<double> run(net);
    const std::vector<spike> clamped = {{1, never}, {2, 7}};
    run.start(std::vector<double>{3}, 20, clamped);
    while (run.step()) {
    }
    const double latency = kernel == step ? 1 : 1.5;  // ramp: v_th / weight = 0.5 more
    CHECK(std::ranges::equal(run.spike_times(), std::vector<double>{3, never, 7, never, 7 + latency}));
    CHECK(run.v_m(1, 20) == 0);
    run.start(std::vector<double>{3}, 20);
    while (run.step()) {
    }
    CHECK(std::ranges::equal(run.spike_times(),
                             std::vector<double>{3, 3 + latency, 3 + latency, 3 + 2 * latency, 3 + 2 * latency}));
    const std::vector<spike> of_source = {{0, 30}};  // at the window's end or later: silent
    run.start(std::vector<double>{3}, 20, of_source);
    CHECK_FALSE(run.step());
  }
}

}  // namespace
}  // namespace firstspike
