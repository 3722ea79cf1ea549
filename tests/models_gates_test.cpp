// Learning through neurons that are read at one instant: gradients by hand, and inputs that are centred.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "models/gan.hpp"
#include "tests/gan_training.hpp"

using namespace firstspike;

namespace {

// a and b arrive by the hidden layer's instant, 2, and c as its currents have stopped. Potentials there: 0.1 above v_th
// for h0, 0.2 below it for h1. A clock lifts the output at 3 and 4.
network<double> small_gates() {
  std::vector<layer_description> layers{{"hidden", 2, 10, 1, {}, {{2, 10}, {2, 0}}, 0, 3},
                                        {"output", 1, 10, 1, {}, {{3, 9}, {4, 1}}}};
  auto net = make_layered<double>("input", 3, synapse_kernel::step, layers, 1);
  const auto l = layers_of(net);
  std::ranges::copy(std::vector<double>{1, -1, 2, 0.5, 4, 4}, net.weights(l[0].weights).begin());
  std::ranges::copy(std::vector<double>{-2.9, 0.3}, net.weights(l[0].references[1]).begin());
  std::ranges::copy(std::vector<double>{0.5, 2}, net.weights(l[1].weights).begin());
  return net;
}

struct learnt {
  gradients<double> g;
  std::vector<double> pulled;
  std::vector<layer> layers;
};

learnt learn_small_gates(double gate_width) {
  const auto net = small_gates();
  const auto record = simulate(net, std::vector<double>{0, 1, 2}, {10, schedule::heap, 1, false});
  const auto hidden = record.times_of(0).subspan(net.first_id(3), 2);
  REQUIRE((hidden[0] == 2 && hidden[1] == never));
  REQUIRE(record.times_of(0).back() == 4);  // 9 + 0.5 at 3, 10.5 at 4
  learnt l{gradients<double>(net), {}, layers_of(net)};
  const backprop_options options{.t_max = 10, .normalise = false, .gate_width = gate_width};
  l.pulled = backprop<double>(net, l.layers, record.times_of(0), std::vector<double>{3}, options, &l.g);
  return l;
}

}  // namespace

TEST_CASE("gates: neurons near v_th learn whether they fire or not, worked out by hand") {
  const auto [g, pulled, layers] = learn_small_gates(0.3);
  // delta of the output: -3. h0 has fired, h1 has not.
  CHECK(g.dw[layers[1].weights] == std::vector<double>{-3, 0});
  CHECK(g.dw[layers[1].references[0]] == std::vector<double>{-3});
  // delta_h0 = 0.5 * -3, delta_h1 = 2 * -3. a and b have arrived, c has not.
  CHECK(g.dw[layers[0].weights] == std::vector<double>{-1.5, -6, -1.5, -6, 0, 0});
  CHECK(g.dw[layers[0].references[1]] == std::vector<double>{-1.5, -6});
  // dL/dt = -sum of w delta, for c too.
  CHECK(pulled == std::vector<double>{1.5 - 6, 3 + 3, 6 + 24});
}

TEST_CASE("gates: hidden neurons far from v_th learn nothing and pass nothing back") {
  const auto [g, pulled, layers] = learn_small_gates(0.15);
  CHECK(g.dw[layers[0].weights] == std::vector<double>{-1.5, 0, -1.5, 0, 0, 0});
  CHECK(pulled == std::vector<double>{1.5, 3, 6});
}

TEST_CASE("backprop: what is not wanted of the sources comes back empty, and changes no gradient") {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    const auto g = make_gan<double>(small_gan(kernel));
    const auto record = generate(g.generator, g.options, 0, 1, {});
    const std::vector<double> pull(784, 1);
    auto options = backprop_of(g.options);
    gradients<double> with(g.generator), without(g.generator);
    const auto& layers = g.generator_layers;
    CHECK(backprop<double>(g.generator, layers, record.times_of(0), pull, options, &with).size() == 20);
    options.to_sources = false;
    CHECK(backprop<double>(g.generator, layers, record.times_of(0), pull, options, &without).empty());
    CHECK(with.dw == without.dw);
    CHECK(std::ranges::any_of(with.dw[layers[0].weights], [](double d) { return d != 0; }));
  }
}

TEST_CASE("gates: an output that fires with its clock's first tick is not drawn earlier, a silent one not later") {
  auto net = small_gates();
  const auto layers = layers_of(net);
  const auto learns = [&](double bias, double dl_dt) {
    net.weights(layers[1].references[0])[0] = 9 + bias;
    const auto record = simulate(net, std::vector<double>{0, 1, 2}, {10, schedule::heap, 1, false});
    gradients<double> g(net);
    backprop<double>(net, layers, record.times_of(0), std::vector<double>{dl_dt},
                     {.t_max = 10, .normalise = false, .gate_width = 0.3}, &g);
    return std::pair{record.times_of(0).back(), g.dw[layers[1].weights][0] != 0};
  };
  CHECK(learns(2, 1) == std::pair{3.0, false});
  CHECK(learns(2, -1) == std::pair{3.0, true});
  CHECK(learns(0, 1) == std::pair{4.0, true});
  CHECK(learns(0, -1) == std::pair{4.0, true});
  CHECK(learns(-2, 1) == std::pair{never, true});
  CHECK(learns(-2, -1) == std::pair{never, false});
}

TEST_CASE(
    "centred inputs: each counts as half its weight more or less, and learns apart from what all have in common") {
  auto gan = make_gan<double>(small_gan(synapse_kernel::step));
  auto& net = gan.generator;
  const auto& l = gan.generator_layers[0];
  double sum = 0;
  for (std::size_t i = 0; i < 20; ++i) sum += net.weights(l.weights)[i * 30 + 4];
  CHECK(net.weights(l.references[0])[4] == doctest::Approx(64 - sum / 2).epsilon(1e-12));  // rounding of 20 numbers
  gradients<double> g(net);
  g.row(l.weights, 3)[4] = 5;
  g.row(l.references[0], 0)[4] = 3;
  g.row(l.references[1], 0)[4] = 3;
  follow_centred_inputs(g, l, 20);
  CHECK(g.dw[l.weights][3 * 30 + 4] == 5 - 1.5);
  CHECK(g.dw[l.weights][7 * 30 + 4] == -1.5);
  CHECK(g.dw[l.references[0]][4] == 0);
  CHECK(g.dw[l.references[1]][4] == 3);
}
