// The response of one neuron to its arrivals, by hand-computed examples.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "firstspike/tests/engine/build.hpp"

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

/// One neuron, one source per arrival, connected densely and sparsely, under every scheduler.
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

TEST_CASE_TEMPLATE("step: simultaneous inhibition keeps a neuron silent, for any order in the sum", Real, float,
                   double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{2, 11}, {2, -5}}) == outcome{never, 6});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{2, -5}, {2, 11}}) == outcome{never, 6});
}

TEST_CASE_TEMPLATE("step: inhibition after the spike changes nothing, and a neuron fires once", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{2, 11}, {3, -5}, {4, 20}}) == outcome{2, 11});
}

TEST_CASE_TEMPLATE("step: inhibition before the spike delays it", Real, float, double) {
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

TEST_CASE_TEMPLATE("t_max: a neuron that would fire at t_max stays silent, v_m is that at the end", Real, float,
                   double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}, 5) == outcome{never, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}, 5.25) == outcome{5, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10), {{0, 2}}, 4) == outcome{never, 8});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 3}, {7, 11}}, 7) == outcome{never, 3});
  CHECK(hear<Real>(step, neurons("n", 1, 10), {{1, 3}, {7, 11}}, 8) == outcome{7, 14});
}

TEST_CASE_TEMPLATE("t_close: arrivals at t_close or later are ignored", Real, float, double) {
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5), {{2, 6}, {5, 6}}) == outcome{never, 6});
  CHECK(hear<Real>(step, neurons("n", 1, 10, 5.5), {{2, 6}, {5, 6}}) == outcome{5, 12});
}

TEST_CASE_TEMPLATE("t_close: currents stop there", Real, float, double) {
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 4), {{0, 2}}) == outcome{never, 8});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 5), {{0, 2}}) == outcome{never, 10});
  CHECK(hear<Real>(ramp, neurons("n", 1, 10, 5.25), {{0, 2}}) == outcome{5, 10});
}

TEST_CASE_TEMPLATE("fire phase: until t_fire a neuron integrates and is not tested", Real, float, double) {
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 11}, {2, -5}}) == outcome{7, 6});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 11}}) == outcome{5, 11});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2), {{0, 20}, {1, -24}}) == outcome{8, 4});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2), {{0, 4}}) == outcome{5, 20});
}

TEST_CASE_TEMPLATE("fire phase: a neuron fires when the threshold reaches V", Real, float, double) {
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 3}}) == outcome{8.5, 3});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 0.5), {{1, 2}}) == outcome{9, 8});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 4), {{1, 1}, {3.5, 2}}) == outcome{5.75, 7});
  // Also with V below 0 and without arrivals, if t_close is late enough.
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, -3}}) == outcome{11.5, -3});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2), {{never, 1}}) == outcome{10, 0});
}

TEST_CASE_TEMPLATE("fire phase: V at the threshold or above it fires at t_fire, with either kernel", Real, float,
                   double) {
  for (const double slope : {0.0, 0.5}) {
    CAPTURE(slope);
    CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, slope), {{1, 10}}) == outcome{5, 10});
    CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, slope), {{1, 10.5}}) == outcome{5, 10.5});
    CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, slope), {{0, 2}}) == outcome{5, 10});
    CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, slope), {{0, 3}}) == outcome{5, 15});
  }
}

TEST_CASE_TEMPLATE("fire phase: at slope 0 a neuron below the threshold stays silent", Real, float, double) {
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 0), {{1, 9.5}}) == outcome{never, 9.5});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 0), {{1, 2}}) == outcome{never, 8});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 0), {{1, -2}}) == outcome{never, -8});
}

TEST_CASE_TEMPLATE("fire phase: arrivals at t_fire count, later ones are ignored", Real, float, double) {
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 2}, {5, 4}}) == outcome{7, 6});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 11}, {5, -5}}) == outcome{7, 6});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 2}, {5.25, 20}}) == outcome{9, 2});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 2}, {5.25, -20}}) == outcome{9, 2});
  // The current of an arrival at t_fire adds 0.
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 1}, {5, 100}}) == outcome{8, 4});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 1}, {5.25, 100}}) == outcome{8, 4});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 1}, {6, -100}}) == outcome{8, 4});
}

TEST_CASE_TEMPLATE("fire phase: a neuron that would fire at t_close or t_max stays silent", Real, float, double) {
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2, 8), {{1, 4}}) == outcome{never, 4});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2, 8.25), {{1, 4}}) == outcome{8, 4});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 4}}, 8) == outcome{never, 4});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2), {{1, 4}}, 8.25) == outcome{8, 4});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2, 9), {{1, 4}}, 8) == outcome{never, 4});
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 5, 2, 8), {{1, 4}}, 9) == outcome{never, 4});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2, 8), {{1, 1}}) == outcome{never, 4});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 5, 2, 8.25), {{1, 1}}) == outcome{8, 4});
}

TEST_CASE_TEMPLATE("fire phase: if t_fire is t_max or later no neuron fires, and v_m is that at t_max", Real, float,
                   double) {
  for (const double t_fire : {8.0, 9.5}) {
    CAPTURE(t_fire);
    CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, t_fire, 2), {{1, 4}, {7, 20}}, 8) == outcome{never, 24});
    CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, t_fire, 2), {{1, 2}, {7, 20}}, 8) == outcome{never, 34});
    CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, t_fire, 2), {{1, 2}, {8, 20}}, 8) == outcome{never, 14});
  }
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 7.5, 2), {{1, 2}, {7, 20}}, 8) == outcome{7.5, 23});
}

TEST_CASE_TEMPLATE("fire phase: one that begins at 0 includes arrivals at 0", Real, float, double) {
  CHECK(hear<Real>(step, fire_phase_neurons("n", 1, 10, 0, 2), {{0, 4}, {1, 9}}) == outcome{3, 4});
  CHECK(hear<Real>(ramp, fire_phase_neurons("n", 1, 10, 0, 2), {{0, 4}, {1, 9}}) == outcome{5, 0});
}

TEST_CASE_TEMPLATE("fire phase: with v_th = range and slope = range / window it is a clipped ReLU", Real, float,
                   double) {
  // Range 8 in a window of 16 steps: [10, 26).
  const auto n = fire_phase_neurons("n", 1, 8, 10, 0.5, 26);
  CHECK(hear<Real>(ramp, n, {{2, 1}}) == outcome{10, 8});
  CHECK(hear<Real>(ramp, n, {{2, 2}}) == outcome{10, 16});
  CHECK(hear<Real>(ramp, n, {{4, 0.5}}) == outcome{20, 3});
  CHECK(hear<Real>(ramp, n, {{2, 1}, {6, -2}}) == outcome{never, 0});
  CHECK(hear<Real>(ramp, n, {{2, -1}}) == outcome{never, -8});
}

/// v_m may be NaN where a sum overflowed: equal bits, or NaN in both.
bool same_with_nan(const spike_record& a, const spike_record& b) {
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return a.times == b.times && std::ranges::equal(a.v_m, b.v_m, same);
}

/// The outcome of one neuron in a layer of three equal neurons, with every scheduler and with dense and sparse input.
outcome overflow(synapse_kernel kernel, const population& layer, const std::vector<arrival>& arrivals) {
  std::vector<double> times;
  std::vector<float> weights;
  std::vector<synapse> synapses;
  for (std::uint32_t i = 0; i < arrivals.size(); ++i) {
    times.push_back(arrivals[i].time);
    for (std::uint32_t j = 0; j < layer.size; ++j) {
      weights.push_back(static_cast<float>(arrivals[i].weight));
      synapses.push_back({i, j, arrivals[i].weight, 0});
    }
  }
  const auto input = sources("input", static_cast<std::uint32_t>(times.size()));
  const network<float> by_row({input, layer}, {dense<float>(0, 1, kernel, 0, weights)});
  const network<float> by_synapse({input, layer}, {sparse<float>(0, 1, kernel, synapses)});
  const auto record = simulate(by_row, times, {256, scheduler::naive, 1, true});
  for (const auto& net : {by_row, by_synapse}) {
    for (const auto engine : {scheduler::heap, scheduler::sweep, scheduler::naive}) {
      CAPTURE(engine);
      CHECK(same_with_nan(record, simulate(net, times, {256, engine, 1, true})));
    }
  }
  return {record.times.back(), record.v_m.back()};
}

TEST_CASE("overflow: a neuron whose sum is NaN stays silent, in every scheduler") {
  constexpr double big = 3e38;  // twice that is infinite in single precision
  const auto silent = [](const outcome& o) { return o.time == never && std::isnan(o.v_m); };
  const auto layer = neurons("n", 3, 10);
  CHECK(overflow(step, layer, {{1, -big}, {1, -big}, {2, big}}) == outcome{never, -never});
  CHECK(overflow(step, layer, {{1, big}, {1, big}, {2, 1}}) == outcome{1, never});
  // ramp: if S and O both overflow, S t - O and (v_th + O) / S are NaN.
  CHECK(silent(overflow(ramp, layer, {{2, big}, {2, big}})));
  CHECK(silent(overflow(ramp, layer, {{2, big}, {2, big}, {5, 1}})));
  CHECK(silent(overflow(ramp, layer, {{2, -big}, {2, -big}, {5, big}})));
  CHECK(silent(overflow(ramp, layer, {{8, big}, {9, 1}})));  // O alone: a crossing at infinity
  // Fire phase: V may be infinite; with a V of NaN the neuron stays silent.
  for (const double slope : {0.0, 1.0}) {
    CAPTURE(slope);
    const auto phase = fire_phase_neurons("n", 3, 10, 4, slope);
    CHECK(overflow(step, phase, {{1, big}, {2, big}}) == outcome{4, never});
    CHECK(overflow(step, phase, {{1, -big}, {2, -big}}) == outcome{never, -never});
    CHECK(overflow(ramp, phase, {{1, big}}) == outcome{4, never});
    CHECK(overflow(ramp, phase, {{1, -big}}) == outcome{never, -never});
    CHECK(silent(overflow(ramp, phase, {{1, big}, {2, -big}})));
  }
}

TEST_CASE("overflow: overflow in one neuron does not affect its neighbours") {
  constexpr std::uint32_t size = 11;  // whole lanes of eight and what is left over
  for (std::uint32_t place = 0; place < size; ++place) {
    CAPTURE(place);
    std::vector<float> weights(2 * size, 1);
    weights[place] = weights[size + place] = 3e38F;
    for (const auto& layer : {neurons("n", size, 10), fire_phase_neurons("n", size, 10, 5, 2)}) {
      const network<float> net({sources("input", 2), layer}, {dense<float>(0, 1, ramp, 0, weights)});
      const bool phase = net.has_fire_phase(1);
      for (const auto engine : {scheduler::heap, scheduler::sweep, scheduler::naive}) {
        CAPTURE(engine);
        const auto record = simulate(net, std::vector<double>{2, 2}, {256, engine, 1, true});
        for (std::uint32_t j = 0; j < size; ++j) {
          const bool overflowed = j == place;
          // The neighbours rise by 2 a step from 2 on: 10 at 7; at 5 they have 6, and fire 2 later.
          CHECK(record.times[2 + j] == (!overflowed ? 7 : phase ? 5 : never));
          if (!overflowed) CHECK(record.v_m[2 + j] == (phase ? 6 : 10));
        }
      }
    }
  }
}

// A crossing where (v_th + O) / S, rounded, is an arrival's time, and S times that time, rounded, is below v_th + O.

TEST_CASE_TEMPLATE("rounding: a crossing that rounds to the time of an arrival precedes it", Real, float, double) {
  std::size_t above = 0;
  const auto scale = std::numeric_limits<Real>::epsilon();
  for (int i = 1; i <= 400; ++i) {
    const Real w = 1.9F + static_cast<Real>(i) / 10000, v_th = 15.5F + static_cast<Real>(i) * 8 * scale;
    const Real crossing = v_th / w;
    above += w * crossing < v_th;
    CAPTURE(i);
    const population n = neurons("n", 1, v_th);
    const auto fired = hear<Real>(ramp, n, {{0, w}, {crossing, -50}});
    CHECK(fired.time == crossing);
  }
  CHECK(above > 50);
}

}  // namespace
}  // namespace firstspike
