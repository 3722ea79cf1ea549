// GANs of step neurons that are read at one instant: what they compute, held against plain sums, and how they learn.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "models/gan.hpp"
#include "models/gan_coding.hpp"
#include "models/losses.hpp"
#include "models/strokes.hpp"
#include "tests/gan_training.hpp"

using namespace firstspike;

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
