// An inspection of small networks, by hand; and on random ones its answers are those of the parts it is made of.
#include "firstspike/inspect/inspection.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

/// in:0 at 0 drives n:0 to 5; in:1 at 2 moves that to 8; m:0 fires with it, by a synapse without delay. m:1 receives
/// nothing.
network<double> chain() {
  return {{sources("in", 2), neurons("n", 1, 10), neurons("m", 2, 1)},
          {sparse<double>(0, 1, ramp, {{0, 0, 2, 0}, {1, 0, -1, 0}}), dense<double>(1, 2, step, 0, {3, 0})}};
}
const std::vector<double> chain_times{0, 2};

using ids = std::vector<std::uint32_t>;
using counts = std::vector<std::size_t>;

TEST_CASE("inspection: steps go forward and back, and a point says where the run stands") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  CHECK(run.point().present == -1);
  CHECK(run.point().next_time == 0);
  CHECK(run.point().spikes == counts{0, 0, 0});
  const auto two = run.step(2);
  REQUIRE(two.instants.size() == 2);
  CHECK(two.instants[0].senders == ids{0});
  CHECK(two.instants[1].senders == ids{1});
  CHECK(run.point().spikes == counts{2, 0, 0});
  CHECK_FALSE(two.at_end);
  const auto rest = run.step(10);
  CHECK(rest.instants.size() == 2);
  CHECK(rest.at_end);
  CHECK(run.point().present == 256);
  CHECK(run.point().time == 8);
  CHECK(run.point().spikes == counts{2, 1, 1});
  run.back(3);
  CHECK(run.point().time == 0);
  CHECK(run.point().instant == 1);
  CHECK(refusal([&] { run.back(2); }) == "back 2: only 1 instants have been done, allowed: up to that many");
  run.go_to_time(7);
  CHECK(run.point().instant == 3);
}

TEST_CASE("inspection: a run stops at its goal, at the first breakpoint or at the end, and says which") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  const auto until = run.go_on({.until = 4});
  CHECK(until.stopped_by == run_stop::until);
  CHECK(until.from.present == -1);
  CHECK(until.new_spikes == counts{2, 0, 0});
  run.break_at({.time = 5});
  run.break_at({.first = 2, .end = 3});
  const auto at_time = run.go_on();
  CHECK(at_time.stopped_by == run_stop::breakpoint);
  CHECK(at_time.breakpoint == 0);
  CHECK(at_time.to.time == 5);
  const auto at_spike = run.go_on();
  CHECK(at_spike.breakpoint == 1);
  CHECK(at_spike.new_spikes == counts{0, 1, 1});
  CHECK(run.go_on().stopped_by == run_stop::end);
  run.go_to_time(2);
  CHECK(run.step(9).breakpoint == 0);
  run.clear_breakpoints();
  CHECK(run.go_on({.neuron = 3}).stopped_by == run_stop::fired);
  CHECK(refusal([&] { run.go_on({.neuron = 3}); }) == "m:0 has fired, at t = 8; goto or back takes you before that");
  run.go_to_time(2);
  CHECK(refusal([&] { run.go_on({.until = 1}); }) == "t = 1 has passed, it is t = 2; goto takes you back");
  CHECK(run.go_on({.neuron = 4}).stopped_by == run_stop::end);
}

TEST_CASE("inspection: moves back, explanations and changes can be cancelled too, and the run goes on") {
  const auto net = chain();
  inspection run(net, chain_times, 256);
  run.go_on();
  const auto end = run.point();
  std::vector<double> fired{run.state(2).now.spike_time, run.state(3).now.spike_time};
  const progress_callback at_once = [](std::uint64_t, std::uint64_t) { return false; };
  CHECK_THROWS_AS(run.why(3, at_once), cancelled);
  CHECK_THROWS_AS(run.without(0, at_once), cancelled);
  CHECK_THROWS_AS(run.with_spike(0, 1, at_once), cancelled);
  CHECK_THROWS_AS(run.with_weight(0, 2, 4, at_once), cancelled);
  CHECK(run.point().instant == end.instant);
  CHECK_THROWS_AS(run.back(1, at_once), cancelled);
  CHECK(run.point().instant < end.instant);
  CHECK_THROWS_AS(run.go_to_time(256, at_once), cancelled);
  run.go_to_time(256);
  CHECK(run.point().instant == end.instant);
  CHECK(std::vector{run.state(2).now.spike_time, run.state(3).now.spike_time} == fired);
  CHECK(run.without(1).after.time == 5);
}

TEST_CASE("inspection: a cancelled run stands where it had come to") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  CHECK_THROWS_AS(run.go_on({}, [](std::uint64_t done, std::uint64_t) { return done < 2; }), cancelled);
  CHECK(run.point().instant == 2);
  CHECK(run.step().instants.front().time == 5);
}

TEST_CASE("inspection: a watched neuron tells what it received, and that it fired") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  run.watch(2);
  run.watch(2);
  CHECK(run.watched().size() == 1);
  const auto done = run.go_on();
  REQUIRE(done.watched.size() == 3);
  CHECK(done.watched[0].received == ids{0});
  CHECK(done.watched[0].weight == 2);
  CHECK(done.watched[1].received == ids{1});
  CHECK(done.watched[1].now.v_m == 4);
  CHECK(done.watched[2].received.empty());
  CHECK(done.watched[2].time == 8);
  CHECK(refusal([&] { run.watch(0); }).find("source") != std::string::npos);
}

TEST_CASE("inspection: the queue tells arrivals, predictions and what was retracted") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  run.step();
  // in:1 arrives at 2; n:0 would fire at 5.
  auto pending = run.queue(10);
  REQUIRE(pending.size() == 2);
  CHECK(pending[0].kind == pending_kind::arrival);
  CHECK(pending[0].neuron == 1);
  CHECK(pending[0].population == 1);
  CHECK(pending[1].kind == pending_kind::prediction);
  CHECK(pending[1].time == 5);
  CHECK(pending[1].neuron == 2);
  CHECK_FALSE(pending[1].retracted);
  run.step();
  pending = run.queue(1);
  REQUIRE(pending.size() == 1);
  CHECK(pending[0].time == 5);
  CHECK(pending[0].retracted);
  CHECK(pending[0].neuron == 2);
  CHECK(run.point().pending == 2);
}

TEST_CASE("inspection: states and the decision follow the present") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  CHECK(run.decision().state == decision_state::open);
  run.go_on({.until = 2});
  CHECK(run.layers()[0].fired == 2);
  CHECK(run.layers()[0].latest == 2);
  CHECK(run.layers()[1].first == never);
  CHECK(run.state(0).given);
  CHECK(run.state(1).now.spike_time == 2);
  CHECK(run.state(2).now == membrane{2, 4, 10, 10, 1, 8, never});
  CHECK(run.state(2).closes == 256);
  CHECK(run.decision().state == decision_state::open);
  run.go_on();
  CHECK(run.decision() == run_decision{decision_state::decided, 0, 8});
  CHECK(run.nearest(9).size() == 1);
  CHECK(run.nearest(9)[0].id == 4);
}

TEST_CASE("inspection: why and why-not look at the past alone") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  CHECK(refusal([&] { run.why(2); }) ==
        "nothing has happened yet, which could be explained; go on with next, run or goto");
  run.go_on({.until = 2});
  CHECK(run.why_not(2).what == stopped_by::nothing_so_far);
  CHECK(run.why_not(2).predicted == 8);
  run.go_on();
  // v_m(8) = 2 * 8 - 1 * 6 = 10: 16 from in:0 and -6 from in:1.
  const auto found = run.why(3);
  CHECK(found.why.causes.size() == 1);
  CHECK(found.critical_chain.back() == spike{1, 2});
  REQUIRE(found.roots.size() == 2);
  CHECK(found.roots[0].id == 0);
  CHECK(found.roots[0].share == doctest::Approx(3 * 1.6));
  CHECK(found.roots[1].share == doctest::Approx(3 * -0.6));
  CHECK(run.why_not(4).what == stopped_by::nothing_arrived);
}

TEST_CASE("inspection: a change is compared with the run as it is") {
  const auto net = chain();
  inspection run(net, chain_times, 256, 1 << 20);
  const auto without = run.without(1);
  CHECK(without.changed == std::vector<changed_spike_time>{{1, 2, never}, {2, 8, 5}, {3, 8, 5}});
  CHECK(without.layers[0].vanished == 1);
  CHECK(without.layers[1].moved == 1);
  CHECK(without.before == run_decision{decision_state::decided, 0, 8});
  CHECK(without.after == run_decision{decision_state::decided, 0, 5});
  CHECK(run.with_spike(1, 2).changed.empty());
  CHECK(run.with_spike(4, 3).layers[2].appeared == 1);
  CHECK(run.with_spike(4, 3).after.output == 1);
  const auto weight = run.with_weight(0, 2, 4);  // 4 t - (t - 2) = 10 at 8/3
  CHECK(weight.replaced_weights == std::vector<double>{2});
  CHECK(weight.after.time == doctest::Approx(8.0 / 3));
  CHECK(refusal([&] { run.with_spike(1, 256); }) == "t = 256, allowed: within the window, 0 up to, not including, 256");
  CHECK(run.point().instant == 0);
}

TEST_CASE("inspection: a network without outputs that compute decides nothing") {
  const network<float> net({sources("in", 1)}, {});
  inspection run(net, {3}, 10);
  run.go_on();
  CHECK(run.decision().state == decision_state::no_outputs);
}

TEST_CASE("inspection: on 200 random networks a run counts each spike once, and its decision is that of the record") {
  for (std::uint32_t number = 0; number < 200; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.samples = 1;
    const auto c = draw_case(93, number, choice);
    const auto net = build<double>(c);
    const auto record = simulate(net, c.source_times, {c.t_max, scheduler::naive, 1, true});
    inspection run(net, c.source_times, c.t_max, 1 << 16);
    auto sum = run.point().spikes;  // not 0 where nothing is ever pending
    for (double t = 1; !run.point().at_end; t += 7) {
      const auto done = run.go_on({.until = std::max(t, run.point().present)});
      for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += done.new_spikes[p];
    }
    for (std::size_t p = 0; p < sum.size(); ++p) {
      const auto times = record.times_of(0).subspan(net.first_id(p), net.populations()[p].size);
      CHECK(sum[p] == times.size() - static_cast<std::size_t>(std::ranges::count(times, never)));
      CHECK(run.layers()[p].fired == sum[p]);
    }
    CHECK(run.decision() == decision_of(net, record, c.t_max));
  }
}

}  // namespace
}  // namespace firstspike
