// What one neuron does with its arrivals, by hand-computed examples.
#include <doctest/doctest.h>

#include <vector>

#include "tests/engine_build.hpp"

namespace firstspike {
namespace {

struct arrival {
  double time, weight;
};

struct outcome {
  double time, v_m;
  bool operator==(const outcome&) const = default;
};

doctest::String toString(const outcome& o) {
  return doctest::String("fires at ") + doctest::toString(o.time) + " with v_m " + doctest::toString(o.v_m);
}

/// One neuron, one source per arrival, connected densely and sparsely, under every schedule.
template <class Real>
outcome hear(synapse_kernel kernel, const population& neuron, const std::vector<arrival>& arrivals,
             double t_max = 256) {
  std::vector<double> times;
  std::vector<Real> weights;
  std::vector<synapse> synapses;
  for (const auto& a : arrivals) {
    synapses.push_back({static_cast<std::uint32_t>(times.size()), 0, a.weight, 0});
    times.push_back(a.time);
    weights.push_back(static_cast<Real>(a.weight));
  }
  const auto input = sources("input", static_cast<std::uint32_t>(times.size()));
  const network<Real> by_row({input, neuron}, {dense<Real>(0, 1, kernel, 0, weights)});
  const network<Real> by_synapse({input, neuron}, {sparse<Real>(0, 1, kernel, synapses)});
  const auto record = agreed(by_row, times, t_max);
  CHECK(same_records(record, agreed(by_synapse, times, t_max)));
  return {record.times.back(), record.v_m.back()};
}

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

TEST_CASE_TEMPLATE("step: a neuron fires at the arrival that lifts v_m above its threshold", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 3}, {2, 3}, {5, 4.5}, {7, 1}}) == outcome{5, 10.5});
}

TEST_CASE_TEMPLATE("step: v_m equal to the threshold does not fire", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 4}, {2, 6}}) == outcome{never, 10});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 4}, {2, 6}, {3, 0.5}}) == outcome{3, 10.5});
}

TEST_CASE_TEMPLATE("step: simultaneous inhibition holds a neuron, whichever comes first in the sum", Real, float,
                   double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{2, 11}, {2, -5}}) == outcome{never, 6});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{2, -5}, {2, 11}}) == outcome{never, 6});
}

TEST_CASE_TEMPLATE("step: inhibition after the spike changes nothing, and a neuron fires once", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{2, 11}, {3, -5}, {4, 20}}) == outcome{2, 11});
}

TEST_CASE_TEMPLATE("step: inhibition before the spike has to be made up for", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, -5}, {2, 11}, {3, 5}}) == outcome{3, 11});
}

TEST_CASE_TEMPLATE("ramp: a neuron fires when v_m reaches its threshold", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}) == outcome{5, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{1.5, 4}}) == outcome{4, 10});
}

TEST_CASE_TEMPLATE("ramp: a later excitatory spike brings the crossing forward", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 1}, {4, 2}}) == outcome{6, 10});
}

TEST_CASE_TEMPLATE("ramp: a later inhibitory spike moves the predicted crossing back", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}, {2, -1}}) == outcome{8, 10});
}

TEST_CASE_TEMPLATE("ramp: a later inhibitory spike retracts the predicted crossing", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}, {2, -2}}) == outcome{never, 4});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}, {4.5, -4}}, 10) == outcome{never, -2});
}

TEST_CASE_TEMPLATE("ramp: a retracted crossing comes back with new current", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}, {2, -2}, {10, 3}}) == outcome{12, 10});
}

TEST_CASE_TEMPLATE("ramp: an arrival exactly at the predicted time does not stop the spike", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}, {5, -100}}) == outcome{5, 10});
}

TEST_CASE_TEMPLATE("ramp: arrivals at one time are summed before the crossing is predicted", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}, {3, 4}, {3, -5}}) == outcome{7, 10});
}

TEST_CASE_TEMPLATE("ramp: without a rising slope a neuron stays silent", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 0.5), {{0, -1}, {1, 1}}) == outcome{never, -1});
  CHECK(hear<Real>(ramp, neurons("n", 1, 0.5), {{4, -1}}, 10) == outcome{never, -6});
  CHECK(hear<Real>(ramp, neurons("n", 1, 0.5), {{4, 0}}) == outcome{never, 0});
}

TEST_CASE_TEMPLATE("t_max: what would fire at t_max stays silent, v_m is that at the end", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}, 5) == outcome{never, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}, 5.25) == outcome{5, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}, 4) == outcome{never, 8});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 3}, {7, 11}}, 7) == outcome{never, 3});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 3}, {7, 11}}, 8) == outcome{7, 14});
}

TEST_CASE_TEMPLATE("window: a crossing before t_open fires at t_open, with the v_m of its crossing", Real, float,
                   double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{3, 11}}) == outcome{5, 11});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 5), {{0, 5}}) == outcome{5, 10});
}

TEST_CASE_TEMPLATE("window: inhibition between the crossing and t_open does not take the spike back", Real, float,
                   double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{3, 11}, {4, -50}}) == outcome{5, 11});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 5), {{0, 5}, {3, -50}}) == outcome{5, 10});
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{3, 11}, {5, -50}}) == outcome{5, 11});
}

TEST_CASE_TEMPLATE("window: inhibition before the crossing still holds the neuron", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{3, 9}, {4, -50}, {6, 5}}) == outcome{never, -36});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 5), {{0, 5}, {1, -5}}) == outcome{never, 5});
}

TEST_CASE_TEMPLATE("window: crossings from t_open on fire at once", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{5, 11}}) == outcome{5, 11});
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{6, 11}}) == outcome{6, 11});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 5), {{0, 2}}) == outcome{5, 10});
}

TEST_CASE_TEMPLATE("window: arrivals at t_close or later are lost", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 0, 5), {{2, 6}, {5, 6}}) == outcome{never, 6});
  CHECK(hear<Real>(step, neurons("n", 1, 10, 0, 5.5), {{2, 6}, {5, 6}}) == outcome{5, 12});
}

TEST_CASE_TEMPLATE("window: currents stop at t_close", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 0, 4), {{0, 2}}) == outcome{never, 8});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 0, 5), {{0, 2}}) == outcome{never, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 0, 5.25), {{0, 2}}) == outcome{5, 10});
}

TEST_CASE_TEMPLATE("window: one that opens at t_max or later leaves the layer silent", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 8), {{3, 11}}, 8) == outcome{never, 11});
  CHECK(hear<Real>(step, neurons("n", 1, 10, 8), {{3, 11}}, 8.5) == outcome{8, 11});
}

}  // namespace
}  // namespace firstspike
