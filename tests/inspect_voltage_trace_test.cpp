// The course of a membrane, by hand and against the engine's potentials at every instant.
#include <doctest/doctest.h>

#include "engine/heap.hpp"
#include "inspect/membrane_course.hpp"
#include "tests/engine_build.hpp"
#include "tests/engine_random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

template <class Real>
membrane_course course(const network<Real>& net, std::span<const double> source_times, std::uint32_t id, double t_max) {
  const auto record = simulate(net, source_times, {t_max});
  const auto incoming = list_incoming(net);
  return course_of<Real>({net, incoming, record.times_of(0), t_max, t_max}, id);
}

TEST_CASE("membrane course: by hand, a ramp neuron's has a corner at each arrival and ends at the threshold") {
  const network<double> net({sources("in", 2), neurons("n", 2, 10)}, {dense<double>(0, 1, ramp, 0, {2, 1, -1, 0})});
  const std::vector<double> times{0, 2};
  const auto fires = course(net, times, 2, 100);
  CHECK(fires.points == std::vector<membrane_point>{{0, 0}, {2, 4}, {8, 10}});
  CHECK(fires.spike_time == 8);
  CHECK(fires.v_th == 10);
  CHECK(course(net, times, 3, 7).points == std::vector<membrane_point>{{0, 0}, {7, 7}});
  CHECK(course(net, times, 3, 7).spike_time == never);
}

TEST_CASE("membrane course: by hand, a step neuron's jumps, and ends behind the jump that crosses") {
  const network<double> net({sources("in", 3), neurons("n", 1, 4)}, {dense<double>(0, 1, step, 1, {3, 2, 9})});
  const auto fires = course(net, std::vector<double>{0, 5, 6}, 3, 100);
  CHECK(fires.points == std::vector<membrane_point>{{0, 0}, {1, 0}, {1, 3}, {6, 3}, {6, 5}});
  CHECK(fires.spike_time == 6);
}

TEST_CASE("membrane course: a neuron that waits for its window ends at its crossing and spikes later") {
  const network<double> net({sources("in", 1), neurons("n", 1, 4, 20)}, {dense<double>(0, 1, ramp, 0, {1})});
  const auto waits = course(net, std::vector<double>{0}, 1, 100);
  CHECK(waits.points.back() == membrane_point{4, 4});
  CHECK(waits.spike_time == 20);
}

TEST_CASE("membrane course: sources have none") {
  const network<double> net({sources("in", 1), neurons("n", 1, 4)}, {dense<double>(0, 1, ramp, 0, {1})});
  CHECK(refusal([&] { course(net, std::vector<double>{0}, 0, 9); }).find("in:0 is no neuron but a source") == 0);
}

/// The course at time t, where several points lie there the last.
std::optional<double> at(const membrane_course& c, double t) {
  for (auto p = c.points.rbegin(); p != c.points.rend(); ++p) {
    if (p->t == t) return p->v_m;
  }
  return {};
}

template <class Real>
std::size_t compare_with_engine(const random_case& c) {
  const auto net = build<Real>(c);
  const auto incoming = list_incoming(net);
  const auto record = simulate(net, c.source_times, {c.t_max, schedule::heap, 1, true});
  std::size_t compared = 0;
  event_simulation<Real> run(net);
  run.start(c.source_times, c.t_max);
  std::vector<std::optional<membrane_course>> courses(net.neuron_count());
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    if (net.populations()[net.population_of(id)].kind != population_kind::neurons) continue;
    courses[id] = course_of<Real>({net, incoming, record.times_of(0), c.t_max, c.t_max}, id);
    CHECK(courses[id]->spike_time == record.times_of(0)[id]);
    CHECK(courses[id]->points.back().v_m == record.v_m_of(0)[id]);
  }
  while (run.step()) {
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      const auto expected = courses[id] ? at(*courses[id], run.now()) : std::nullopt;
      if (!expected) continue;
      CHECK(*expected == run.v_m(id, run.now()));
      ++compared;
    }
  }
  return compared;
}

TEST_CASE("membrane course: on 400 random networks it passes through the engine's v_m, bit for bit") {
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
