// Sums in vector registers: every instruction set gives the times and potentials of the oracle, for layers of all
// sizes.
#include "firstspike/engine/sweep.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/naive.hpp"
#include "firstspike/engine/spike_order.hpp"
#include "firstspike/tests/allocations.hpp"
#include "firstspike/tests/engine/build.hpp"

namespace firstspike {
namespace {

constexpr double t_max = 64;
constexpr std::uint32_t inputs = 24, inputs_in_all = inputs + 4, outputs = 3;

// Around the sizes of registers (1 to 16 numbers), of blocks of registers, and of tiles.
constexpr std::uint32_t sizes[] = {1,   2,   3,   4,   5,   7,   8,   9,   12,  13,  15,  16,  17,  31,  32,
                                   33,  47,  48,  49,  52,  53,  64,  65,  100, 104, 105, 111, 112, 113, 160,
                                   207, 208, 209, 224, 225, 256, 304, 352, 400, 417, 447, 448, 449, 500};

struct layer_kind {
  synapse_kernel kernel = synapse_kernel::step;
  bool fire_phase = false;
  bool whole = false;  ///< weights and times of a coarse grid: sums meet thresholds exactly, and spikes tie
};

double draw(random_stream& random, bool whole, double scale) {
  return whole ? static_cast<double>(random.below(9)) / 4 - 0.5 : scale * (random.uniform() - 0.3);
}

// Two source populations and a bias neuron reach the layer, two projections come from the same sources.
template <class Real>
network<Real> with_layer(std::uint32_t size, const layer_kind& kind) {
  random_stream random(size, draw::tests,
                       static_cast<std::uint64_t>(kind.kernel) * 4 + kind.fire_phase * 2 + kind.whole);
  const auto weights = [&](std::uint32_t pre, std::uint32_t post) {
    std::vector<Real> drawn(std::size_t{pre} * post);
    for (auto& w : drawn) w = static_cast<Real>(draw(random, kind.whole, 1));
    return drawn;
  };
  const bool ramp = kind.kernel == synapse_kernel::ramp;
  const double v_th = ramp ? 40 : 4;
  const auto k = kind.kernel;
  return {
      {sources("in", inputs), sources("more", 4), bias_neurons("bias", 1, 3),
       kind.fire_phase ? fire_phase_neurons("layer", size, v_th, 30, v_th / 20, 50) : neurons("layer", size, v_th, 60),
       neurons("out", outputs, v_th)},
      {dense<Real>(0, 3, k, 1, weights(inputs, size)), dense<Real>(1, 3, k, 0, weights(4, size)),
       dense<Real>(2, 3, k, 0, weights(1, size)), dense<Real>(0, 3, k, 2.5, weights(inputs, size)),
       dense<Real>(3, 4, k, 1, weights(size, outputs))}};
}

std::vector<double> drawn_times(std::uint64_t number, bool whole) {
  random_stream random(number, draw::tests, 77);
  std::vector<double> times(inputs_in_all);
  for (auto& t : times) {
    t = whole ? static_cast<double>(random.below(20)) : 80 * random.uniform() - 4;
    if (random.below(8) == 0) t = never;
  }
  return times;
}

struct outcome {
  std::vector<double> times, v_m;
  friend bool operator==(const outcome&, const outcome&) = default;
};

template <class Real>
outcome by_sweep(layer_sweep<Real>& sweep, std::size_t neurons, std::span<const double> input, bool potentials = true) {
  outcome o{std::vector<double>(neurons, 77), std::vector<double>(potentials ? neurons : 0, 77)};
  sweep.run(input, t_max, o.times, o.v_m);
  return o;
}

template <class Real>
outcome by_oracle(const network<Real>& net, std::span<const double> input) {
  outcome o{std::vector<double>(net.neuron_count()), std::vector<double>(net.neuron_count())};
  run_naive(net, input, t_max, std::span(o.times), std::span(o.v_m));
  return o;
}

template <class Real>
void compare(const layer_kind& kind, std::size_t& fired) {
  for (const auto size : sizes) {
    CAPTURE(size);
    const auto net = with_layer<Real>(size, kind);
    for (const auto set : instruction_sets()) {
      CAPTURE(set);
      layer_sweep<Real> sweep(net, set);
      for (std::uint64_t sample = 0; sample < 3; ++sample) {
        const auto input = drawn_times(size + sample, kind.whole);
        const auto expected = by_oracle(net, input);
        REQUIRE(by_sweep(sweep, net.neuron_count(), input) == expected);
        REQUIRE(by_sweep(sweep, net.neuron_count(), input, false).times == expected.times);
        const auto of_layer = std::span(expected.times).subspan(net.first_id(3), size);
        fired += static_cast<std::size_t>(std::ranges::count_if(of_layer, [](double t) { return t < never; }));
      }
    }
  }
}

TEST_CASE(
    "layer_sweep: every instruction set gives the oracle's times and potentials, for layers of 1 to 500 neurons") {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    for (const bool fire_phase : {false, true}) {
      for (const bool whole : {false, true}) {
        CAPTURE(kernel);
        CAPTURE(fire_phase);
        CAPTURE(whole);
        std::size_t fired = 0;
        compare<float>({kernel, fire_phase, whole}, fired);
        compare<double>({kernel, fire_phase, whole}, fired);
        CHECK(fired > 3000);
      }
    }
  }
}

TEST_CASE("layer_sweep: sums that overflow are those of the oracle") {
  const float huge = std::numeric_limits<float>::max();
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    std::vector<float> weights;
    for (const float last : {1.0f, huge}) {
      for (std::uint32_t j = 0; j < 40; ++j) {
        const float of_neuron[] = {huge, -huge, j % 2 == 0 ? -huge : huge, 1};
        weights.push_back(last == huge ? of_neuron[j / 2 % 4] : of_neuron[j % 4]);
      }
    }
    weights.insert(weights.end(), weights.begin(), weights.end());
    const network<float> net({sources("in", 4), neurons("layer", 40, 2)}, {dense<float>(0, 1, kernel, 1, weights)});
    const std::vector<double> input{1, 2, 2, 5};
    const auto expected = by_oracle(net, input);
    for (const auto set : instruction_sets()) {
      layer_sweep<float> sweep(net, set);
      const auto found = by_sweep(sweep, net.neuron_count(), input);
      CHECK(found.times == expected.times);
      for (std::size_t j = 0; j < 44; ++j) {
        CAPTURE(j);
        CHECK(
            (found.v_m[j] == expected.v_m[j] || (found.v_m[j] != found.v_m[j] && expected.v_m[j] != expected.v_m[j])));
      }
    }
  }
}

// Neuron j has the weight that takes it to its threshold at `next`, plus or minus some roundings, and another one
// arrives at that time. Some cross before, some at `next`, some are rounded to it after that arrival. They reach the
// last layer at the same time, where the sums show their order.
template <class Real>
network<Real> crossing_near(double next, std::uint32_t size, Real at_next) {
  random_stream random(size, draw::tests, 80);
  std::vector<Real> weights, out_weights(std::size_t{size} * outputs);
  auto w = static_cast<Real>(50 / next);
  for (std::uint32_t j = 0; j < size / 2; ++j) w = std::nextafter(w, Real{0});
  for (std::uint32_t j = 0; j < size; ++j, w = std::nextafter(w, Real{100})) weights.push_back(w);
  weights.insert(weights.end(), size, at_next);
  for (auto& of_out : out_weights) of_out = static_cast<Real>(0.2 * random.uniform());
  return {
      {sources("in", 2), neurons("layer", size, 50), neurons("out", outputs, 50)},
      {dense<Real>(0, 1, synapse_kernel::ramp, 0, weights), dense<Real>(1, 2, synapse_kernel::ramp, 0.1, out_weights)}};
}

template <class Real>
void compare_crossings_near(double next) {
  for (const std::uint32_t size : {1u, 3u, 12u, 40u, 120u, 300u}) {
    for (const Real at_next : {Real{-1}, Real{-100}, Real{0}, Real{1}, Real{100}}) {
      CAPTURE(size);
      CAPTURE(at_next);
      const auto net = crossing_near<Real>(next, size, at_next);
      const std::vector<double> input{0, next};
      const auto expected = by_oracle(net, input);
      const auto silent = std::ranges::count(std::span(expected.times).subspan(2, size), never);
      if (size > 1 && at_next == -100 && next < t_max) CHECK((0 < silent && silent < size));
      for (const auto set : instruction_sets()) {
        layer_sweep<Real> sweep(net, set);
        CHECK(by_sweep(sweep, net.neuron_count(), input) == expected);
      }
    }
  }
}

TEST_CASE("layer_sweep: a ramp neuron whose rounded crossing is just after an arrival waits for it") {
  for (const double next : {32.0, 12.3, 63.9, 64.0}) {
    CAPTURE(next);
    compare_crossings_near<float>(next);
    compare_crossings_near<double>(next);
  }
}

// A hidden layer that nobody reads but one layer without synapses, which is run while the spikes are put in order. All
// outputs cross early, late or not at all, and spikes tie within and across intervals.
TEST_CASE("layer_sweep: a last layer that stops before its last arrival gives the oracle's times and potentials") {
  std::size_t fired = 0, silent = 0;
  for (std::uint64_t number = 0; number < 60; ++number) {
    CAPTURE(number);
    random_stream random(number, draw::tests, 78);
    const bool whole = number % 2 == 0;
    const auto hidden = static_cast<std::uint32_t>(20 + random.below(500)), last = number % 3 == 0 ? 230u : 10u;
    const double delay = whole ? 1 : number % 4 == 1 ? 0 : 3 * random.uniform();
    const double bias = 0.2 * static_cast<double>(number % 5) - 0.3;  // below 0, few outputs cross
    std::vector<float> in_weights(inputs * hidden), out_weights(hidden * last);
    for (auto& w : in_weights) w = static_cast<float>(draw(random, whole, 1));
    for (auto& w : out_weights) w = static_cast<float>(bias + draw(random, whole, 1));
    const network<float> net({sources("in", inputs), neurons("hidden", hidden, 20), neurons("out", last, 20)},
                             {dense<float>(0, 1, synapse_kernel::ramp, 1, in_weights),
                              dense<float>(1, 2, synapse_kernel::ramp, delay, out_weights)});
    auto input = drawn_times(number, whole);
    input.resize(inputs);
    const auto expected = by_oracle(net, input);
    for (const auto t : std::span(expected.times).subspan(inputs + hidden)) ++(t < never ? fired : silent);
    for (const auto set : instruction_sets()) {
      layer_sweep<float> sweep(net, set);
      REQUIRE(by_sweep(sweep, net.neuron_count(), input) == expected);
      REQUIRE(by_sweep(sweep, net.neuron_count(), input, false).times == expected.times);
    }
  }
  CHECK(fired > 500);
  CHECK(silent > 400);
}

TEST_CASE("layer_sweep: arrivals whose times differ by less than their delay resolves are summed by id") {
  // 2^31 + 1 + 2^-23 rounds to 2^31 + 1: all arrivals are simultaneous, and 0.1f + 1e8f - 1e8f depends on the order.
  const auto [net, input] = rounded_arrivals();
  std::vector<double> times(23), v_m(23), expected_times(23), expected(23);
  run_naive(net, input, 0x1p32, std::span(expected_times), std::span(expected));
  layer_sweep<float> sweep(net);
  sweep.run(input, 0x1p32, times, v_m);
  CHECK(v_m == expected);
  CHECK(v_m[3] == 0);
}

TEST_CASE("layer_sweep: allocates no memory once it has run a sample with as many spikes") {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    for (const bool fire_phase : {false, true}) {
      const auto net = with_layer<float>(500, {kernel, fire_phase, false});
      layer_sweep<float> sweep(net);
      std::vector<double> times(net.neuron_count()), v_m(net.neuron_count());
      std::vector<std::vector<double>> inputs{std::vector<double>(inputs_in_all, 1.0)};
      for (std::uint64_t sample = 0; sample < 20; ++sample) inputs.push_back(drawn_times(sample, false));
      for (const auto& input : inputs) sweep.run(input, t_max, times, v_m);
      const auto before = allocations();
      for (const auto& input : inputs) sweep.run(input, t_max, times, v_m);
      CHECK(allocations() == before);
      CHECK(before > 0);
    }
  }
}

TEST_CASE("spike_sorter: sorts by time and keeps the order of equal times, also where most times are nearly equal") {
  random_stream random(1, draw::tests);
  spike_sorter sorter;
  for (const std::size_t count : {0, 1, 2, 3, 100, 5000}) {
    for (int form = 0; form < 5; ++form) {
      CAPTURE(count);
      CAPTURE(form);
      std::vector<std::uint32_t> neurons(count);
      std::vector<double> times(count);
      std::vector<spike> expected, sorted{{1, 2}};
      for (std::uint32_t i = 0; i < count; ++i) {
        const double u = random.uniform();
        neurons[i] = i;
        const double nearly_equal = i == 0 ? 1e9 : form == 3 ? 1e-9 * u : 1e-9 * std::floor(50 * u);
        times[i] = form == 0 ? 300 * u : form == 1 ? std::floor(200 * u) : form == 2 ? 7 : nearly_equal;
        expected.push_back({10 + i, times[i]});
      }
      std::ranges::stable_sort(expected, {}, &spike::time);
      sorter.sort(neurons, times, 10, sorted);
      CHECK(sorted == expected);
    }
  }
}

TEST_CASE("interval_sorter: sorts by interval and time, and keeps the order of equal times") {
  random_stream random(1, draw::tests, 79);
  for (const auto set : instruction_sets()) {
    interval_sorter sorter;
    for (const std::uint32_t neurons : {1u, 2u, 7u, 8u, 9u, 17u, 300u}) {
      for (const std::uint32_t last : {1u, 2u, 5u, 100u}) {
        for (const std::size_t least : {1u, 10u, 1000u}) {
          CAPTURE(neurons);
          CAPTURE(last);
          std::vector<std::uint32_t> intervals(neurons), counts(last + 1);
          std::vector<double> times(neurons, never);
          std::vector<spike> expected, sorted;
          for (std::uint32_t j = 0; j < neurons; ++j) {
            intervals[j] = static_cast<std::uint32_t>(random.below(last + 1));
            if (intervals[j] == 0) continue;
            ++counts[intervals[j]];
            // Both ends belong to the interval.
            times[j] = intervals[j] + (j % 3 == 0 ? random.uniform() : static_cast<double>(random.below(5)) / 4);
            expected.push_back({10 + j, times[j]});
          }
          std::ranges::stable_sort(expected, {}, [&](const spike& s) { return intervals[s.source - 10]; });
          std::ranges::stable_sort(expected, {}, &spike::time);
          sorter.take(intervals, times, expected.size(), counts, 10, kernels_for<float>(set).order_spikes);
          while (sorter.left() > 0) {
            const auto before = sorted.size();
            sorter.append(least, sorted);
            REQUIRE(sorted.size() - before + sorter.left() == expected.size() - before);
            REQUIRE((sorter.left() == 0 || sorted.size() - before >= least));
          }
          CHECK(sorted == expected);
        }
      }
    }
  }
}

}  // namespace
}  // namespace firstspike
