// The step kernel against a clock-driven oracle that shares no code with the engine.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "engine/simulate.hpp"
#include "tests/engine_clock_oracle.hpp"
#include "tests/engine_random_networks.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t seed = 20;
constexpr std::uint64_t networks = 4000;

network_choice choice_of(std::uint64_t number) {
  network_choice choice;
  choice.shape = static_cast<network_shape>(number % 4);
  choice.whole = number / 4 % 2 == 0;
  choice.step_only = true;
  return choice;
}

TEST_CASE("clock oracle: it fires a neuron above its threshold, not at it, and holds it where inhibition is in time") {
  const std::vector<population> layers = {{"in", population_kind::source, 2, {}},
                                          {"n", population_kind::neurons, 2, {5, 5}}};
  const std::vector<projection<double>> inputs = {{0, 1, synapse_kernel::step, false, 2, {5, 6, 1, -1}, {}}};
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 3}, 9).times == std::vector<double>{1, 3, 5, 3});
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 1}, 9).times == std::vector<double>{1, 1, 3, never});
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 1}, 9).v_m == std::vector<double>{0, 0, 6, 5});
  CHECK(run_clock<double>(layers, inputs, std::vector<double>{1, 1}, 3).v_m == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE_TEMPLATE("heap: random step networks fire and end as the clock-driven oracle says, bit for bit", Real, float,
                   double) {
  std::size_t compared = 0, fired = 0, silent = 0;
  for (std::uint64_t number = 0; number < networks; ++number) {
    const auto drawn = draw_case(seed, number, choice_of(number));
    const auto net = build<Real>(drawn);
    const auto record = simulate(net, drawn.source_times, {drawn.t_max, schedule::heap, 1, true});
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
      }
    }
  }
  std::printf("clock oracle, %zu-byte sums: %zu networks, %zu firing times equal; neurons fired %zu, silent %zu\n",
              sizeof(Real), static_cast<std::size_t>(networks), compared, fired, silent);
  CHECK(fired > 5000);
  CHECK(silent > 5000);
}

}  // namespace
}  // namespace firstspike
