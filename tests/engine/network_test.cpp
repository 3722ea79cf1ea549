// The validated network: what is refused, with which messages, and what is derived from the description.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "firstspike/tests/engine/build.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;
const double nan = std::nan("");

template <class Real = double>
std::string refused(std::vector<population> populations, std::vector<projection<Real>> projections = {}) {
  return refusal([&] { network<Real>(populations, projections); });
}

bool says(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    if (message.find(part) == std::string::npos) {
      MESSAGE("\"" << message << "\" does not say \"" << std::string(part) << "\"");
      return false;
    }
  }
  return true;
}

std::string refused_weight(double weight) {
  return refused({sources("in", 1), neurons("n", 1, 1)}, {dense<double>(0, 1, step, 0, {weight})});
}

std::string refused_delay(double delay) {
  return refused({sources("in", 1), neurons("n", 1, 1)}, {dense<double>(0, 1, step, delay, {1})});
}

std::string refused_synapse(synapse s) {
  return refused({sources("in", 2), neurons("n", 3, 1)}, {sparse<double>(0, 1, step, {s})});
}

template <class Real = double>
std::string refused_phase(double t_fire, double slope, double t_close = never) {
  return refused<Real>({fire_phase_neurons("n", 1, 1, t_fire, slope, t_close)});
}

TEST_CASE("network: a cycle of zero delay is refused and named") {
  const std::vector<population> layers = {sources("in", 1), neurons("aa", 1, 1), neurons("bb", 1, 1)};
  const auto loop = [&](double back) {
    return refused(layers, {dense<double>(0, 1, step, 0, {1}), dense<double>(1, 2, step, 0, {1}),
                            dense<double>(2, 1, step, back, {1})});
  };
  CHECK(says(loop(0), {"zero delay", "cycle", "aa", "bb"}));
  CHECK(loop(0).find("in,") == std::string::npos);
  CHECK(loop(1) == "");
}

TEST_CASE("network: a zero-delay synapse of a population to itself is refused, a delayed one is not") {
  const auto self = [](double delay) {
    return refused({neurons("aa", 2, 1)}, {sparse<double>(0, 0, step, {{0, 1, 1, 2}, {1, 0, 1, delay}})});
  };
  CHECK(says(self(0), {"zero delay", "cycle", "aa"}));
  CHECK(self(shortest_delay) == "");
}

TEST_CASE("network: different kernels in one population's inputs are refused") {
  const std::vector<population> layers = {sources("in", 1), neurons("n", 1, 1), neurons("m", 1, 1)};
  CHECK(says(refused(layers, {dense<double>(0, 1, step, 0, {1}), dense<double>(0, 1, ramp, 1, {1})}),
             {"population n", "step", "ramp"}));
  const auto dense_step = dense<double>(0, 1, step, 1, {1});
  const auto sparse_step = sparse<double>(0, 1, step, {{0, 0, 1, 1}});
  const auto sparse_ramp = sparse<double>(0, 1, ramp, {{0, 0, 1, 1}});
  CHECK(says(refused(layers, {dense_step, sparse_ramp}), {"population n", "step", "ramp"}));
  CHECK(says(refused(layers, {sparse_ramp, dense_step}), {"population n", "step", "ramp"}));
  CHECK(says(refused(layers, {sparse_step, dense_step, sparse_ramp}), {"population n", "step", "ramp"}));
  CHECK(refused(layers, {sparse_step, dense_step}) == "");
  CHECK(refused(layers, {dense<double>(0, 1, step, 0, {1}), dense<double>(1, 2, ramp, 0, {1})}) == "");
}

TEST_CASE("network: weights that are not finite are refused") {
  CHECK(says(refused_weight(nan), {"projection 0", "in -> n", "weight = ", "nan"}));
  CHECK(says(refused_weight(never), {"projection 0", "in -> n", "weight = inf"}));
  CHECK(says(refused_weight(-never), {"projection 0", "in -> n", "weight = -inf"}));
  CHECK(says(refused_synapse({0, 0, nan, 0}), {"projection 0", "in -> n", "weight = ", "nan"}));
  CHECK(refused_weight(-1e300) == "");
}

TEST_CASE("network: values that overflow in the chosen precision are refused in it") {
  const std::vector<population> layers = {sources("in", 1), neurons("n", 1, 1)};
  CHECK(says(refused<float>(layers, {sparse<float>(0, 1, step, {{0, 0, 1e300, 0}})}), {"in -> n", "weight"}));
  CHECK(says(refused<float>({neurons("n", 1, 1e300)}), {"population n", "v_th"}));
  CHECK(says(refused<float>({neurons("n", 1, 1e-300)}), {"population n", "v_th"}));
  CHECK(refused<double>({neurons("n", 1, 1e-300)}) == "");
}

TEST_CASE("network: thresholds that are not finite and above 0 are refused") {
  for (const double v_th : {0.0, -1.0, nan, never, -never}) {
    CAPTURE(v_th);
    CHECK(says(refused({neurons("n", 2, v_th)}), {"population n", "v_th = "}));
  }
  CHECK(says(refused({neurons("n", 1, -1)}), {"v_th = -1"}));
}

TEST_CASE("network: an error in only the last threshold, weight, synapse or projection is found") {
  auto thresholds = neurons("n", 3, 1);
  thresholds.v_th[2] = 0;
  CHECK(says(refused({thresholds}), {"population n", "v_th = 0"}));
  const std::vector<population> layers = {sources("in", 2), neurons("n", 3, 1)};
  CHECK(says(refused(layers, {dense<double>(0, 1, step, 0, {1, 2, 3, 4, 5, nan})}), {"projection 0", "weight = "}));
  const auto with_last = [&](synapse last) {
    return refused(layers, {sparse<double>(0, 1, step, {{0, 0, 1, 0}, {1, 2, 1, 4}, last})});
  };
  CHECK(with_last({1, 2, 1, 1}) == "");
  CHECK(says(with_last({2, 1, 1, 0}), {"synapse 2 -> 1"}));
  CHECK(says(with_last({1, 3, 1, 0}), {"synapse 1 -> 3"}));
  CHECK(says(with_last({1, 1, never, 0}), {"weight = inf"}));
  CHECK(says(with_last({1, 1, 1, -1}), {"delay = -1"}));
  const auto good = dense<double>(0, 1, step, 0, {1, 2, 3, 4, 5, 6});
  CHECK(says(refused(layers, {good, dense<double>(0, 1, step, 0, {1})}), {"projection 1 (in -> n)", "1 weights"}));
  CHECK(says(refused({layers[0], layers[1], neurons("", 1, 1)}), {"name is empty"}));
}

TEST_CASE("network: a projection from or to the population just past the last is refused") {
  const std::vector<population> layers = {sources("in", 1), neurons("n", 1, 1)};
  CHECK(says(refused(layers, {dense<double>(2, 1, step, 0, {1})}), {"projection 0: from population 2 to 1", "are 2"}));
  CHECK(says(refused(layers, {dense<double>(0, 2, step, 0, {1})}), {"projection 0: from population 0 to 2", "are 2"}));
}

TEST_CASE("network: the rank of a population is its longest path of zero delay, also if there are shorter ones") {
  // in -> a -> b -> c, and in -> c, in -> b, a -> c in either order.
  const std::vector<population> layers = {sources("in", 1), neurons("a", 1, 1), neurons("b", 1, 1), neurons("c", 1, 1)};
  const auto edge = [](std::uint32_t pre, std::uint32_t post) { return dense<double>(pre, post, step, 0, {1}); };
  std::vector<projection<double>> projections = {edge(0, 3), edge(0, 2), edge(1, 3),
                                                 edge(0, 1), edge(1, 2), edge(2, 3)};
  for (int order = 0; order < 2; ++order) {
    const network<double> net(layers, projections);
    for (std::uint32_t p = 0; p < 4; ++p) CHECK(net.rank(p) == p);
    CHECK(std::ranges::equal(net.topological_order(), std::vector<std::uint32_t>{0, 1, 2, 3}));
    std::ranges::reverse(projections);
  }
}

TEST_CASE("network: descriptions have the defaults that their comments give") {
  const population p;
  CHECK((p.name.empty() && p.kind == population_kind::neurons && p.size == 0 && p.v_th.empty()));
  CHECK((p.t_fire == never && p.threshold_slope == 0 && p.t_close == never));
  const projection<double> between;
  CHECK((between.pre == 0 && between.post == 0 && between.kernel == step && !between.sparse && between.delay == 0));
  CHECK((synapse{} == synapse{0, 0, 0, 0}));
  const simulation_options options;
  CHECK((options.t_max == 256 && options.engine == scheduler::automatic && options.threads == 1));
  CHECK_FALSE(options.potentials);
  CHECK_FALSE(options.early_exit);
  CHECK((longest_window == 4294967296. && shortest_delay == 1 / 1048576.));
  CHECK(network<double>().neuron_count() == 0);
}

TEST_CASE("network: delays that are negative, tiny, too long or not finite are refused") {
  for (const double delay : {-1.0, shortest_delay / 2, 0x1p33, never, nan}) {
    CAPTURE(delay);
    CHECK(says(refused_delay(delay), {"projection 0", "in -> n", "delay = "}));
    CHECK(says(refused_synapse({1, 2, 1, delay}), {"projection 0", "in -> n", "delay = "}));
  }
  CHECK(says(refused_delay(-1), {"delay = -1"}));
  for (const double delay : {0.0, shortest_delay, 1.0, longest_window}) CHECK(refused_delay(delay) == "");
}

TEST_CASE("network: sizes that do not fit are refused") {
  auto short_of_thresholds = neurons("n", 3, 1);
  short_of_thresholds.v_th.pop_back();
  CHECK(says(refused({short_of_thresholds}), {"population n", "2 thresholds", "3"}));
  auto source_with_threshold = sources("in", 1);
  source_with_threshold.v_th = {1};
  CHECK(says(refused({source_with_threshold}), {"population in", "1 thresholds", "0"}));
  CHECK(says(refused({sources("in", 0)}), {"population in", "size = 0"}));
  CHECK(says(refused({sources("a", 0xffffffff), sources("b", 1)}), {"population b", "more than 2^32 - 1 neurons"}));
  CHECK(says(refused({sources("in", 2), neurons("n", 3, 1)}, {dense<double>(0, 1, step, 0, {1, 2, 3, 4, 5})}),
             {"projection 0", "in -> n", "5 weights", "2 x 3"}));
  CHECK(says(refused({sources("in", 2), neurons("n", 3, 1)}, {dense<double>(0, 1, step, 0, {1, 2, 3, 4, 5, 6, 7})}),
             {"projection 0", "in -> n", "7 weights", "2 x 3"}));
  CHECK(says(refused_synapse({2, 0, 1, 0}), {"projection 0", "in -> n", "synapse 2 -> 0"}));
  CHECK(says(refused_synapse({0, 3, 1, 0}), {"projection 0", "in -> n", "synapse 0 -> 3"}));
  CHECK(refused_synapse({1, 2, 1, 0}) == "");
}

TEST_CASE("network: names that are empty or used twice are refused") {
  CHECK(says(refused({sources("", 1)}), {"name"}));
  const std::vector<population> kinds = {sources("x", 1), bias_neurons("x", 1, 0), neurons("x", 1, 1)};
  for (const auto& first : kinds) {
    for (const auto& last : kinds) {
      CHECK(says(refused({first, neurons("y", 1, 1), last}), {"population x", "twice"}));
    }
  }
}

TEST_CASE("network: projections that lead nowhere are refused") {
  CHECK(says(refused({sources("in", 1), neurons("n", 1, 1)}, {dense<double>(0, 2, step, 0, {1})}),
             {"projection 0", "0 to 2"}));
  CHECK(says(refused({sources("in", 1), sources("out", 1)}, {dense<double>(0, 1, step, 0, {1})}),
             {"projection 0", "in -> out", "source"}));
  CHECK(says(refused({sources("in", 1), bias_neurons("bias", 1, 0)}, {dense<double>(0, 1, step, 0, {1})}),
             {"projection 0", "in -> bias", "ends at a source or bias neuron"}));
}

TEST_CASE("network: a projection with both weights and synapses, or the wrong ones, is refused") {
  auto both = dense<double>(0, 1, step, 0, {1});
  both.synapses = {{0, 0, 1, 0}};
  CHECK(says(refused({sources("in", 1), neurons("n", 1, 1)}, {both}), {"projection 0", "dense", "sparse"}));
  both.sparse = true;
  CHECK(says(refused({sources("in", 1), neurons("n", 1, 1)}, {both}), {"projection 0", "dense", "sparse"}));
}

TEST_CASE("network: a t_close that is not above 0 is refused") {
  for (const double t_close : {0.0, -1.0, nan, -never}) {
    CAPTURE(t_close);
    CHECK(says(refused({neurons("n", 1, 1, t_close)}), {"population n", "t_close = ", "above 0"}));
  }
  CHECK(says(refused({neurons("n", 1, 1, -1)}), {"t_close = -1"}));
  CHECK(refused({neurons("n", 1, 1, shortest_delay)}) == "");
}

TEST_CASE("network: fire phases that are empty, begin before 0 or have no beginning are refused") {
  CHECK(says(refused_phase(-1, 1, 5), {"population n", "fire phase [-1, 5)", "0 <= t_fire < t_close"}));
  CHECK(says(refused_phase(5, 1, 5), {"population n", "fire phase [5, 5)"}));
  CHECK(says(refused_phase(6, 1, 5), {"population n", "fire phase [6, 5)"}));
  CHECK(says(refused_phase(nan, 1, 5), {"population n", "fire phase [nan, 5)"}));
  CHECK(says(refused_phase(-never, 1, 5), {"population n", "fire phase [-inf, 5)"}));
  CHECK(says(refused_phase(longest_window, 1), {"population n", "t_fire < 2^32"}));
  CHECK(refused_phase(0, 1, shortest_delay) == "");
  CHECK(refused_phase(longest_window - 1, 1) == "");
}

TEST_CASE("network: a threshold slope that is negative, not finite, or without a fire phase is refused") {
  for (const double slope : {-1.0, nan, never, -never}) {
    CAPTURE(slope);
    CHECK(says(refused_phase(1, slope), {"population n", "threshold_slope = ", "finite and >= 0"}));
    CHECK(says(refused_phase(never, slope), {"population n", "threshold_slope = ", "without a fire phase: 0"}));
  }
  CHECK(says(refused_phase(1, -1), {"threshold_slope = -1"}));
  CHECK(says(refused_phase(never, 0.5), {"threshold_slope = 0.5"}));
  CHECK(says(refused_phase<float>(1, 1e300), {"threshold_slope = 1e+300", "in the precision chosen"}));
  CHECK(refused_phase(1, 1e300) == "");
  CHECK(refused_phase(1, 0) == "");
  for (const auto kind : {population_kind::source, population_kind::bias}) {
    population p{"p", kind, 1, {}, kind == population_kind::bias ? 2 : never};
    CHECK(refused({p}) == "");
    p.threshold_slope = 1;
    CHECK(says(refused({p}), {"population p", "threshold_slope = 1", "without a fire phase: 0"}));
  }
}

TEST_CASE("network: a bias neuron that never fires or fires before 0, and a source with a t_fire, are refused") {
  for (const double t_fire : {-1.0, nan, never, longest_window}) {
    CAPTURE(t_fire);
    CHECK(says(refused({bias_neurons("b", 1, t_fire)}), {"population b", "t_fire = ", "for a bias neuron: [0, 2^32)"}));
  }
  CHECK(says(refused({bias_neurons("b", 1, -1)}), {"t_fire = -1"}));
  CHECK(refused({bias_neurons("b", 1, 0)}) == "");
  auto source = sources("in", 1);
  for (const double t_fire : {0.0, 3.0, nan}) {
    source.t_fire = t_fire;
    CHECK(says(refused({source}), {"population in", "t_fire = ", "for a source: infinity"}));
  }
}

TEST_CASE("network: when arrivals and spikes of a population end is derived from its fire phase, t_close and t_max") {
  const network<double> net({neurons("open", 1, 1), neurons("closes", 1, 1, 8), fire_phase_neurons("phase", 1, 1, 5, 1),
                             fire_phase_neurons("closing", 1, 1, 5, 1, 8), bias_neurons("bias", 1, 3)},
                            {});
  const auto after_5 = std::nextafter(5.0, never);
  const std::vector<bool> fire_phases = {false, false, true, true, false};
  const std::vector<double> arrivals = {20, 8, after_5, after_5}, firing = {20, 8, 20, 8};
  for (std::uint32_t p = 0; p < 5; ++p) {
    CAPTURE(p);
    CHECK(net.has_fire_phase(p) == fire_phases[p]);
    if (p == 4) continue;
    CHECK(net.end_of_arrivals(p, 20) == arrivals[p]);
    CHECK(net.end_of_firing(p, 20) == firing[p]);
    CHECK(net.end_of_arrivals(p, 4) == 4);
    CHECK(net.end_of_firing(p, 4) == 4);
  }
  CHECK(net.end_of_arrivals(2, 5) == 5);
}

TEST_CASE("network: ids, ranks, kernels and the order of layers are derived from the description") {
  const network<double> net(
      {neurons("c", 2, 1), sources("in", 3), neurons("b", 4, 1), bias_neurons("bias", 1, 0)},
      {dense<double>(2, 0, ramp, 0, std::vector<double>(8)), dense<double>(1, 2, step, 0, std::vector<double>(12)),
       sparse<double>(3, 0, ramp, {{0, 0, 1, 2}})});
  CHECK(net.neuron_count() == 10);
  CHECK(net.source_count() == 3);
  CHECK(net.first_id(2) == 5);
  CHECK(net.population_of(4) == 1);
  CHECK(net.population_of(5) == 2);
  CHECK(net.population_of(9) == 3);
  CHECK(std::vector{net.rank(0), net.rank(1), net.rank(2), net.rank(3)} == std::vector<std::uint32_t>{2, 0, 1, 0});
  CHECK(net.kernel(0) == ramp);
  CHECK(net.kernel(2) == step);
  CHECK(net.dense_fed(0));
  CHECK_FALSE(net.dense_fed(1));
  CHECK(net.acyclic());
  std::vector<std::size_t> place(4);
  for (std::size_t i = 0; i < 4; ++i) place[net.topological_order()[i]] = i;
  CHECK(place[1] < place[2]);
  CHECK(place[2] < place[0]);
  CHECK(place[3] < place[0]);
}

TEST_CASE("network: a loop with positive delays makes the network recurrent") {
  const network<double> net(
      {sources("in", 1), neurons("a", 1, 1), neurons("b", 1, 1)},
      {dense<double>(0, 1, step, 0, {1}), dense<double>(1, 2, step, 0, {1}), dense<double>(2, 1, step, 1, {1})});
  CHECK_FALSE(net.acyclic());
  CHECK(net.rank(1) == 1);
  CHECK(net.rank(2) == 2);
}

TEST_CASE("network: each (pre, projection, delay) is one fan-out, by projection and then delay") {
  const network<double> net({sources("in", 2), neurons("n", 2, 1)},
                            {sparse<double>(0, 1, step, {{1, 0, 1, 3}, {1, 1, 2, 0}, {0, 1, 3, 1}, {1, 1, 4, 3}}),
                             dense<double>(0, 1, step, 2, {5, 6, 7, 8})});
  CHECK(net.dense_fed(1));
  CHECK_FALSE(network<double>({sources("in", 1), neurons("n", 1, 1)}, {sparse<double>(0, 1, step, {})}).dense_fed(1));
  std::vector<fan_out> all;
  for (const std::uint32_t id : {0u, 1u, 2u}) {
    net.for_each_fan_out(id, [&](const fan_out& out) { all.push_back(out); });
  }
  // pre, projection, count, first, delay
  CHECK(all ==
        std::vector<fan_out>{{0, 0, 1, 0, 1}, {0, 1, 2, 0, 2}, {1, 0, 1, 1, 0}, {1, 0, 2, 2, 3}, {1, 1, 2, 2, 2}});
  CHECK(net.delay_range() == std::pair(1.0, 3.0));
  CHECK(network<double>({sources("in", 1)}, {}).delay_range() == std::pair(never, 0.0));
}

TEST_CASE("network: describe returns the projections, with synapses sorted by presynaptic neuron and delay") {
  const std::vector<population> layers = {sources("in", 2), neurons("n", 2, 1)};
  const auto rows = dense<double>(0, 1, step, 2, {5, 6, 7, 8});
  const network<double> net(
      layers, {sparse<double>(0, 1, step, {{1, 0, 1, 3}, {1, 1, 2, 0}, {0, 1, 3, 1}, {1, 0, 4, 3}}), rows});
  CHECK(net.describe(0) == sparse<double>(0, 1, step, {{0, 1, 3, 1}, {1, 1, 2, 0}, {1, 0, 1, 3}, {1, 0, 4, 3}}));
  CHECK(net.describe(1) == rows);
  const network<double> again({net.populations().begin(), net.populations().end()}, {net.describe(0), net.describe(1)});
  CHECK(again.describe(0) == net.describe(0));
  CHECK(again.describe(1) == net.describe(1));
  CHECK(std::vector(again.populations().begin(), again.populations().end()) == layers);
}

TEST_CASE("network: any number of synapses with one presynaptic neuron and delay keep their given order") {
  std::vector<synapse> given, sorted;
  for (std::uint32_t k = 0; k < 200; ++k) given.push_back({1 - k % 2, k % 7, static_cast<double>(k), 0});
  for (std::uint32_t k = 1; k < 200; k += 2) sorted.push_back(given[k]);
  for (std::uint32_t k = 0; k < 200; k += 2) sorted.push_back(given[k]);
  const network<double> net({sources("in", 2), neurons("n", 7, 1)}, {sparse<double>(0, 1, step, given)});
  CHECK(net.describe(0).synapses == sorted);
}

TEST_CASE("network: runs use weights that were changed in place") {
  network<double> net({sources("in", 1), neurons("n", 1, 5)}, {dense<double>(0, 1, step, 0, {1})});
  CHECK(agreed(net, {3}).times.back() == never);
  net.weights(0)[0] = 6;
  CHECK(agreed(net, {3}).times.back() == 3);
  CHECK(net.describe(0).weights == std::vector<double>{6});
}

TEST_CASE("network: with_precision rounds weights and thresholds and keeps the rest") {
  const double third = 1.0 / 3;
  const double rounded = static_cast<float>(third);
  const network<double> net(
      {sources("in", 1), fire_phase_neurons("n", 1, third, 1, third, 9), neurons("m", 1, 1, 7)},
      {dense<double>(0, 1, ramp, third, {third}), sparse<double>(0, 1, ramp, {{0, 0, third, 2}})});
  const auto narrow = with_precision<float>(net);
  CHECK(narrow.describe(0) == dense<float>(0, 1, ramp, third, {static_cast<float>(third)}));
  CHECK(with_precision<double>(narrow).describe(0) == dense<double>(0, 1, ramp, third, {rounded}));
  CHECK(static_cast<float>(narrow.describe(1).synapses[0].weight) == static_cast<float>(third));
  CHECK(narrow.populations()[1].t_fire == 1);
  CHECK(static_cast<float>(narrow.populations()[1].threshold_slope) == static_cast<float>(third));
  CHECK(narrow.populations()[2] == net.populations()[2]);
  CHECK(narrow.populations()[1].t_close == 9);
  CHECK(static_cast<float>(narrow.populations()[1].v_th[0]) == static_cast<float>(third));
  CHECK(with_precision<double>(net).describe(1) == net.describe(1));
}

}  // namespace
}  // namespace firstspike
