// What an instant holds, and who is near the threshold.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "inspect/instants.hpp"
#include "tests/engine_arrivals.hpp"
#include "tests/engine_build.hpp"
#include "tests/engine_random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

TEST_CASE("instants: by hand, arrivals without delay and retracted predictions are told") {
  // in:0 at 0 drives n (ramp) to 5; in:1 at 2 moves that to 8; n reaches m at once, by a synapse without delay.
  const network<double> net({sources("in", 2), neurons("n", 1, 10), neurons("m", 1, 1)},
                            {dense<double>(0, 1, ramp, 0, {2, -1}), dense<double>(1, 2, step, 0, {3})});
  timeline<double> line(net, std::vector<double>{0, 2}, 256, 1 << 20);
  const auto first = next_instant(line);
  REQUIRE(first);
  CHECK(first->time == 0);
  CHECK(first->arrived == std::vector<std::uint32_t>{0});
  CHECK(first->fired.empty());
  CHECK(membrane_of(line, 2) == membrane{2, 0, 10, 0, 5, never});
  CHECK(next_instant(line)->time == 2);
  CHECK(membrane_of(line, 2) == membrane{2, 4, 10, 1, 8, never});
  const auto stale = next_instant(line);
  CHECK(stale->time == 5);
  CHECK(stale->retracted == 1);
  CHECK(stale->arrived.empty());
  const auto last = next_instant(line);
  CHECK(last->time == 8);
  CHECK(last->retracted == 0);
  CHECK(last->fired == std::vector<std::uint32_t>{2, 3});
  CHECK(last->arrived == std::vector<std::uint32_t>{2});
  CHECK(last->position == 4);
  CHECK_FALSE(next_instant(line));
}

TEST_CASE("instants: on 500 random networks they hold each spike once, and each delivery before the window's end") {
  for (std::uint32_t number = 0; number < 500; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.whole = number / 4 % 2 == 0;
    choice.samples = 1;
    const auto c = draw_case(91, number, choice);
    const auto net = build<double>(c);
    const auto times = simulate(net, c.source_times, {c.t_max}).times;
    std::map<std::uint32_t, double> fired, arrived;
    timeline<double> line(net, c.source_times, c.t_max, 0);
    while (const auto now = next_instant(line)) {
      for (const auto id : now->fired) CHECK(fired.emplace(id, now->time).second);
      for (const auto f : now->arrived) CHECK(arrived.emplace(f, now->time).second);
    }
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      const bool is_neuron = net.populations()[net.population_of(id)].kind == population_kind::neurons;
      CHECK(fired.contains(id) == (is_neuron && times[id] != never));
      if (fired.contains(id)) CHECK(fired[id] == times[id]);
      for (auto f = net.first_fan_out(id); f < net.first_fan_out(id + 1); ++f) {
        const auto& out = net.fan_outs()[f];
        const auto closes = std::min(net.populations()[net.post(out.projection)].t_close, c.t_max);
        const bool comes = times[id] + out.delay < closes;
        CHECK(arrived.contains(f) == comes);
        if (comes) CHECK(arrived[f] == times[id] + out.delay);
      }
    }
  }
}

TEST_CASE("top: the largest share of the threshold comes first, then the lower id; who has fired is left out") {
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
