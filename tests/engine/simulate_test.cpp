// Complete runs: options, records, counts, and runs that are stopped, copied and inspected.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <vector>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/naive.hpp"
#include "firstspike/engine/sweep.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

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

TEST_CASE("simulate: automatic is sweep for acyclic networks of dense layers, and heap for all others") {
  const auto chosen = [](const network<double>& net, scheduler wanted = scheduler::automatic, bool early_exit = false) {
    return chosen_scheduler(net, wanted, early_exit);
  };
  const auto partial = sparse<double>(0, 1, step, {{0, 0, 2, 0}});
  const network<double> beside{{sources("in", 2), neurons("n", 1, 5)}, {dense<double>(0, 1, step, 1, {3, 4}), partial}};
  const network<double> sparse_alone{{sources("in", 2), neurons("n", 2, 5)}, {partial}};
  CHECK(chosen(pair()) == scheduler::sweep);
  CHECK(chosen(beside) == scheduler::sweep);
  CHECK(chosen(sparse_alone) == scheduler::heap);
  CHECK(chosen(loop()) == scheduler::heap);
  CHECK(chosen(pair(), scheduler::automatic, true) == scheduler::heap);
  for (const auto wanted : {scheduler::heap, scheduler::sweep, scheduler::naive})
    CHECK(chosen(pair(), wanted) == wanted);
}

TEST_CASE("simulate: source times of an incomplete sample are refused") {
  CHECK(says(refused_run(pair(), {1, 2, 3}, {}), "3 source times"));
  CHECK(says(refused_run(pair(), {1, 2, 3}, {}), "2 sources"));
  CHECK(says(refused_run({{neurons("n", 1, 1)}, {}}, {}, {}), "0 sources"));
}

TEST_CASE("simulate: a source time that is NaN is refused, infinity is silence") {
  CHECK(says(refused_run(pair(), {1, std::nan("")}, {}), "nan"));
  CHECK(simulate(pair(), std::vector<double>{1, never}, {}).times == std::vector<double>{1, never, never});
}

TEST_CASE("simulate: 0 threads are refused") {
  CHECK(says(refused_run(pair(), {1, 2}, {256, scheduler::heap, 0}), "threads = 0"));
}

TEST_CASE("simulate: sweep refuses a recurrent network and names the scheduler to use") {
  CHECK(says(refused_run(loop(), {1}, {256, scheduler::sweep}), "recurrent"));
  CHECK(says(refused_run(loop(), {1}, {256, scheduler::sweep}), "heap"));
  CHECK(refused_run(loop(), {1}, {256, scheduler::naive}) == "");
}

TEST_CASE("simulate: an error in one of many threads reaches the caller") {
  CHECK(says(refused_run(loop(), std::vector<double>(100, 1.0), {256, scheduler::sweep, 4}), "recurrent"));
}

TEST_CASE("simulate: early exit with a scheduler that cannot stop is refused") {
  CHECK(says(refused_run(pair(), {1, 2}, {256, scheduler::sweep, 1, false, true}), "heap and automatic only"));
  CHECK(says(refused_run(pair(), {1, 2}, {256, scheduler::naive, 1, false, true}), "heap and automatic only"));
}

TEST_CASE("simulate: early exit completes the instant of the first output spike, and there are no later spikes") {
  // Sample 0: outputs 0 and 1 both receive their inputs at 3, a tie that must be complete. Sample 1: output 0 fires at
  // 2, and input 1, at 7, never happens.
  const network<double> net({sources("in", 2), neurons("out", 3, 5)},
                            {dense<double>(0, 1, step, 1, {6, 0, 1, 0, 9, 1})});
  const auto record = simulate(net, std::vector<double>{2, 2, 1, 7}, {256, scheduler::heap, 1, true, true});
  CHECK(record.times == std::vector<double>{2, 2, 3, 3, never, 1, never, 2, never, never});
  CHECK(record.v_m == std::vector<double>{0, 0, 6, 9, 2, 0, 0, 6, 0, 1});
}

TEST_CASE("simulate: on random networks early exit is identical to the full run up to the first output spike") {
  std::size_t cut = 0, silent = 0;
  for (std::uint64_t number = 0; number < 1500; ++number) {
    const auto drawn = draw_case(77, number, {static_cast<network_shape>(number % 3), number % 2 == 0});
    const auto net = build<double>(drawn);
    const auto first = net.first_id(net.populations().size() - 1);
    auto full = simulate(net, drawn.source_times, {drawn.t_max, scheduler::heap, 1, true});
    const auto early = simulate(net, drawn.source_times, {drawn.t_max, scheduler::heap, 1, true, true});
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

TEST_CASE("simulate: v_m is recorded only on request") {
  for (const auto engine : {scheduler::heap, scheduler::sweep, scheduler::naive}) {
    const auto record = simulate(pair(), std::vector<double>{1, 2}, {256, engine});
    CHECK(record.v_m.empty());
    CHECK(record.times == std::vector<double>{1, 2, 3});
  }
}

TEST_CASE("event simulation: a copy of a run in progress ends with the same result") {
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

TEST_CASE("event simulation: a prediction that an arrival has moved is retracted") {
  for (const bool as_rows : {true, false}) {
    CAPTURE(as_rows);
    const auto input =
        as_rows ? dense<double>(0, 1, ramp, 0, {2, -1}) : sparse<double>(0, 1, ramp, {{0, 0, 2, 0}, {1, 0, -1, 0}});
    const network<double> net({sources("in", 2), neurons("n", 1, 10)}, {input});
    event_simulation<double> run(net);
    run.start(std::vector<double>{0, 2}, 256);
    REQUIRE(run.step());
    CHECK(run.now() == 0);
    CHECK(run.crossing(2) == 5);
    CHECK(run.v_m(2, 1.5) == 3);
    REQUIRE(run.step());
    CHECK(run.now() == 2);
    CHECK(run.crossing(2) == 8);
    std::vector<double> holding, stale;
    for (const auto& e : run.pending(9)) (run.still_holds(e) ? holding : stale).push_back(e.time);
    CHECK(holding == std::vector<double>{8});
    // With dense input, a crossing is predicted when it comes before all other events: the one at 5 never did.
    CHECK(stale == (as_rows ? std::vector<double>{} : std::vector<double>{5}));
    CHECK(run.pending_count() == holding.size() + stale.size());
    while (run.step()) {
    }
    CHECK(run.spike_times()[2] == 8);
    CHECK(run.at_end());
    CHECK(run.pending(9).empty());
  }
}

/// Three neurons of v_th 10 that integrate until 6 and fire in [6, 16) at slope 2; the first makes "out" fire.
template <class Real>
network<Real> with_fire_phase() {
  return {{sources("in", 2), fire_phase_neurons("n", 3, 10, 6, 2, 16), neurons("out", 1, 1)},
          {dense<Real>(0, 1, ramp, 0, {1, 2, 3, 0.5, -1, 0}), dense<Real>(1, 2, step, 1, {2, 0, 0})}};
}

TEST_CASE_TEMPLATE("event simulation: v_m rises until t_fire and stays, whether the neuron has fired or not", Real,
                   float, double) {
  const auto net = with_fire_phase<Real>();
  event_simulation<Real> run(net);
  run.start(std::vector<double>{1, 4}, 30);
  const auto v_m = [&](double t) { return std::vector{run.v_m(2, t), run.v_m(3, t), run.v_m(4, t)}; };
  CHECK(v_m(0) == std::vector<double>{0, 0, 0});
  REQUIRE(run.step());
  CHECK(run.now() == 1);
  CHECK(v_m(1) == std::vector<double>{0, 0, 0});
  CHECK(v_m(3.5) == std::vector<double>{2.5, 5, 7.5});
  REQUIRE(run.step());
  CHECK(run.now() == 4);
  CHECK(v_m(4) == std::vector<double>{3, 6, 9});
  CHECK(v_m(5) == std::vector<double>{4.5, 7, 12});
  CHECK(v_m(5.5) == std::vector<double>{5.25, 7.5, 13.5});
  CHECK(v_m(6) == std::vector<double>{6, 8, 15});
  CHECK(v_m(9) == std::vector<double>{6, 8, 15});
  REQUIRE(run.step());
  CHECK(run.now() == 6);
  CHECK(v_m(6) == std::vector<double>{6, 8, 15});
  CHECK(v_m(20) == std::vector<double>{6, 8, 15});
  // 6 + (10 - 6) / 2, 6 + (10 - 8) / 2; the third has fired at once.
  CHECK(std::vector{run.crossing(2), run.crossing(3), run.crossing(4), run.crossing(5)} ==
        std::vector<double>{8, 7, never, never});
  CHECK(run.spike_times()[4] == 6);
  while (run.step()) {
  }
  CHECK(std::ranges::equal(run.spike_times(), std::vector<double>{1, 4, 8, 7, 6, 9}));
  CHECK(v_m(30) == std::vector<double>{6, 8, 15});
  CHECK(agreed(net, {1, 4}, 30).times == std::vector<double>{1, 4, 8, 7, 6, 9});
}

// Deliveries of short rows hold their synapses, those of long rows travel along them; weights that no float has are
// read from the row.
TEST_CASE_TEMPLATE("event simulation: rows of any length, with equal delays, give the results of the oracle", Real,
                   float, double) {
  for (const auto kernel : {step, ramp}) {
    for (const std::uint32_t length : {1u, 2u, 15u, 16u, 17u, 40u}) {
      for (const double factor : {0.25, 0.1}) {
        CAPTURE(length);
        CAPTURE(factor);
        std::vector<synapse> in, recurrent;
        for (std::uint32_t k = 0; k < 3 * length; ++k) {
          in.push_back({k % 3, k * 7 % 20, factor * (1 + k % 5), k * k % 9 / 2.0 + (k % 4 == 0 ? 0 : 0.5)});
        }
        for (std::uint32_t k = 0; k < 20 * length; ++k) {
          recurrent.push_back({k % 20, k * 3 % 20, factor * (k % 5 - 2.0), 1.0 + k * k % 6});
        }
        const network<Real> net({sources("in", 3), neurons("n", 20, 1)},
                                {sparse<Real>(0, 1, kernel, in), sparse<Real>(1, 1, kernel, recurrent)});
        agreed(net, {0, 1, 2.5}, 60);
        event_simulation<Real> run(net);
        run.start(std::vector<double>{0, 1, 2.5}, 60);
        do {  // events that hold a synapse are listed as all others
          for (const auto& e : run.pending(run.pending_count())) {
            if (e.kind() == event_kind::delivery) CHECK((!e.holds_synapse() && e.first < e.end));
          }
        } while (run.step());
      }
    }
  }
}

TEST_CASE("event simulation: a fire phase is one pending event, then one for each neuron that will fire") {
  const auto net = with_fire_phase<double>();
  event_simulation<double> run(net);
  run.start(std::vector<double>{1, 4}, 30);
  const auto kinds = [&] {
    std::vector<std::pair<double, event_kind>> all;
    for (const auto& e : run.pending(99)) {
      CHECK(run.still_holds(e));
      all.emplace_back(e.time, e.kind());
    }
    return all;
  };
  using pending = std::vector<std::pair<double, event_kind>>;
  CHECK(kinds() == pending{{1, event_kind::delivery}, {4, event_kind::delivery}, {6, event_kind::fire_phase}});
  for (int i = 0; i < 3; ++i) REQUIRE(run.step());
  // The spike at 6 reaches "out", which has the lower rank, at 7.
  CHECK(kinds() ==
        pending{{7, event_kind::delivery}, {7, event_kind::neuron_crossing}, {8, event_kind::neuron_crossing}});
}

TEST_CASE("event simulation: arrivals that cannot cause a spike are not queued") {
  const auto net = with_fire_phase<double>();
  event_simulation<double> run(net);
  run.start(std::vector<double>{6.5, 7}, 30);  // too late for n
  CHECK(run.pending_count() == 1);
  run.start(std::vector<double>{6, never}, 30);  // at t_fire: in time
  CHECK(run.pending_count() == 2);
  run.start(std::vector<double>{1, never}, 6);  // t_fire is t_max
  CHECK(run.pending_count() == 1);
  // V = 0.5, -1, 0: thresholds come down to them at 10.75, 11.5 and 11, of which the first is before t_max.
  run.start(std::vector<double>{never, 5}, 11);
  REQUIRE(run.step());
  REQUIRE(run.step());
  CHECK(run.pending_count() == 1);
  CHECK(run.crossing(2) == 10.75);
  CHECK(run.crossing(3) == never);
  CHECK(run.crossing(4) == never);
}

TEST_CASE(
    "event simulation: a copy made before or in a fire phase ends with the same result, and does not affect the run") {
  const auto net = with_fire_phase<double>();
  const std::vector<double> expected = {1, 4, 8, 7, 6, 9};
  for (std::size_t cut = 0; cut <= 6; ++cut) {
    CAPTURE(cut);
    event_simulation<double> original(net);
    original.start(std::vector<double>{1, 4}, 30);
    for (std::size_t i = 0; i < cut; ++i) REQUIRE(original.step());
    auto copy = original;
    event_simulation<double> assigned(net);
    assigned.start(std::vector<double>{2, 2}, 30);
    assigned = original;
    while (copy.step()) {
    }
    CHECK(std::ranges::equal(copy.spike_times(), expected));
    while (original.step()) {
    }
    while (assigned.step()) {
    }
    CHECK(std::ranges::equal(original.spike_times(), expected));
    CHECK(std::ranges::equal(assigned.spike_times(), expected));
    CHECK(copy.v_m(3, 30) == 8);
  }
}

TEST_CASE_TEMPLATE("event simulation: a neuron clamped in a fire phase fires at its given time, or never", Real, float,
                   double) {
  const auto net = with_fire_phase<Real>();
  event_simulation<Real> run(net);
  const auto times = [&](const std::vector<spike>& clamped) {
    run.start(std::vector<double>{1, 4}, 30, clamped);
    while (run.step()) {
    }
    return std::vector(run.spike_times().begin(), run.spike_times().end());
  };
  CHECK(times({{4, never}}) == std::vector<double>{1, 4, 8, 7, never, 9});
  CHECK(run.v_m(4, 30) == 0);
  CHECK(times({{4, 7.5}, {3, 20}}) == std::vector<double>{1, 4, 8, 20, 7.5, 9});
  CHECK(times({{2, 2}}) == std::vector<double>{1, 4, 2, 7, 6, 3});
  CHECK(run.crossing(2) == never);
  CHECK(times({{2, never}}) == std::vector<double>{1, 4, never, 7, 6, never});
  CHECK(times({{2, 30}, {3, -1}}) == std::vector<double>{1, 4, never, never, 6, never});
  CHECK(times({}) == std::vector<double>{1, 4, 8, 7, 6, 9});
}

TEST_CASE("event simulation: a clamped neuron is not fired by its fire phase even where V overflows") {
  const network<float> net({sources("in", 1), fire_phase_neurons("n", 2, 10, 6, 2)},
                           {dense<float>(0, 1, ramp, 0, {3e38F, 3e38F})});
  event_simulation<float> run(net);
  run.start(std::vector<double>{1}, 30, std::vector<spike>{{2, never}});
  while (run.step()) {
  }
  CHECK(std::ranges::equal(run.spike_times(), std::vector<double>{1, 6, never}));
}

TEST_CASE("event simulation: start resets the fire phases, thresholds and clamps of the last run") {
  const auto net = with_fire_phase<double>();
  for (std::size_t steps = 0; steps <= 6; ++steps) {
    CAPTURE(steps);
    event_simulation<double> run(net);
    run.start(std::vector<double>{0, 0}, 7, std::vector<spike>{{3, 0}});
    for (std::size_t i = 0; i < steps; ++i) run.step();
    run.start(std::vector<double>{1, 4}, 30);
    CHECK(run.now() == 0);
    while (run.step()) {
    }
    CHECK(std::ranges::equal(run.spike_times(), std::vector<double>{1, 4, 8, 7, 6, 9}));
    CHECK(run.v_m(2, 30) == 6);
  }
}

TEST_CASE("layer_sweep, run_naive: earlier contents of their spans are overwritten") {
  const auto net = with_fire_phase<double>();
  const std::vector<double> input{1, never};
  for (const bool naive : {false, true}) {
    std::vector<double> times(6, 77), v_m(6, 77);
    naive ? run_naive<double>(net, input, 30, times, v_m) : layer_sweep<double>(net).run(input, 30, times, v_m);
    // V = 5, 10, 15 at 6.
    CHECK(times == std::vector<double>{1, never, 8.5, 6, 6, 9.5});
    CHECK(v_m == std::vector<double>{0, 0, 5, 10, 15, 2});
  }
}

TEST_CASE("simulate: early exit ends in a fire phase, with V of those that have not fired, or before it") {
  const network<double> net(
      {sources("in", 1), fire_phase_neurons("a", 2, 4, 3, 1), fire_phase_neurons("out", 3, 8, 6, 1)},
      {dense<double>(0, 1, ramp, 0, {1, 0}), dense<double>(1, 2, ramp, 0, {3, 3, 1, 0, 0, 0})});
  const auto run = [&](double input, double t_max) {
    return simulate(net, std::vector<double>{input}, {t_max, scheduler::heap, 1, true, true});
  };
  // a: 2 and 0 at 3, so it fires at 5 and 7. out: 3, 3, 1 at 6: two fire at 11, the tie is whole, the third never does.
  CHECK(run(1, 30).times == std::vector<double>{1, 5, 7, 11, 11, never});
  CHECK(run(1, 30).v_m == std::vector<double>{0, 2, 0, 3, 3, 1});
  CHECK(run(1, 5.5).times == std::vector<double>{1, 5, never, never, never, never});
  CHECK(run(1, 5.5).v_m == std::vector<double>{0, 2, 0, 1.5, 1.5, 0.5});
  CHECK(agreed(net, {1}, 30).times == std::vector<double>{1, 5, 7, 11, 11, 13});
}

TEST_CASE("simulate: with early exit, v_m of populations whose fire phase has not begun is that of the last instant") {
  const network<double> net({sources("in", 1), fire_phase_neurons("slow", 2, 4, 9, 1), neurons("out", 1, 3)},
                            {dense<double>(0, 1, ramp, 0, {2, -1}), dense<double>(0, 2, ramp, 0, {1})});
  const auto record = simulate(net, std::vector<double>{1}, {30, scheduler::heap, 1, true, true});
  CHECK(record.times == std::vector<double>{1, never, never, 4});
  CHECK(record.v_m == std::vector<double>{0, 6, -3, 3});
}

TEST_CASE("simulate: samples with fire phases are independent runs, for any number of threads") {
  const auto net = with_fire_phase<float>();
  std::vector<double> input, expected;
  for (int sample = 0; sample < 50; ++sample) {
    const double first = sample % 3;  // n: 6 - first + 1, 2 (6 - first) - 2, 3 (6 - first) at 6
    input.insert(input.end(), {first, 4});
    const auto fires = [](double v) { return v >= 10 ? 6 : 6 + (10 - v) / 2; };
    const double v = 6 - first;
    expected.insert(expected.end(), {first, 4, fires(v + 1), fires(2 * v - 2), fires(3 * v), fires(v + 1) + 1});
  }
  for (const auto engine : {scheduler::heap, scheduler::sweep, scheduler::naive}) {
    for (const unsigned threads : {1u, 2u, 4u}) {
      CAPTURE(engine);
      CAPTURE(threads);
      CHECK(simulate(net, input, {30, engine, threads, true}).times == expected);
    }
  }
}

TEST_CASE("event simulation: start resets the last run") {
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

TEST_CASE("event simulation: a clamped neuron fires at its given time, or never, regardless of its input") {
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
    CHECK(run.v_m(1, 20) > 0);
    run.start(std::vector<double>{3}, 20, clamped);
    CHECK(run.v_m(1, 20) == 0);                      // not what it was as it crossed in the run before
    const std::vector<spike> of_source = {{0, 30}};  // at the window's end or later: silent
    run.start(std::vector<double>{3}, 20, of_source);
    CHECK_FALSE(run.step());
  }
}

TEST_CASE("event simulation: a clamped neuron may fire from 0 to the end of the window (exclusive)") {
  const network<double> net({sources("in", 1), neurons("a", 1, 1)}, {dense<double>(0, 1, step, 1, {2})});
  event_simulation<double> run(net);
  for (const std::uint32_t id : {0u, 1u}) {
    for (const double t : {0., 0x1p-20, 19.5, 20., 30., never}) {
      CAPTURE(t);
      const std::vector<spike> clamped = {{id, t}};
      run.start(std::vector<double>{never}, 20, clamped);
      while (run.step()) {
      }
      CHECK(run.spike_times()[id] == (t < 20 ? t : never));
    }
  }
}

TEST_CASE("simulate: a single long sample can be cancelled, on any number of threads") {
  // One spike that arrives in 8 million instants, which takes longer than the 50 ms between two reports.
  constexpr std::uint32_t arrivals = 8'000'000;
  auto input = sparse<float>(0, 1, step, {});
  input.synapses = synapse_table<float>::with_row_sizes(std::vector<std::uint32_t>{arrivals});
  for (std::uint32_t k = 0; k < arrivals; ++k) input.synapses.place(0, 0, 0, 1 + 0x1p-10 * k);
  input.synapses.finish();
  const network<float> net({sources("in", 1), neurons("n", 1, 1)}, {input});
  for (const unsigned threads : {1u, 2u}) {
    int asked = 0;
    CHECK_THROWS_AS(simulate(net, std::vector<double>(threads, 1.0), {0x1p32, scheduler::heap, threads},
                             [&](std::uint64_t done, std::uint64_t) {
                               CHECK(done == 0);
                               ++asked;
                               return false;
                             }),
                    cancelled);
    CHECK(asked == 1);
  }
}

}  // namespace

TEST_CASE("simulate: progress counts all samples, does not affect the result, and cancels") {
  const std::vector<double> times(2000, 1.0);
  const auto expected = simulate(pair(), times, {256, scheduler::heap, 2, true});
  std::vector<std::uint64_t> seen;
  const auto record =
      simulate(pair(), times, {256, scheduler::heap, 2, true}, [&](std::uint64_t done, std::uint64_t all) {
        CHECK(all == 1000);
        seen.push_back(done);
        return true;
      });
  CHECK(record.times == expected.times);
  CHECK(record.v_m == expected.v_m);
  CHECK(seen.front() >= 8);  // after the first samples of the caller's thread
  CHECK(seen.back() == 1000);
  CHECK(std::ranges::is_sorted(seen));
  CHECK_THROWS_AS(simulate(pair(), times, {}, [](auto, auto) { return false; }), cancelled);
  const network<double> large({sources("in", 100'000)}, {});
  seen.clear();
  simulate<double>(large, std::vector<double>(400'000, 1.0), {}, [&](std::uint64_t done, std::uint64_t) {
    seen.push_back(done);
    return true;
  });
  CHECK(seen.front() == 1);
}

TEST_CASE("simulate_into: every value of the record is written again, and its memory is kept") {
  const std::vector<double> times = {1, never, 2, 3, never, never, 0, 5};
  for (const auto engine : {scheduler::heap, scheduler::sweep, scheduler::naive}) {
    for (const bool potentials : {true, false}) {
      CAPTURE(potentials);
      const simulation_options options{256, engine, 2, potentials};
      const auto expected = simulate(pair(), times, options);
      spike_record record{100, 50, std::vector<double>(5000, 0.5), std::vector<double>(5000, 0.5)};
      const auto* memory = record.times.data();
      simulate_into(record, pair(), times, options);
      CHECK(same_records(record, expected));
      CHECK(record.samples == times.size() / pair().source_count());
      CHECK(record.times.data() == memory);
      CHECK(record.v_m.size() == (potentials ? record.times.size() : 0));
    }
  }
}

TEST_CASE(
    "simulate_blocks: each sample is run once, and what follows is done in their order, on any number of threads") {
  constexpr std::size_t samples = 1003;
  const auto sources = pair().source_count();
  std::vector<double> times(samples * sources);
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<double>(i * 7 % 50);
  const auto expected = simulate(pair(), times, {256, scheduler::automatic, 1, true});
  const block_input input = [&](std::size_t first, std::size_t end) {
    return std::vector<double>(times.begin() + static_cast<std::ptrdiff_t>(first * sources),
                               times.begin() + static_cast<std::ptrdiff_t>(end * sources));
  };
  for (const unsigned threads : {1u, 2u, 5u}) {
    CAPTURE(threads);
    spike_record all{0, expected.neurons, {}, {}};
    std::atomic<std::size_t> used = 0;
    const auto use = [&](std::size_t first, const spike_record& record) {
      used += record.samples;
      return [&, first] {
        CHECK(first == all.samples);
        CHECK(record.samples <= most_samples_of_block);
        all.samples += record.samples;
        all.times.insert(all.times.end(), record.times.begin(), record.times.end());
        all.v_m.insert(all.v_m.end(), record.v_m.begin(), record.v_m.end());
      };
    };
    std::uint64_t last = 0;
    const auto seconds =
        simulate_blocks<double>(pair(), samples, input, use, {256, scheduler::automatic, threads, true},
                                [&](std::uint64_t done, std::uint64_t total) {
                                  CHECK((done >= last && total == samples));
                                  last = done;
                                  return true;
                                });
    CHECK(used == samples);
    CHECK(last == samples);
    CHECK(same_records(all, expected));
    CHECK(seconds > 0);
    std::size_t places = 0;  // some blocks have nothing to be done in order
    simulate_blocks<double>(pair(), samples, input,
                            [&](std::size_t first, const spike_record&) {
                              return first % 16 == 0 ? std::function<void()>([&] { ++places; })
                                                     : std::function<void()>();
                            },
                            {256, scheduler::automatic, threads});
    CHECK(places > 0);
    CHECK_THROWS_AS(simulate_blocks<double>(pair(), samples, input, use, {256, scheduler::automatic, threads},
                                            [](auto, auto) { return false; }),
                    cancelled);
  }
}

TEST_CASE(
    "simulate_blocks: the first exception of input, use or what follows ends the call, on any number of threads") {
  const auto sources = pair().source_count();
  const block_input input = [&](std::size_t first, std::size_t end) {
    return std::vector<double>((end - first) * sources, 1.0);
  };
  const auto fail = [] { throw std::domain_error("here"); };
  for (const unsigned threads : {1u, 2u}) {
    const simulation_options options{256, scheduler::automatic, threads};
    const auto run = [&](const block_input& in, const block_use& use) {
      simulate_blocks<double>(pair(), 2000, in, use, options);
    };
    const auto nothing = [](auto, const auto&) { return std::function<void()>(); };
    CHECK_THROWS_AS(run(
                        [&](std::size_t first, std::size_t end) {
                          if (end > 1000) fail();
                          return input(first, end);
                        },
                        nothing),
                    std::domain_error);
    CHECK_THROWS_AS(run(input,
                        [&](std::size_t first, const auto&) {
                          if (first > 1000) fail();
                          return std::function<void()>();
                        }),
                    std::domain_error);
    CHECK_THROWS_AS(run(input,
                        [&](std::size_t first, const auto&) {
                          return [&, first] {
                            if (first > 1000) fail();
                          };
                        }),
                    std::domain_error);
    CHECK_THROWS_WITH_AS(run([](auto, auto) { return std::vector<double>(3, 1.0); }, nothing),
                         doctest::Contains("3 source times for"), std::invalid_argument);
  }
}

}  // namespace firstspike
