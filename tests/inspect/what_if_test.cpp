// What-if runs equal fresh simulations of the changed network under the oracle.
#include "firstspike/inspect/what_if.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "firstspike/data/random.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

random_case draw(std::uint32_t number) {
  network_choice choice;
  choice.shape = static_cast<network_shape>(number % 4);
  choice.whole = number / 4 % 2 == 0;
  choice.whole_times = number / 8 % 2 == 0;
  choice.samples = 1;
  return draw_case(61, number, choice);
}

struct place {
  std::uint32_t population, index, id;
};

place place_of(const random_case& c, std::uint32_t id) {
  std::uint32_t population = 0, index = id;
  while (index >= c.populations[population].size) index -= c.populations[population++].size;
  return {population, index, id};
}

std::uint32_t neuron_count(const random_case& c) {
  std::uint32_t count = 0;
  for (const auto& p : c.populations) count += p.size;
  return count;
}

/// Where a source's time stands among the source times.
std::size_t source_index(const random_case& c, const place& at) {
  std::size_t index = at.index;
  for (std::uint32_t p = 0; p < at.population; ++p) {
    if (c.populations[p].kind == population_kind::source) index += c.populations[p].size;
  }
  return index;
}

template <class Real>
spike_record oracle(const random_case& c) {
  return simulate(build<Real>(c), c.source_times, {c.t_max, scheduler::naive, 1, true});
}

/// The case without that neuron's spike: a threshold that nothing reaches. None for a bias neuron, which has no
/// threshold.
template <class Real>
std::optional<random_case> silenced(random_case c, const place& at) {
  auto& p = c.populations[at.population];
  if (p.kind == population_kind::bias) return {};
  if (p.kind == population_kind::source) c.source_times[source_index(c, at)] = never;
  if (p.kind == population_kind::neurons) p.v_th[at.index] = static_cast<double>(std::numeric_limits<Real>::max());
  return c;
}

/// Counts a `without` that was compared.
template <class Real>
bool without_equals_fresh(std::uint32_t number) {
  CAPTURE(number);
  const auto c = draw(number);
  random_stream random(62, draw::tests, number);
  const auto at = place_of(c, random.below(neuron_count(c)));
  const auto changed = silenced<Real>(c, at);
  if (!changed) return false;
  const auto fresh = oracle<Real>(*changed);
  const std::vector<spike> clamped = {{at.id, never}};
  auto run = run_clamped(build<Real>(c), c.source_times, c.t_max, clamped);
  CHECK(run.times == fresh.times);
  run.v_m[at.id] = fresh.v_m[at.id];  // that of a clamped neuron is 0
  CHECK(run.v_m == fresh.v_m);
  return true;
}

/// The case in which a population of one neuron is a source that fires at `t` instead and has no input.
random_case clamped_case(random_case c, const place& at, double t) {
  const auto index = source_index(c, at);
  c.source_times.insert(c.source_times.begin() + static_cast<std::ptrdiff_t>(index), t);
  auto& p = c.populations[at.population];
  p = {p.name, population_kind::source, 1, {}};
  std::erase_if(c.projections, [&](const auto& projection) { return projection.post == at.population; });
  return c;
}

bool with_equals_fresh(std::uint32_t number) {
  CAPTURE(number);
  const auto c = draw(number);
  random_stream random(63, draw::tests, number);
  const auto net = build<double>(c);
  for (std::uint32_t id = 0; id < neuron_count(c); ++id) {
    const auto at = place_of(c, id);
    const auto& p = c.populations[at.population];
    const double t =
        random.below(2) == 0 ? random.below(static_cast<std::uint32_t>(c.t_max) + 2) : c.t_max * random.uniform();
    // A source has rank 0, and the presynaptic rank is part of the order of summation.
    if (p.kind != population_kind::neurons || p.size != 1 || net.rank(at.population) != 0) continue;
    const std::vector<spike> clamped = {{id, t}};
    const auto fresh = oracle<double>(clamped_case(c, at, t));
    const auto run = run_clamped(net, c.source_times, c.t_max, clamped);
    CHECK(run.times == fresh.times);
    CHECK(run.v_m == fresh.v_m);
    return true;
  }
  return false;
}

/// Gives all synapses of one pair the same new weight in the description.
bool weight_equals_fresh(std::uint32_t number) {
  CAPTURE(number);
  auto c = draw(number);
  random_stream random(64, draw::tests, number);
  const auto net = build<double>(c);
  const auto& chosen = c.projections[random.below(static_cast<std::uint32_t>(c.projections.size()))];
  const auto pre_population = chosen.pre, post_population = chosen.post;
  auto pre = random.below(c.populations[pre_population].size), post = random.below(c.populations[post_population].size);
  if (chosen.sparse) {
    const auto s = chosen.synapses[random.below(static_cast<std::uint32_t>(chosen.synapses.size()))];
    pre = s.pre;
    post = s.post;
  }
  const double weight = c.populations[0].size == 1 ? 0 : 3 * random.normal();
  for (auto& p : c.projections) {
    if (p.pre != pre_population || p.post != post_population) continue;
    if (!p.sparse) p.weights[pre * c.populations[post_population].size + post] = weight;
    for (std::size_t s = 0; s < p.synapses.size(); ++s) {
      if (p.synapses[s].pre == pre && p.synapses[s].post == post) p.synapses.set_weight(s, weight);
    }
  }
  const auto changed =
      with_weight(net, net.first_id(pre_population) + pre, net.first_id(post_population) + post, weight);
  const auto run = run_clamped(changed, c.source_times, c.t_max, {});
  CHECK(same_records(run, oracle<double>(c)));
  return true;
}

template <class Compare>
void on_1000_cases(const Compare& compare) {
  std::uint32_t compared = 0;
  for (std::uint32_t number = 0; compared < 1000; ++number) {
    REQUIRE(number < 20000);
    compared += compare(number);
  }
}

TEST_CASE("what if: a run without a neuron equals a fresh simulation without it, on 1,000 random networks") {
  on_1000_cases([](std::uint32_t number) {
    return number % 4 == 1 ? without_equals_fresh<float>(number) : without_equals_fresh<double>(number);
  });
}

TEST_CASE("what if: a run with a spike at t equals a fresh simulation whose neuron is a source, on 1,000 networks") {
  on_1000_cases(with_equals_fresh);
}

TEST_CASE("what if: a run with a changed weight equals a fresh simulation with it, on 1,000 random networks") {
  on_1000_cases(weight_equals_fresh);
}

TEST_CASE("what if: clamping a neuron to its own firing time changes nothing, also for bias neurons") {
  for (std::uint32_t number = 0; number < 400; ++number) {
    CAPTURE(number);
    const auto c = draw(number);
    const auto net = build<double>(c);
    const auto plain = run_clamped(net, c.source_times, c.t_max, {});
    CHECK(same_records(plain, oracle<double>(c)));
    for (std::uint32_t id = 0; id < neuron_count(c); ++id) {
      const std::vector<spike> clamped = {{id, plain.times[id]}};
      CHECK(run_clamped(net, c.source_times, c.t_max, clamped).times == plain.times);
    }
  }
}

TEST_CASE("what if: by hand, one spike vanishes, one moves, one appears") {
  // in:0 at 1 -> a fires at 2, which excites b and inhibits c; in:1 at 4 would do for b and c.
  const network<double> net(
      {sources("in", 2), neurons("a", 1, 1), neurons("b", 1, 1), neurons("c", 1, 1)},
      {dense<double>(0, 1, step, 1, {2, 0}), dense<double>(0, 2, step, 1, {0, 2}), dense<double>(0, 3, step, 1, {0, 2}),
       dense<double>(1, 2, step, 1, {2}), dense<double>(1, 3, step, 1, {-5})});
  const std::vector<double> input = {1, 4};
  const auto before = run_clamped(net, input, 20, {});
  CHECK(before.times == std::vector<double>{1, 4, 2, 3, never});
  const std::vector<spike> clamped = {{2, never}};
  const auto after = run_clamped(net, input, 20, clamped);
  CHECK(changed_spikes(before.times, after.times) ==
        std::vector<changed_spike_time>{{2, 2, never}, {3, 3, 5}, {4, never, 5}});
}

TEST_CASE("what if: by hand, without one input a relu neuron fires later, and the neuron that it inhibits earlier") {
  // a: V = 0.5 * 10 + 0.5 * 4 = 7 at 20, fires at 23; b, from 30 on: V = 1 * (30 - 22) - 0.5 * (30 - 24) = 5, at 35.
  const network<double> net(
      {sources("in", 3), fire_phase_neurons("a", 1, 10, 20, 1, 30), fire_phase_neurons("b", 1, 10, 30, 1, 40)},
      {dense<double>(0, 1, ramp, 0, {0.5, 0.5, 0}), dense<double>(0, 2, ramp, 0, {0, 0, 1}),
       dense<double>(1, 2, ramp, 1, {-0.5})});
  const std::vector<double> input = {10, 16, 22};
  const auto before = run_clamped(net, input, 100, {});
  CHECK(before.times == std::vector<double>{10, 16, 22, 23, 35});
  // Without in:1 a has 5 and fires at 25: b loses 0.5 * 4 instead of 0.5 * 6.
  const std::vector<spike> without = {{1, never}};
  CHECK(changed_spikes(before.times, run_clamped(net, input, 100, without).times) ==
        std::vector<changed_spike_time>{{1, 16, never}, {3, 23, 25}, {4, 35, 34}});
  // With both weights 0 a stays silent, as V = 0 meets the threshold at 30 only, when the window ends.
  const auto silent = with_weight(with_weight(net, 0, 3, 0), 1, 3, 0);
  CHECK(changed_spikes(before.times, run_clamped(silent, input, 100, {}).times) ==
        std::vector<changed_spike_time>{{3, 23, never}, {4, 35, 32}});
}

TEST_CASE("what if: a weight that is not there, or not finite, is refused by name") {
  const network<float> net({sources("in", 2), neurons("n", 2, 1)}, {sparse<float>(0, 1, step, {{0, 0, 1, 1}})});
  CHECK(refusal([&] { with_weight(net, 1, 2, 3); }).find("from in:1 to n:0") != std::string::npos);
  CHECK(refusal([&] { with_weight(net, 0, 2, 1e300); }).find("finite") != std::string::npos);
  CHECK(with_weight(net, 0, 2, 3).describe(0).synapses[0].weight == 3);
}

}  // namespace
}  // namespace firstspike
