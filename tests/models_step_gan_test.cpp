// GANs of step neurons that are read at one instant: what they compute, held against plain sums, and how they learn.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "models/gan.hpp"
#include "models/gan_coding.hpp"
#include "models/losses.hpp"
#include "models/strokes.hpp"
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

namespace {

// The potential that a neuron of the layer has beside what its first reference and its clock add. `value` of an input
// is what it counts as.
template <class Value>
std::vector<double> potentials(const network<double>& net, const layer& l, std::span<const double> times,
                               const Value& value) {
  const auto posts = net.populations()[l.population].size;
  const auto bias = net.weights(l.references[1]);
  std::vector<double> v(bias.begin(), bias.end());
  for (std::uint32_t i = 0; i < net.populations()[l.pre].size; ++i) {
    const double x = value(i, times[net.first_id(l.pre) + i]);
    for (std::uint32_t j = 0; j < posts; ++j) v[j] += x * net.weights(l.weights)[i * posts + j];
  }
  return v;
}

constexpr double near_tie = 1e-9;  // of potentials around 1 beside a threshold of 64, in double precision

std::optional<double> hidden_time(double v, double instant) {
  if (std::abs(v) < near_tie) return {};
  return v > 0 ? instant : never;
}

// By the window: 16 greys, 1 / 3 of potential in all, and as much again to either side.
std::optional<double> pixel_time(double v, double window_open) {
  const double greys = v * 3 * 16;  // of potential above the middle
  if (std::abs(greys - std::round(greys)) < near_tie * 100) return {};
  if (greys > 24) return window_open - 2;
  if (greys > 8) return window_open - 1;
  if (greys > -8) return window_open + 16 * std::ceil(8 - greys) - 1;
  return greys > -24 ? window_open + 256 : never;
}

// One of potential takes 4 steps, +8 fires first.
std::optional<double> output_time(double v, double first) {
  const double steps = (8 - v) * 4;
  if (std::abs(steps - std::round(steps)) < near_tie * 100) return {};
  return first + std::max(std::floor(steps), 0.0);
}

// Compares a layer's firing times with those expected for its potentials; returns how many have fired.
template <class Expected>
std::size_t compare(const network<double>& net, const layer& l, std::span<const double> times,
                    const std::vector<double>& v, const Expected& expected) {
  std::size_t fired = 0;
  for (std::size_t j = 0; j < v.size(); ++j) {
    const double t = times[net.first_id(l.population) + j];
    const auto wanted = expected(v[j]);
    CHECK((!wanted || t == *wanted));
    fired += t != never;
  }
  return fired;
}

std::size_t compare_generated(const gan<double>& g, std::span<const double> times) {
  const auto &hidden = g.generator_layers[0], &image = g.generator_layers[1];
  const auto coin = [](std::uint32_t, double t) { return t < 128 ? 0.5 : -0.5; };
  const auto fired = [](std::uint32_t, double t) { return t == never ? 0.0 : 1.0; };
  const auto spikes = compare(g.generator, hidden, times, potentials(g.generator, hidden, times, coin),
                              [](double v) { return hidden_time(v, 128); });
  compare(g.generator, image, times, potentials(g.generator, image, times, fired),
          [&](double v) { return pixel_time(v, g.options.window_open); });
  return spikes;
}

std::size_t compare_judged(const gan<double>& g, std::span<const double> times) {
  const auto &hidden = g.discriminator_layers[0], &output = g.discriminator_layers[1];
  const auto white = [](std::uint32_t, double t) { return t < 128 ? 1.0 : 0.0; };
  const auto fired = [](std::uint32_t, double t) { return t == never ? 0.0 : 1.0; };
  const auto spikes = compare(g.discriminator, hidden, times, potentials(g.discriminator, hidden, times, white),
                              [](double v) { return hidden_time(v, 128); });
  compare(g.discriminator, output, times, potentials(g.discriminator, output, times, fired),
          [](double v) { return output_time(v, 129); });
  return spikes;
}

}  // namespace

TEST_CASE("step GAN: hidden neurons fire at one instant, pixels and outputs by a clock, as plain sums say") {
  auto g = make_gan<double>(small_gan(synapse_kernel::step));
  const auto set = make_strokes(3, 64, 0);
  for (int step = 0; step < 3; ++step) take_step(g, set, {schedule::sweep, 1});
  const auto record = run_step(g, set, first_images(16), {schedule::heap, 1});
  std::size_t generated = 0, judged = 0;
  for (std::size_t sample = 0; sample < 16; ++sample)
    generated += compare_generated(g, record.generator.times_of(sample));
  for (std::size_t sample = 0; sample < 32; ++sample)
    judged += compare_judged(g, record.discriminator.times_of(sample));
  CHECK((generated > 100 && generated < 380));  // of 16 * 30: about half
  CHECK((judged > 200 && judged < 760));        // of 32 * 30
}

TEST_CASE("step GAN: outputs that fire together are half right") {
  auto g = make_gan<double>(small_gan(synapse_kernel::step));
  const auto set = make_strokes(3, 64, 0);
  const auto record = run_step(g, set, first_images(16), {});
  gan_losses losses;
  learn_discriminator(g, record, losses, 1);
  double real = 0, fake = 0, ties = 0;
  for (std::size_t sample = 0; sample < 32; ++sample) {
    const auto outputs = record.discriminator.times_of(sample).last(2);
    const bool is_fake = sample < 16;
    if (outputs[0] == outputs[1]) ++ties;
    const double right = outputs[0] == outputs[1] ? 0.5 : (outputs[0] < outputs[1]) == !is_fake;
    (is_fake ? fake : real) += right / 16;
  }
  CHECK(ties > 0);
  CHECK(losses.real_right == real);  // multiples of 1 / 32
  CHECK(losses.fake_right == fake);
}

TEST_CASE("step GAN: a clock's weights and the lift of its first tick do not learn, biases and weights do") {
  auto g = make_gan<double>(small_gan(synapse_kernel::step));
  const auto before = g;
  const auto set = make_strokes(3, 64, 0);
  for (int step = 0; step < 2; ++step) take_step(g, set, {schedule::sweep, 1});
  const auto same = [](const network<double>& a, const network<double>& b, std::uint32_t projection) {
    return std::ranges::equal(a.weights(projection), b.weights(projection));
  };
  for (const auto& l : g.generator_layers) {
    for (std::size_t r = 0; r < l.references.size(); ++r) {
      const bool learns = r == 1 || (r == 0 && l.population == g.generator_layers[0].population);  // there centred
      CHECK(same(g.generator, before.generator, l.references[r]) != learns);
    }
    CHECK_FALSE(same(g.generator, before.generator, l.weights));
  }
  for (const auto& l : g.discriminator_layers) {
    for (std::size_t r = 0; r < l.references.size(); ++r)
      CHECK(same(g.discriminator, before.discriminator, l.references[r]) != (r == 1));
    CHECK_FALSE(same(g.discriminator, before.discriminator, l.weights));
  }
}

TEST_CASE("step GAN: the pixels' clock spans the window and as much potential to either side") {
  const auto o = gan_defaults(synapse_kernel::step);
  const auto clock = image_clock(o);
  CHECK(clock.size() == 19);
  CHECK(clock.front().at == o.window_open - 2);
  CHECK(clock.back().at == o.window_open + o.t_in);
  double lift = 0;
  for (const auto& tick : clock) lift += tick.weight;
  CHECK(lift == doctest::Approx(1.5 / o.contrast).epsilon(1e-12));  // rounding of 19 numbers
}

TEST_CASE("step GAN: a pixel beyond its clock passes back only what would bring it inside") {
  auto o = small_gan(synapse_kernel::step);
  o.batch = 1;
  o.contrast = 12;
  auto g = make_gan<double>(o);
  const auto set = make_strokes(3, 64, 0);
  const auto record = almost_a_step(g, set, {});
  const auto seen = record.second_look.times_of(0);
  const auto outputs = seen.subspan(seen.size() - 2);
  const auto back = backprop<double>(g.discriminator, g.discriminator_layers, seen,
                                     real_or_fake(outputs, 1, o.beta, 0, o.t_max).dl_dt, backprop_of(o), nullptr);
  const auto drawn = record.generator.times_of(0);
  const auto& learnt = g.generator_blocks[0].dw[g.generator_layers.back().references[1]];
  std::size_t white = 0, black = 0, beside = 0;
  for (std::size_t i = 0; i < 784; ++i) {
    const double t = drawn[drawn.size() - 784 + i];
    const bool is_white = t == o.window_open - 2, is_black = t == never;
    const bool outward = (is_white && back[i] > 0) || (is_black && back[i] < 0);
    CHECK(learnt[i] == (outward ? 0 : -back[i]));
    white += is_white;
    black += is_black;
    beside += t == o.window_open - 1 || t == o.window_open + o.t_in;
  }
  CHECK((white > 50 && black > 50 && beside > 50));
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

TEST_CASE("step GAN: options whose clocks do not fit are refused, and what would fit is said") {
  const auto with = [](const auto& change) {
    auto o = gan_defaults(synapse_kernel::step);
    change(o);
    return o;
  };
  CHECK_THROWS_WITH(check(with([](gan_options& o) { o.window_open = 100; })),
                    "window_open = 100, allowed with gate_width = 0.3: from 131 to less than 160, t_max - t_in");
  CHECK_THROWS_WITH(check(with([](gan_options& o) { o.t_in = 250; })),
                    "t_in = 250, allowed with gate_width = 0.3: multiples of 16");
  CHECK_THROWS_WITH(check(with([](gan_options& o) { o.beta = 40; })),
                    "t_max = 416, allowed with beta = 40: above 768, when the outputs' clock ends");
  CHECK_THROWS_WITH(check(with([](gan_options& o) { o.beta = 1e9; })),
                    "beta = 1000000000, allowed with gate_width = 0.3: 1 to 256");
  CHECK_THROWS_WITH(check(with([](gan_options& o) { o.kernel = synapse_kernel::ramp; })),
                    "gate_width = 0.3, allowed with kernel ramp: 0");
  CHECK_THROWS_WITH(check(with([](gan_options& o) { o.jump_length = 9; })),
                    "jump_length = 9, allowed with gate_width = 0.3: 0");
}
