// The events of an instant, and the neurons nearest to their thresholds.
#include "firstspike/inspect/instants.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "firstspike/tests/engine/arrivals.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

/// A prediction is an event of its own, which may be retracted, where a neuron has no dense input.
void report_by_hand(const projection<double>& input, bool as_list) {
  // in:0 at 0 drives n (ramp) to 5; in:1 at 2 moves that to 8; n reaches m at once, by a synapse without delay.
  const network<double> net({sources("in", 2), neurons("n", 1, 10), neurons("m", 1, 1)},
                            {input, dense<double>(1, 2, step, 0, {3})});
  timeline<double> line(net, std::vector<double>{0, 2}, 256, 1 << 20);
  const auto first = next_instant(line);
  REQUIRE(first);
  CHECK(first->time == 0);
  CHECK(first->arrived == std::vector<fan_out>{{0, 0, 1, 0, 0}});
  CHECK(first->fired.empty());
  CHECK(membrane_of(line, 2) == membrane{2, 0, 10, 10, 0, 5, never});
  CHECK(next_instant(line)->time == 2);
  CHECK(membrane_of(line, 2) == membrane{2, 4, 10, 10, 1, 8, never});
  if (as_list) {
    const auto stale = next_instant(line);
    CHECK(stale->time == 5);
    CHECK(stale->retracted == 1);
    CHECK(stale->arrived.empty());
  }
  const auto last = next_instant(line);
  CHECK(last->time == 8);
  CHECK(last->retracted == 0);
  CHECK(last->fired == std::vector<std::uint32_t>{2, 3});
  CHECK(last->arrived == std::vector<fan_out>{{2, 1, 1, 0, 0}});
  CHECK(last->position == (as_list ? 4 : 3));
  CHECK_FALSE(next_instant(line));
}

TEST_CASE("instants: by hand, arrivals without delay and retracted predictions are reported") {
  report_by_hand(dense<double>(0, 1, ramp, 0, {2, -1}), false);
  report_by_hand(sparse<double>(0, 1, ramp, {{0, 0, 2, 0}, {1, 0, -1, 0}}), true);
}

TEST_CASE(
    "instants: on 500 random networks they contain each spike once, each delivery and each start of a fire phase") {
  for (std::uint32_t number = 0; number < 500; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.whole = number / 4 % 2 == 0;
    choice.samples = 1;
    const auto c = draw_case(91, number, choice);
    const auto net = build<double>(c);
    const auto times = simulate(net, c.source_times, {c.t_max}).times;
    std::map<std::uint32_t, double> fired, began;
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::size_t>, double> arrived;
    const auto key = [](const fan_out& out) { return std::tuple(out.pre, out.projection, out.first); };
    timeline<double> line(net, c.source_times, c.t_max, 0);
    while (const auto now = next_instant(line)) {
      for (const auto id : now->fired) CHECK(fired.emplace(id, now->time).second);
      for (const auto p : now->began) CHECK(began.emplace(p, now->time).second);
      for (const auto& out : now->arrived) CHECK(arrived.emplace(key(out), now->time).second);
    }
    for (std::uint32_t p = 0; p < c.populations.size(); ++p) {
      const auto& layer = c.populations[p];
      const bool begins = layer.kind == population_kind::neurons && layer.t_fire < c.t_max;
      CHECK(began.contains(p) == begins);
      if (begins) CHECK(began[p] == layer.t_fire);
    }
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      const bool is_neuron = net.populations()[net.population_of(id)].kind == population_kind::neurons;
      CHECK(fired.contains(id) == (is_neuron && times[id] != never));
      if (fired.contains(id)) CHECK(fired[id] == times[id]);
      net.for_each_fan_out(id, [&](const fan_out& out) {
        const auto& post = net.populations()[net.post(out.projection)];
        const double arrival = times[id] + out.delay;
        const bool in_time = post.t_fire < never ? arrival <= post.t_fire : arrival < post.t_close;
        const bool comes = in_time && arrival < c.t_max;
        CHECK(arrived.contains(key(out)) == comes);
        if (comes) CHECK(arrived[key(out)] == arrival);
      });
    }
  }
}

TEST_CASE("instants: by hand, a fire phase begins in an instant of its own, predicts, and its threshold falls") {
  // V = 2 * (4 - 1) = 6 of 10: fires at 4 + 4 / 2 = 6. The other neuron has no input: 5 steps, but the phase ends at 8.
  // After that the thresholds of both are constant.
  const network<double> net({sources("in", 1), fire_phase_neurons("n", 2, 10, 4, 2, 8), neurons("m", 1, 1)},
                            {dense<double>(0, 1, ramp, 0, {2, 0}), dense<double>(0, 2, step, 19, {1})});
  timeline<double> line(net, std::vector<double>{1}, 256, 0);
  CHECK(next_instant(line)->began.empty());
  CHECK(membrane_of(line, 1) == membrane{1, 0, 10, 10, 2, never, never});
  const auto begins = next_instant(line);
  CHECK(begins->time == 4);
  CHECK(begins->began == std::vector<std::uint32_t>{1});
  CHECK(begins->fired.empty());
  CHECK(membrane_of(line, 1) == membrane{1, 6, 10, 10, 0, 6, never});
  const auto fires = next_instant(line);
  CHECK(fires->time == 6);
  CHECK(fires->began.empty());
  CHECK(fires->fired == std::vector<std::uint32_t>{1});
  CHECK(membrane_of(line, 1) == membrane{1, 6, 10, 6, 0, never, 6});
  CHECK(membrane_of(line, 2) == membrane{2, 0, 10, 6, 0, never, never});
  CHECK(next_instant(line)->time == 20);
  CHECK(membrane_of(line, 1).threshold == 6);
  CHECK(membrane_of(line, 2).threshold == 2);
  CHECK_FALSE(next_instant(line));
}

TEST_CASE("top: a neuron nearer to its falling threshold comes before one with a larger v_m") {
  // At 9 n:0 is at 3 of 6, which is the threshold then, and m at 4 of 10: 3 / 10 and 6 / 10 below.
  const network<double> net({sources("in", 2), fire_phase_neurons("n", 1, 10, 5, 1), neurons("m", 1, 10)},
                            {dense<double>(0, 1, step, 1, {3, 0}), dense<double>(0, 2, step, 1, {0, 4})});
  timeline<double> line(net, std::vector<double>{1, 8}, 256, 0);
  line.go_to_time(9);
  const auto nearest = nearest_to_threshold(line, 9);
  REQUIRE(nearest.size() == 2);
  CHECK(nearest[0].id == 2);
  CHECK(nearest[0].threshold == 6);
  CHECK(nearest[1].id == 3);
  CHECK(nearest[1].threshold == 10);
}

TEST_CASE("top: the largest fraction of the threshold comes first, then the lower id; fired neurons are omitted") {
  auto layer = neurons("n", 4, 1);
  layer.v_th = {10, 5, 20, 1};
  const network<double> net({sources("in", 1), layer}, {dense<double>(0, 1, step, 1, {4, 2, 6, 3})});
  timeline<double> line(net, std::vector<double>{0}, 256, 0);
  line.go_to(1);
  std::vector<std::uint32_t> ids;
  for (const auto& m : nearest_to_threshold(line, 9)) ids.push_back(m.id);
  CHECK(ids == std::vector<std::uint32_t>{1, 2, 3});
  const auto nearest = nearest_to_threshold(line, 1);
  REQUIRE(nearest.size() == 1);
  CHECK(nearest[0].v_m == 4);
  CHECK(nearest[0].v_th == 10);
}

}  // namespace
}  // namespace firstspike
