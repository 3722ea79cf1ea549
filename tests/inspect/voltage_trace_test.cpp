// Voltage traces, by hand and compared with the engine's potentials at every instant.
#include "firstspike/inspect/voltage_trace.hpp"

#include <doctest/doctest.h>

#include "firstspike/engine/heap.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

template <class Real>
voltage_trace trace_of(const network<Real>& net, std::span<const double> source_times, std::uint32_t id, double t_max) {
  const auto record = simulate(net, source_times, {t_max});
  const auto incoming = list_incoming(net);
  return voltage_trace_of<Real>({net, incoming, record.times_of(0), t_max, t_max}, id);
}

TEST_CASE("voltage trace: by hand, a ramp neuron's has a corner at each arrival and ends at the threshold") {
  const network<double> net({sources("in", 2), neurons("n", 2, 10)}, {dense<double>(0, 1, ramp, 0, {2, 1, -1, 0})});
  const std::vector<double> times{0, 2};
  const auto fires = trace_of(net, times, 2, 100);
  CHECK(fires.points == std::vector<voltage_point>{{0, 0}, {2, 4}, {8, 10}});
  CHECK(fires.spike_time == 8);
  CHECK(fires.v_th == 10);
  CHECK(threshold_of(fires) == std::vector<voltage_point>{{0, 10}, {8, 10}});
  CHECK(trace_of(net, times, 3, 7).points == std::vector<voltage_point>{{0, 0}, {7, 7}});
  CHECK(trace_of(net, times, 3, 7).spike_time == never);
}

TEST_CASE("voltage trace: by hand, a step neuron's jumps, and ends behind the jump that crosses") {
  const network<double> net({sources("in", 3), neurons("n", 1, 4)}, {dense<double>(0, 1, step, 1, {3, 2, 9})});
  const auto fires = trace_of(net, std::vector<double>{0, 5, 6}, 3, 100);
  CHECK(fires.points == std::vector<voltage_point>{{0, 0}, {1, 0}, {1, 3}, {6, 3}, {6, 5}});
  CHECK(fires.spike_time == 6);
}

TEST_CASE("voltage trace: by hand, in a fire phase v_m is constant while the threshold falls to it") {
  // V = 0.5 * (20 - 10) - 0.25 * (20 - 12) = 3 at 20; the threshold falls from 10 by 1 a step and meets it at 27.
  const network<double> net({sources("in", 2), fire_phase_neurons("n", 2, 10, 20, 1, 30)},
                            {dense<double>(0, 1, ramp, 0, {0.5, -0.5, -0.25, 0})});
  const std::vector<double> times{10, 12};
  const auto fires = trace_of(net, times, 2, 100);
  CHECK(fires.points == std::vector<voltage_point>{{0, 0}, {10, 0}, {12, 1}, {20, 3}, {27, 3}});
  CHECK(fires.spike_time == 27);
  CHECK(fires.t_fire == 20);
  CHECK(fires.threshold_slope == 1);
  CHECK(threshold_of(fires) == std::vector<voltage_point>{{20, 10}, {27, 3}});
  const auto silent = trace_of(net, times, 3, 100);
  CHECK(silent.points == std::vector<voltage_point>{{0, 0}, {10, 0}, {20, -5}, {30, -5}});
  CHECK(silent.spike_time == never);
  CHECK(threshold_of(silent) == std::vector<voltage_point>{{20, 10}, {30, 0}});
  const auto before = trace_of(net, times, 2, 16);
  CHECK(before.points == std::vector<voltage_point>{{0, 0}, {10, 0}, {12, 1}, {16, 2}});
  CHECK(threshold_of(before).empty());
}

TEST_CASE("voltage trace: by hand, a step neuron with a fire phase rises above v_th without firing before t_fire") {
  const network<double> net({sources("in", 2), fire_phase_neurons("n", 1, 4, 10, 0)},
                            {dense<double>(0, 1, step, 0, {6, -1})});
  const auto fires = trace_of(net, std::vector<double>{2, 5}, 2, 100);
  CHECK(fires.points == std::vector<voltage_point>{{0, 0}, {2, 0}, {2, 6}, {5, 6}, {5, 5}, {10, 5}});
  CHECK(fires.spike_time == 10);
  CHECK(threshold_of(fires) == std::vector<voltage_point>{{10, 4}, {10, 4}});
}

TEST_CASE("voltage trace: sources have none") {
  const network<double> net({sources("in", 1), neurons("n", 1, 4)}, {dense<double>(0, 1, ramp, 0, {1})});
  CHECK(refusal([&] {
          trace_of(net, std::vector<double>{0}, 0, 9);
        }).find("in:0 is a source, whose firing time is given") == 0);
}

/// The trace at time t, where several points lie there the last.
std::optional<double> at(const voltage_trace& c, double t) {
  for (auto p = c.points.rbegin(); p != c.points.rend(); ++p) {
    if (p->t == t) return p->v_m;
  }
  return {};
}

template <class Real>
std::size_t compare_with_engine(const random_case& c) {
  const auto net = build<Real>(c);
  const auto incoming = list_incoming(net);
  const auto record = simulate(net, c.source_times, {c.t_max, scheduler::heap, 1, true});
  std::size_t compared = 0;
  event_simulation<Real> run(net);
  run.start(c.source_times, c.t_max);
  std::vector<std::optional<voltage_trace>> traces(net.neuron_count());
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    if (net.populations()[net.population_of(id)].kind != population_kind::neurons) continue;
    traces[id] = voltage_trace_of<Real>({net, incoming, record.times_of(0), c.t_max, c.t_max}, id);
    CHECK(traces[id]->spike_time == record.times_of(0)[id]);
    CHECK(traces[id]->points.back().v_m == record.v_m_of(0)[id]);
  }
  while (run.step()) {
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      const auto expected = traces[id] ? at(*traces[id], run.now()) : std::nullopt;
      if (!expected) continue;
      CHECK(*expected == run.v_m(id, run.now()));
      ++compared;
    }
  }
  return compared;
}

TEST_CASE("voltage trace: on 400 random networks its points are bit-identical to the engine's v_m") {
  std::size_t compared = 0;
  for (std::uint32_t number = 0; number < 400; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.whole = number / 4 % 2 == 0;
    choice.samples = 1;
    const auto c = draw_case(17, number, choice);
    compared += compare_with_engine<double>(c) + compare_with_engine<float>(c);
  }
  CHECK(compared > 5000);
}

}  // namespace
}  // namespace firstspike
