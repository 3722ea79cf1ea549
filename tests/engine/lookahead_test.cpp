// The heap's fast path for dense networks gives the record of its plain version and of the oracle.
#include "firstspike/engine/lookahead.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/naive.hpp"
#include "firstspike/tests/allocations.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t seed = 70;
constexpr std::uint64_t networks = 4000;

const std::function<void()> no_check = [] {};

/// A random network that it can run: dense, with equal thresholds in each population.
random_case draw_dense(std::uint64_t number) {
  network_choice choice;
  choice.shape = number % 2 == 0 ? network_shape::dense_layers : network_shape::dense_recurrent;
  choice.whole = number / 2 % 2 == 0;
  choice.whole_times = choice.whole || number / 4 % 2 == 0;
  auto drawn = draw_case(seed, number, choice);
  random_stream random(seed + 1, draw::tests, number);
  for (auto& p : drawn.populations) std::ranges::fill(p.v_th, p.v_th.empty() ? 0 : p.v_th[0]);
  for (auto& p : drawn.projections) {
    if (!p.sparse) continue;
    p.sparse = false;
    p.delay = p.synapses[0].delay;
    const auto count = std::size_t{drawn.populations[p.pre].size} * drawn.populations[p.post].size;
    for (std::size_t s = 0; s < count; ++s) {
      p.weights.push_back(choice.whole ? static_cast<double>(random.below(9)) - 3 : 0.8 + 1.6 * random.normal());
    }
    p.synapses = {};
  }
  return drawn;
}

struct outcome {
  std::vector<double> times, v_m;
  friend bool operator==(const outcome&, const outcome&) = default;
};

template <class Real>
outcome by_lookahead(lookahead_simulation<Real>& run, std::size_t neurons, std::span<const double> input,
                     double t_max) {
  outcome o{std::vector<double>(neurons, 77), std::vector<double>(neurons, 77)};
  run.run(input, t_max, false, o.times, o.v_m, no_check);
  return o;
}

template <class Real>
outcome by_oracle(const network<Real>& net, std::span<const double> input, double t_max) {
  outcome o{std::vector<double>(net.neuron_count()), std::vector<double>(net.neuron_count())};
  run_naive(net, input, t_max, std::span(o.times), std::span(o.v_m));
  return o;
}

template <class Real>
outcome by_instants(event_simulation<Real>& run, std::size_t neurons, std::span<const double> input, double t_max) {
  run.start(input, t_max);
  while (run.step()) {
  }
  outcome o{{run.spike_times().begin(), run.spike_times().end()}, std::vector<double>(neurons)};
  run.write_v_m(t_max, o.v_m);
  return o;
}

struct tally {
  std::size_t networks = 0, recurrent = 0, spikes = 0, with_ties = 0, wide = 0, fire_phases = 0, cut_short = 0;
};

void count_case(tally& seen, const random_case& drawn, bool recurrent, std::span<const double> times) {
  ++seen.networks;
  seen.recurrent += recurrent;
  seen.wide += std::ranges::any_of(drawn.populations, [](const population& p) { return p.size > 64; });
  seen.fire_phases += std::ranges::any_of(
      drawn.populations, [](const population& p) { return p.kind == population_kind::neurons && p.t_fire < never; });
  std::vector<double> sorted(times.begin(), times.end());
  std::ranges::sort(sorted);
  const auto fired = std::ranges::lower_bound(sorted, never) - sorted.begin();
  sorted.resize(static_cast<std::size_t>(fired));
  seen.spikes += sorted.size();
  seen.with_ties += std::ranges::adjacent_find(sorted) != sorted.end();
}

/// Of the run that ends after the first spike of the last population.
template <class Real>
void check_early_exit(lookahead_simulation<Real>& run, const network<Real>& net, std::span<const double> input,
                      const random_case& drawn, const std::vector<double>& complete, tally& seen) {
  const auto outputs = std::span(complete).subspan(net.first_id(drawn.populations.size() - 1));
  const double end = *std::ranges::min_element(outputs);
  auto expected = complete;
  for (auto& t : expected) t = t <= end ? t : never;
  std::vector<double> times(complete.size(), 77);
  run.run(input, drawn.t_max, true, times, {}, no_check);
  REQUIRE(times == expected);
  seen.cut_short += expected != complete;
}

template <class Real>
void compare(const random_case& drawn, tally& seen) {
  const auto net = build<Real>(drawn);
  if (!lookahead_simulation<Real>::can_run(net, drawn.t_max)) return;  // a fire phase begins too late
  event_simulation<Real> plain(net);
  std::vector<lookahead_simulation<Real>> runs;
  for (const auto set : instruction_sets()) runs.emplace_back(net, set);
  const auto neurons = net.neuron_count(), sources = net.source_count();
  for (std::size_t first = 0; first < drawn.source_times.size(); first += sources) {
    const auto input = std::span(drawn.source_times).subspan(first, sources);
    const auto expected = by_oracle(net, input, drawn.t_max);
    REQUIRE(by_instants(plain, neurons, input, drawn.t_max) == expected);
    for (auto& run : runs) {
      REQUIRE(by_lookahead(run, neurons, input, drawn.t_max) == expected);
      check_early_exit(run, net, input, drawn, expected.times, seen);
    }
    if (first == 0) count_case(seen, drawn, !net.acyclic(), expected.times);
  }
}

TEST_CASE("lookahead: bit-identical with the plain heap and the oracle on random dense networks, recurrent ones too") {
  tally seen;
  for (std::uint64_t number = 0; number < networks; ++number) {
    CAPTURE(number);
    const auto drawn = draw_dense(number);
    compare<float>(drawn, seen);
    compare<double>(drawn, seen);
  }
  CHECK(seen.networks > 7000);
  CHECK(seen.recurrent > 3000);
  CHECK(seen.with_ties > 3000);
  CHECK(seen.wide > 400);
  CHECK(seen.fire_phases > 2000);
  CHECK(seen.cut_short > 3000);
  CHECK(seen.spikes > 100'000);
}

/// Layers wide enough for several tiles, with more arrivals than one visit handles, and a way back.
template <class Real>
network<Real> wide_network(synapse_kernel kernel, std::uint32_t size, bool whole) {
  random_stream random(size, draw::tests, static_cast<std::uint64_t>(kernel) * 2 + whole);
  const auto weights = [&](std::uint32_t pre, std::uint32_t post, double mean) {
    std::vector<Real> drawn(std::size_t{pre} * post);
    for (auto& w : drawn) {
      w = static_cast<Real>(whole ? static_cast<double>(random.below(5)) / 4 - 0.25 : mean + 0.5 * random.normal());
    }
    return drawn;
  };
  const double v_th = kernel == synapse_kernel::ramp ? 100 : 12;
  return {{sources("in", 300), neurons("a", size, v_th), neurons("b", 70, v_th, 30), neurons("out", 3, v_th)},
          {dense<Real>(0, 1, kernel, 1, weights(300, size, 0.2)), dense<Real>(1, 2, kernel, 0, weights(size, 70, 0.1)),
           dense<Real>(2, 1, kernel, 0.5, weights(70, size, -0.2)), dense<Real>(2, 3, kernel, 2, weights(70, 3, 0.3)),
           dense<Real>(3, 3, kernel, 1, weights(3, 3, 0.3))}};
}

template <class Real>
void compare_wide(std::size_t& fired) {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    for (const std::uint32_t size : {30, 209, 450, 900}) {
      for (const bool whole : {false, true}) {
        CAPTURE(kernel);
        CAPTURE(size);
        CAPTURE(whole);
        const auto net = wide_network<Real>(kernel, size, whole);
        random_stream random(size, draw::tests, 9);
        std::vector<double> input(300);
        for (auto& t : input) t = whole ? random.below(20) : 40 * random.uniform();
        // All at once: more simultaneous arrivals than one visit handles.
        std::vector<std::vector<double>> inputs{input, std::vector<double>(300, 4.0)};
        event_simulation<Real> plain(net);
        for (const auto& times : inputs) {
          const auto expected = by_instants(plain, net.neuron_count(), times, 64);
          for (const auto set : instruction_sets()) {
            lookahead_simulation<Real> run(net, set);
            REQUIRE(by_lookahead(run, net.neuron_count(), times, 64) == expected);
          }
          fired += static_cast<std::size_t>(std::ranges::count_if(expected.times, [](double t) { return t < never; }));
        }
      }
    }
  }
}

TEST_CASE("lookahead: bit-identical with the plain heap where a layer takes many visits and several tiles") {
  std::size_t fired = 0;
  compare_wide<float>(fired);
  compare_wide<double>(fired);
  CHECK(fired > 20'000);
}

TEST_CASE("lookahead: arrivals whose times differ by less than their delay resolves are summed by id") {
  const auto [net, input] = rounded_arrivals();
  lookahead_simulation<float> run(net);
  const auto found = by_lookahead(run, 23, input, 0x1p32);
  CHECK(found == by_oracle(net, input, 0x1p32));
  CHECK(found.v_m[3] == 0);
}

TEST_CASE("lookahead: a recurrent network with a short delay and long silences takes few turns") {
  // The neuron that fires at 2^31 and its ring have delays of 2^-20: steps of one delay would never end.
  const network<double> net({sources("in", 1), neurons("ring", 2, 0x1p30)},
                            {dense<double>(0, 1, synapse_kernel::ramp, 1, {1, 0}),
                             dense<double>(1, 1, synapse_kernel::ramp, shortest_delay, {0, 0x1p30, 0, 0})});
  const std::vector<double> input{0};
  lookahead_simulation<double> run(net);
  const auto found = by_lookahead(run, 3, input, 0x1p32);
  CHECK(found == by_oracle(net, input, 0x1p32));
  CHECK(found.times == std::vector<double>{0, 1 + 0x1p30, 1 + 0x1p30 + shortest_delay + 1});
}

TEST_CASE("lookahead: runs no sparse projections, unequal thresholds or fire phases at t_max or later") {
  const auto can_run = [](const std::vector<population>& populations, const projection<float>& p, double t_max) {
    return lookahead_simulation<float>::can_run(network<float>(populations, {p}), t_max);
  };
  const auto step = synapse_kernel::step;
  const auto all = dense<float>(0, 1, step, 1, {1, 1});
  CHECK(can_run({sources("in", 1), neurons("out", 2, 1)}, all, 10));
  CHECK_FALSE(can_run({sources("in", 1), neurons("out", 2, 1)}, sparse<float>(0, 1, step, {{0, 0, 1, 1}}), 10));
  auto unequal = neurons("out", 2, 1);
  unequal.v_th[1] = 2;
  CHECK_FALSE(can_run({sources("in", 1), unequal}, all, 10));
  const auto phase = fire_phase_neurons("out", 2, 1, 10, 1);
  CHECK(can_run({sources("in", 1), phase}, all, 11));
  CHECK_FALSE(can_run({sources("in", 1), phase}, all, 10));
}

TEST_CASE("lookahead: allocates no memory once it has run a sample with as many spikes") {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    const auto net = wide_network<float>(kernel, 450, false);
    lookahead_simulation<float> run(net);
    std::vector<double> times(net.neuron_count()), v_m(net.neuron_count());
    random_stream random(3, draw::tests);
    std::vector<std::vector<double>> inputs{std::vector<double>(300, 1.0)};
    for (int sample = 0; sample < 10; ++sample) {
      inputs.emplace_back(300);
      for (auto& t : inputs.back()) t = 40 * random.uniform();
    }
    const auto run_all = [&] {
      for (const auto& input : inputs) {
        run.run(input, 64, false, times, v_m, no_check);
        run.run(input, 64, true, times, {}, no_check);
      }
    };
    run_all();
    const auto before = allocations();
    run_all();
    CHECK(allocations() == before);
    CHECK(before > 0);
  }
}

TEST_CASE("lookahead: a check that throws ends the run, and the next run is not affected") {
  // Each neuron makes the next one fire, a step later.
  constexpr std::uint32_t size = 200;
  std::vector<float> first(size), next(std::size_t{size} * size);
  first[0] = 2;
  for (std::uint32_t i = 0; i + 1 < size; ++i) next[i * size + i + 1] = 2;
  const network<float> net(
      {sources("in", 1), neurons("chain", size, 1)},
      {dense<float>(0, 1, synapse_kernel::step, 1, first), dense<float>(1, 1, synapse_kernel::step, 1, next)});
  lookahead_simulation<float> run(net);
  const std::vector<double> input{3};
  std::vector<double> times(net.neuron_count());
  struct stop {};
  CHECK_THROWS_AS(run.run(input, 1000, false, times, {}, [] { throw stop(); }), stop);
  const auto found = by_lookahead(run, net.neuron_count(), input, 1000);
  CHECK(found == by_oracle(net, input, 1000));
  CHECK(found.times.back() == 3 + size);
}

}  // namespace
}  // namespace firstspike
