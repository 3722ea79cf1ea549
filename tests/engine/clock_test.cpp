// The step kernel and fire phases, compared with a clock-driven oracle that shares no code with the engine.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/engine/clock_oracle.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t seed = 20;
constexpr std::uint64_t networks = 4000;

network_choice choice_of(std::uint64_t number) {
  network_choice choice;
  choice.shape = static_cast<network_shape>(number % 4);
  choice.whole = number / 4 % 2 == 0;
  choice.on_clock = true;
  return choice;
}

TEST_CASE("clock oracle: a neuron fires above its threshold, not at it, and not with simultaneous inhibition") {
  const std::vector<population> layers = {{"in", population_kind::source, 2, {}},
                                          {"n", population_kind::neurons, 2, {5, 5}}};
  const std::vector<projection<double>> inputs = {{0, 1, synapse_kernel::step, false, 2, {5, 6, 1, -1}, {}}};
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 3}, 9).times == std::vector<double>{1, 3, 5, 3});
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 1}, 9).times == std::vector<double>{1, 1, 3, never});
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 1}, 9).v_m == std::vector<double>{0, 0, 6, 5});
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 1}, 3).v_m == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("clock oracle: a neuron with a fire phase fires in it, when the threshold reaches v_m") {
  // At 6 the ramp neuron has 2 (6 - 1) - (6 - 4) = 8: thresholds 8 and 9 - (t - 6) / 2 meet it at 6 and 8.
  std::vector<population> layers = {{"in", population_kind::source, 3, {}},
                                    {"n", population_kind::neurons, 3, {8, 9, 7}, 6, 0.5}};
  const std::vector<projection<double>> ramps = {
      {0, 1, synapse_kernel::ramp, false, 0, {2, 2, 2, -1, -1, -1, 9, 9, 9}, {}}};
  const std::vector<double> times = {1, 4, 7};
  CHECK(run_clock<double>(layers, ramps, times, 20).times == std::vector<double>{1, 4, 7, 6, 8, 6});
  CHECK(run_clock<double>(layers, ramps, times, 20).v_m == std::vector<double>{0, 0, 0, 8, 8, 8});
  CHECK(run_clock<double>(layers, ramps, times, 5).v_m == std::vector<double>{0, 0, 0, 7, 7, 7});
  layers[1].t_close = 8;
  CHECK(run_clock<double>(layers, ramps, times, 20).times == std::vector<double>{1, 4, 7, 6, never, 6});
  layers[1].threshold_slope = 0;
  const std::vector<projection<double>> steps = {
      {0, 1, synapse_kernel::step, false, 2, {2, 2, 2, 6, 6, 6, 9, 9, 9}, {}}};
  CHECK(run_clock<double>(layers, steps, times, 20).times == std::vector<double>{1, 4, 7, 6, never, 6});
}

TEST_CASE_TEMPLATE(
    "heap: on random networks with whole-number times the heap is bit-identical to the clock-driven oracle", Real,
    float, double) {
  std::size_t compared = 0, fired = 0, silent = 0, at_once = 0, later = 0, ramps = 0;
  for (std::uint64_t number = 0; number < networks; ++number) {
    const auto drawn = draw_case(seed, number, choice_of(number));
    const auto net = build<Real>(drawn);
    const auto record = simulate(net, drawn.source_times, {drawn.t_max, scheduler::heap, 1, true});
    for (std::size_t sample = 0; sample < record.samples; ++sample) {
      const auto input = std::span(drawn.source_times).subspan(sample * net.source_count(), net.source_count());
      const auto oracle = run_clock<Real>(drawn.populations, drawn.projections, input, drawn.t_max);
      CAPTURE(number);
      CAPTURE(sample);
      REQUIRE(std::ranges::equal(record.times_of(sample), oracle.times));
      REQUIRE(std::ranges::equal(record.v_m_of(sample), oracle.v_m));
      compared += oracle.times.size();
      for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
        if (net.populations()[net.population_of(id)].kind != population_kind::neurons) continue;
        ++(oracle.times[id] < never ? fired : silent);
        const auto p = net.population_of(id);
        if (!net.has_fire_phase(p) || oracle.times[id] == never) continue;
        ++(oracle.times[id] == net.populations()[p].t_fire ? at_once : later);
        ramps += net.kernel(p) == synapse_kernel::ramp;
      }
    }
  }
  std::printf(
      "clock oracle, %zu-byte sums: %zu networks, %zu firing times equal; neurons fired %zu, silent %zu; in fire "
      "phases at t_fire %zu, later %zu, ramp %zu\n",
      sizeof(Real), static_cast<std::size_t>(networks), compared, fired, silent, at_once, later, ramps);
  CHECK(fired > 5000);
  CHECK(silent > 5000);
  CHECK(at_once > 2000);
  CHECK(later > 2000);
  CHECK(ramps > 1000);
}

}  // namespace
}  // namespace firstspike
