// Chains of layers: which networks are chains, their initial weights, and which of their layers cannot learn.
#include "firstspike/models/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

using shape = weight_distribution::shape;

population sources(const char* name) { return {name, population_kind::source, 1, {}}; }
population biases(const char* name, std::uint32_t size = 1) { return {name, population_kind::bias, size, {}, 0}; }
population neurons(const char* name) { return {name, population_kind::neurons, 1, {1}}; }
projection<double> from(std::uint32_t pre, std::uint32_t post, std::uint32_t size = 1) {
  return {pre, post, synapse_kernel::step, false, 1, std::vector<double>(size, 1), {}};
}

std::string refused(std::vector<population> populations, std::vector<projection<double>> projections) {
  return refusal([&] { layers_of(network<double>(std::move(populations), std::move(projections))); });
}

}  // namespace

TEST_CASE("layers: those of a chain are found in order, with bias neurons, for any order of populations") {
  const network<double> net({neurons("last"), biases("bias"), neurons("first"), sources("in")},
                            {from(2, 0), from(1, 0), from(3, 2)});
  const auto layers = layers_of(net);
  REQUIRE(layers.size() == 2);
  CHECK((layers[0].pre == 3 && layers[0].population == 2 && layers[0].weights == 2 && !layers[0].bias));
  CHECK((layers[1].pre == 2 && layers[1].population == 0 && layers[1].weights == 0 && layers[1].bias == 1u));
}

TEST_CASE("layers: a network that is not a chain is refused with the reason") {
  constexpr const char* start = "network: learning needs a chain of layers, but ";
  const auto a = sources("a");
  const auto b = neurons("b"), c = neurons("c");
  CHECK(refused({a, b, c}, {from(0, 1), from(0, 2)}) == std::string(start) + "population a projects to several");
  CHECK(refused({a, b, c}, {from(0, 1), from(2, 1)}) == std::string(start) + "some projection lies outside of it");
  CHECK(refused({b}, {}) == std::string(start) + "it has no source population");
  CHECK(refused({a, sources("s"), sources("r"), b}, {from(0, 3), from(1, 3), from(2, 3)}) ==
        std::string(start) + "it has more than two source populations");
  CHECK(refused({a, sources("s"), b, c}, {from(0, 2), from(2, 3), from(1, 2), from(1, 3)}) ==
        std::string(start) + "population s projects to several");
  CHECK(refused({a, sources("s"), b}, {from(0, 2)}).empty());  // without effect, as without a projection
  CHECK(refused({a, b}, {}) == std::string(start) + "some projection lies outside of it");
  CHECK(refused({a, b}, {{0, 1, synapse_kernel::step, true, 0, {}, {{0, 0, 1, 1}}}}) ==
        std::string(start) + "population b has sparse inputs");
  CHECK(refused({a, biases("p"), biases("q"), b}, {from(0, 3), from(1, 3), from(2, 3)}) ==
        std::string(start) + "population b has several bias projections");
  CHECK(refused({a, biases("p", 2), b}, {from(0, 2), from(1, 2, 2)}) ==
        std::string(start) + "some projection lies outside of it");
  CHECK(refused({a, b, c}, {from(0, 1), from(1, 2), from(2, 1)}) == std::string(start) + "population b comes twice");
  CHECK(refused({a, biases("p"), b}, {from(0, 2), from(1, 2)}).empty());
}

TEST_CASE("layers: a second source population is found at its layer, dense or from one cell to one") {
  const auto of_classes = [](const grid& classes, const grid& post, bool shared) {
    auto in = sources("in"), second = sources("class"), a = neurons("a"), b = neurons("b");
    in.shape = a.shape = post;
    second.shape = classes;
    second.size = 3;
    in.size = a.size = post.size() == 0 ? 1 : static_cast<std::uint32_t>(post.size());
    a.v_th.assign(a.size, 1);
    auto weights = from(0, 2, in.size * a.size), class_weights = from(1, 2, 3 * a.size), last = from(2, 3, a.size);
    if (shared) {
      weights.shared = class_weights.shared = convolution{};
      weights.weights.assign(post.channels * post.channels, 1);
      class_weights.weights.assign(classes.channels * post.channels, 1);
    }
    return network<double>({in, second, a, b}, {class_weights, weights, last});
  };
  for (const auto& net : {of_classes({}, {}, false), of_classes({1, 1, 3}, {1, 1, 2}, true)}) {
    const auto layers = layers_of(net);
    REQUIRE(layers.size() == 2);
    CHECK((layers[0].pre == 0 && layers[0].population == 2 && layers[0].weights == 1 && layers[0].classes == 0u));
    CHECK_FALSE(layers[1].classes);
  }
  CHECK(refusal([&] {
          layers_of(of_classes({1, 3, 1}, {1, 3, 2}, true));
        }) == "network: learning needs a chain of layers, but some projection lies outside of it");
}

TEST_CASE("layers: a class population follows the sources, and its weights follow those of its layer") {
  for (const bool shared : {false, true}) {
    CAPTURE(shared);
    const weight_distribution init{shape::normal, 1, 2};
    std::vector<layer_description> layers{
        {"a", 3, 2, 1, init, bias_description{4, {shape::uniform, -1, 3}}, 10, 0.25, 30}, {"b", 2, 1, 1, init}};
    layers[0].classes = 2;
    if (shared) {
      layers[0].shape = {1, 1, 3};
      layers[0].shared = convolution{.kernel_rows = 2, .kernel_columns = 2};
    }
    const auto net = make_layered<double>("input", 4, synapse_kernel::ramp, layers, 7, shared ? grid{2, 2, 1} : grid{});
    REQUIRE(net.populations().size() == 5);
    CHECK(net.populations()[1] ==
          population{"class", population_kind::source, 2, {}, never, 0, never, shared ? grid{1, 1, 2} : grid{}});
    CHECK(net.source_count() == 6);
    const auto found = layers_of(net);
    REQUIRE((found[0].classes && found[0].bias));
    CHECK(net.describe(*found[0].classes).delay == 0);
    random_stream stream(7, draw::initial_weights, 0);
    for (const auto projection : {found[0].weights, *found[0].classes}) {
      for (const double w : net.weights(projection)) CHECK(w == draw_weight(stream, init));
    }
    for (const double w : net.weights(*found[0].bias)) CHECK(w == draw_weight(stream, {shape::uniform, -1, 3}));
    CHECK(net.weights(*found[0].classes).size() == 6);
  }
}

TEST_CASE("layers: a chain is made as described, population by population") {
  const std::vector<layer_description> layers{{"hidden", 3, 2, 1.5, {}, bias_description{4, {}}, 10, 0.25, 30},
                                              {"output", 2, 7, 1.5, {}}};
  const auto net = make_layered<float>("input", 5, synapse_kernel::ramp, layers, 1);
  const auto p = net.populations();
  REQUIRE(p.size() == 4);
  CHECK(p[0] == population{"input", population_kind::source, 5, {}});
  CHECK(p[1] == population{"hidden_bias", population_kind::bias, 1, {}, 4});
  CHECK(p[2] == population{"hidden", population_kind::neurons, 3, {2, 2, 2}, 10, 0.25, 30});
  CHECK(p[3] == population{"output", population_kind::neurons, 2, {7, 7}});
  REQUIRE(net.projection_count() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(net.describe(i).kernel == synapse_kernel::ramp);
  CHECK((net.describe(0).delay == 1.5 && net.describe(1).delay == 0 && net.describe(2).delay == 1.5));
}

TEST_CASE("layers: weights and then biases are drawn from (seed, initial weights, number of the layer), row by row") {
  const std::vector<layer_description> layers{
      {"a", 3, 2, 0, {shape::normal, 1, 2, 20}, bias_description{4, {shape::uniform, -1, 3}}, 10, 0.25, 30},
      {"b", 4, 1, 0, {shape::uniform, 2, 6, 12}},
      {"c", 2, 1, 0, {shape::normal, 0.5, 0.25}, bias_description{0, {shape::normal, 2, 0.5}}}};
  const std::uint64_t seed = (std::uint64_t{3} << 32) + 9;
  const auto net = make_layered<double>("in", 5, synapse_kernel::ramp, layers, seed);
  const auto narrow = make_layered<float>("in", 5, synapse_kernel::ramp, layers, seed);
  std::vector<double> expected;
  random_stream a(seed, draw::initial_weights, 0), b(seed, draw::initial_weights, 1), c(seed, draw::initial_weights, 2);
  for (int k = 0; k < 15; ++k) expected.push_back(4 + 4 * a.normal());  // mean by 20 / 5, deviation by its root
  for (int k = 0; k < 3; ++k) expected.push_back(-1 + 4 * a.uniform());
  for (int k = 0; k < 12; ++k) expected.push_back(4 + 8 * b.uniform());  // ends by the root of 12 / 3
  for (int k = 0; k < 8; ++k) expected.push_back(0.5 + 0.25 * c.normal());
  for (int k = 0; k < 2; ++k) expected.push_back(2 + 0.5 * c.normal());
  CHECK(all_weights(net) == expected);
  CHECK(all_weights(narrow) == std::vector<float>(expected.begin(), expected.end()));
  CHECK(make_layered<double>("in", 5, synapse_kernel::step, layers, seed).kernel(1) == synapse_kernel::step);
}

TEST_CASE("redraw: weights are drawn for the layer's own number of inputs, from the first input on") {
  const std::vector<layer_description> layers{{"hidden", 3, 2, 0, {}, bias_description{4, {}}},
                                              {"output", 2, 7, 0, {}, bias_description{4, {}}}};
  auto net = make_layered<float>("input", 8, synapse_kernel::ramp, layers, 1);
  const auto chain = layers_of(net);
  redraw_incoming(net, chain[1], 1, {shape::normal, 1, 2, 12}, 9, 4);
  random_stream stream(9, draw::dead_neurons, 4, net.first_id(chain[1].population) + 1);
  for (std::size_t i = 0; i < 3; ++i) {  // mean by 12 / 3, deviation by its root
    CHECK(net.weights(chain[1].weights)[2 * i] == 0);
    CHECK(net.weights(chain[1].weights)[2 * i + 1] == static_cast<float>(4 + 4 * stream.normal()));
  }
  for (const auto p : {chain[0].weights, *chain[0].bias, *chain[1].bias}) {
    CHECK(std::ranges::all_of(net.weights(p), [](float w) { return w == 0; }));
  }
}

TEST_CASE("redraw: one neuron's incoming weights change, by the layer's distribution, and nothing else") {
  const std::vector<layer_description> layers{{"hidden", 3, 2, 0, {}, bias_description{4, {}}, 10, 0, never},
                                              {"output", 2, 7, 0, {}}};
  auto net = make_layered<double>("input", 400, synapse_kernel::ramp, layers, 1);
  const auto before = net;
  redraw_incoming(net, layers_of(net)[0], 1, {shape::uniform, 2, 6, 1600}, 9, 4);
  double least = 100, most = 0;
  for (std::size_t k = 0; k < 1200; ++k) {
    const double w = net.weights(0)[k];
    CHECK((w != before.weights(0)[k]) == (k % 3 == 1));
    if (k % 3 != 1) continue;
    least = std::min(least, w);
    most = std::max(most, w);
  }
  CHECK((least >= 4 && least < 4.2 && most < 12 && most > 11.8));  // twice 2 to 6 (root of 1600 / 400)
  CHECK(std::ranges::equal(net.weights(1), before.weights(1)));
  CHECK(std::ranges::equal(net.weights(2), before.weights(2)));
}

TEST_CASE("redraw: weights depend on seed, step and neuron, and are the same for the same") {
  const std::vector<layer_description> layers{{"hidden", 3, 2, 0, {}}};
  const auto made = make_layered<double>("input", 5, synapse_kernel::ramp, layers, 1);
  const auto drawn = [&](std::uint32_t post, std::uint64_t seed, std::uint64_t step) {
    auto net = made;
    redraw_incoming(net, layers_of(net)[0], post, {shape::normal, 0, 1}, seed, step);
    std::vector<double> w;
    for (std::size_t i = post; i < 15; i += 3) w.push_back(net.weights(0)[i]);
    return w;
  };
  CHECK(drawn(1, 9, 4) == drawn(1, 9, 4));
  CHECK(drawn(1, 9, 4) != drawn(2, 9, 4));
  CHECK(drawn(1, 9, 4) != drawn(1, 8, 4));
  CHECK(drawn(1, 9, 4) != drawn(1, 9, 5));
  random_stream stream(9, draw::dead_neurons, 4, 5 + 1);
  CHECK(drawn(1, 9, 4)[0] == stream.normal());
}

namespace {

constexpr auto x = never;

std::vector<std::pair<std::string, bool>> faults(const std::vector<double>& times, std::size_t samples) {
  std::vector<layer_description> layers{{"first", 2, 1}, {"second", 1, 1}, {"third", 3, 1}};
  const auto net = make_layered<double>("input", 1, synapse_kernel::step, layers, 1);
  std::vector<std::pair<std::string, bool>> found;
  for (const auto& f : faults_of(net, {samples, 7, times, {}})) found.emplace_back(f.layer, f.silent);
  return found;
}

using found = std::vector<std::pair<std::string, bool>>;

}  // namespace

TEST_CASE("faults: layers that are silent or fire as one on every sample are named, healthy ones are not") {
  CHECK(faults({0, 1, 2, 5, 6, 7, x}, 1) == found{});
  CHECK(faults({0, x, x, x, 6, 7, x}, 1) == found{{"first", true}, {"second", true}});
  CHECK(faults({0, 1, 1, 5, 6, 6, 6}, 1) == found{{"first", false}, {"third", false}});  // one neuron is never `as one`
  CHECK(faults({0, 1, 2, 5, 6, 6, x}, 1) == found{});
  // Each sample counts.
  CHECK(faults({0, x, x, 5, 6, 6, 6, 0, 1, 2, 5, 6, 6, 6}, 2) == found{{"third", false}});
  CHECK(faults({0, x, x, 5, 6, 6, 6, 0, 1, 1, 5, 6, 6, 7}, 2) == found{});
  CHECK(faults({0, 1, 2, 5, 6, 6, 7, 0, x, x, 5, 6, 6, 6}, 2) == found{});
  CHECK(faults({0, 1, 2, x, 6, 6, 6, 0, 1, 2, x, 8, 8, 8}, 2) == found{{"second", true}, {"third", false}});
  CHECK(faults({}, 0) == found{});
}
