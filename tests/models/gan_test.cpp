// Training steps of GANs, compared with an implementation without spikes that shares no code with models/.
#include "firstspike/models/gan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/tests/models/plain.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

const image_set six_images{6, 2, 1, {250, 40, 0, 130, 90, 200, 255, 0, 1, 170, 60, 220}, {3, 0, 7, 3, 9, 1}};

// 2 (+ classes) - 2 - 2 against 2 (+ classes) - 2 - 2.
gan_options tiny_gan(bool conditional, std::size_t batch) {
  auto o = gan_defaults(synapse_kernel::ramp, "relu", conditional);
  o.noise = 2;
  o.noise_rate = 0.75;
  o.rows = 2;
  o.columns = 1;
  o.t_in = 32;
  o.t_max = o.window_open = 1;  // only free neurons read them
  o.generator.hidden = o.discriminator.hidden = {2};
  o.generator.range = 1.5;
  o.generator.last_range = 1.25;
  o.discriminator.range = 0.75;
  o.discriminator.last_range = 3;
  o.generator.optimizer = {update_rule::adam, 0.05, 0.01, 0.5, 0.9};
  o.discriminator.optimizer = {update_rule::adam, 0.03, 0, 0.8, 0.99};
  o.backward.wake = true;
  o.batch = batch;
  o.beta = 6;
  o.real_label = 0.8;
  o.schedule = rate_schedule::square;
  o.schedule_steps = 7;
  o.average = 0.15;
  o.seed = 11;
  return o;
}

// Weights with which most neurons are neither silent nor saturated.
void set_weights(network<double>& net, random_stream& stream) {
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const bool is_bias = net.populations()[net.pre(i)].kind == population_kind::bias;
    for (auto& w : net.weights(i)) w = is_bias ? 0.3 + 0.3 * stream.uniform() : 0.5 * stream.normal();
  }
}

gan<double> tiny_gan_with_weights(const gan_options& o, std::uint64_t seed) {
  const auto made = make_gan<double>(o);
  auto g = made.generator.net, d = made.discriminator.net;
  random_stream stream(seed, draw::tests);
  set_weights(g, stream);
  set_weights(d, stream);
  return make_gan<double>(o, std::move(g), std::move(d));
}

std::vector<double> ranges_of(const gan_network_options& network) {
  std::vector<double> ranges(network.hidden.size(), network.range);
  ranges.push_back(network.last_range);
  return ranges;
}

class plain_gan {
 public:
  explicit plain_gan(const gan<double>& gan)
      : o(gan.options),
        generator(plain::of(gan.generator.net, ranges_of(o.generator))),
        discriminator(plain::of(gan.discriminator.net, ranges_of(o.discriminator))),
        average(plain::flat(generator)) {
    of_generator = {o.generator.optimizer.beta1, o.generator.optimizer.beta2, 1e-8, o.generator.optimizer.weight_decay};
    of_discriminator = {o.discriminator.optimizer.beta1, o.discriminator.optimizer.beta2, 1e-8, 0};
  }

  gan_options o;
  plain::network generator, discriminator;
  plain::numbers average;
  plain::network d_generator, d_discriminator;  // sums over the batch
  gan_losses losses;
  double generator_rate = 0, discriminator_rate = 0;

  void take_step(const image_set& set, const std::vector<std::uint32_t>& images) {
    losses = {};
    std::vector<plain::activity> drawn;
    d_discriminator = plain::zeros_like(discriminator);
    for (std::uint32_t k = 0; k < images.size(); ++k) {
      drawn.push_back(
          plain::run(generator, with_class(heard(noise_times(o, draw::noise, step, k)), label(set, images[k]))));
      const std::vector<std::uint8_t> pixels(set.pixels.begin() + 2 * images[k],
                                             set.pixels.begin() + 2 * images[k] + 2);
      const auto fake = with_class(drawn.back().y.back(), label(set, images[k]));
      const auto real = with_class(heard(real_times(o, pixels, step, k)), label(set, images[k]));
      losses.discriminator += learn(fake, {0, 1}, losses.fake_correct) / batch();
      losses.discriminator += learn(real, {o.real_label, 1 - o.real_label}, losses.real_correct) / batch();
    }
    discriminator_rate = o.discriminator.optimizer.lr * left();
    descend(discriminator, d_discriminator, of_discriminator, discriminator_rate);
    d_generator = plain::zeros_like(generator);
    for (std::size_t k = 0; k < images.size(); ++k) {
      auto ignored = plain::zeros_like(discriminator);
      const auto a = plain::run(discriminator, with_class(drawn[k].y.back(), label(set, images[k])));
      const auto loss = loss_of(a, {1, 0});
      losses.generator += loss.value / batch();
      auto dl_dy = plain::backward(discriminator, a, by_y(loss.dl_dt), true, ignored);
      dl_dy.resize(2);
      plain::backward(generator, drawn[k], dl_dy, true, d_generator);
    }
    generator_rate = o.generator.optimizer.lr * left();
    descend(generator, d_generator, of_generator, generator_rate);
    ++step;
    const auto w = plain::flat(generator);
    const double keep = std::min(0.15, static_cast<double>(step) / static_cast<double>(10 + step));
    for (std::size_t i = 0; i < w.size(); ++i) average[i] = keep * average[i] + (1 - keep) * w[i];
  }

 private:
  plain::adam of_generator, of_discriminator;
  std::uint64_t step = 0;

  double batch() const { return static_cast<double>(o.batch); }
  double left() const { return std::pow(1 - static_cast<double>(step) / 7, 2); }
  static std::uint8_t label(const image_set& set, std::uint32_t image) { return set.labels[image]; }

  plain::numbers heard(const std::vector<double>& times) const {
    plain::numbers y;
    for (const double t : times) y.push_back(t == never ? 0 : 1 - t / o.t_in);
    return y;
  }
  plain::numbers with_class(plain::numbers y, std::uint8_t label) const {
    for (int k = 0; k < (o.conditional ? 10 : 0); ++k) y.push_back(k == label ? 1 : 0);
    return y;
  }
  plain::cross_entropy loss_of(const plain::activity& a, const plain::numbers& target) const {
    plain::numbers times;
    for (const double y : a.y.back()) times.push_back(o.t_in * (1 - y));
    return plain::cross_entropy_of(times, target, o.beta);
  }
  plain::numbers by_y(plain::numbers dl_dt) const {
    for (double& d : dl_dt) d *= -o.t_in;
    return dl_dt;
  }
  double learn(const plain::numbers& inputs, const plain::numbers& target, double& correct) {
    const auto a = plain::run(discriminator, inputs);
    const auto loss = loss_of(a, target);
    plain::backward(discriminator, a, by_y(loss.dl_dt), true, d_discriminator);
    const double real = a.y.back()[0], fake = a.y.back()[1];
    const bool is_real = target[0] > 0.5;
    correct += (real == fake ? 0.5 : (real > fake) == is_real ? 1 : 0) / batch();
    return loss.value;
  }
  void descend(plain::network& net, plain::network gradient, plain::adam& adam, double rate) const {
    plain::scale(gradient, 1 / batch());
    adam.step(net, gradient, rate);
  }
};

plain::numbers flat(const gradients<double>& g) {
  plain::numbers all;
  for (const auto& dw : g.dw) all.insert(all.end(), dw.begin(), dw.end());
  return all;
}

// Rounding in double precision is about 1e-13 for gradients of size 10; Adam divides by their size. Wrong terms change
// the second digit.
constexpr double allowed = 1e-10;

void check_losses(const gan_losses& found, const gan_losses& expected) {
  CHECK(std::abs(found.generator - expected.generator) < allowed);
  CHECK(std::abs(found.discriminator - expected.discriminator) < allowed);
  CHECK(std::abs(found.real_correct - expected.real_correct) < allowed);
  CHECK(std::abs(found.fake_correct - expected.fake_correct) < allowed);
}

// Returns the gradients of all training steps, so that tests can check that they are not trivial.
std::vector<double> compare_steps(gan<double> gan, const std::vector<std::vector<std::uint32_t>>& steps) {
  plain_gan expected(gan);
  std::vector<double> all;
  for (const auto& images : steps) {
    gan_losses losses{9, 9, 9, 9};  // each is set, not added to
    const auto record = almost_a_step(gan, six_images, images, {}, losses);
    apply_generator_gradients(gan, record, 1);
    expected.take_step(six_images, images);
    CHECK(plain::largest_difference(flat(gan.discriminator.gradient), plain::flat(expected.d_discriminator)) < allowed);
    CHECK(plain::largest_difference(flat(gan.generator.gradient), plain::flat(expected.d_generator)) < allowed);
    CHECK(plain::largest_difference(all_weights(gan.discriminator.net), plain::flat(expected.discriminator)) < allowed);
    CHECK(plain::largest_difference(all_weights(gan.generator.net), plain::flat(expected.generator)) < allowed);
    CHECK(plain::largest_difference(all_weights(gan.average), expected.average) < allowed);
    check_losses(losses, expected.losses);
    for (const auto* g : {&gan.discriminator.gradient, &gan.generator.gradient}) {
      const auto numbers = flat(*g);
      all.insert(all.end(), numbers.begin(), numbers.end());
    }
  }
  CHECK(gan.step == steps.size());
  return all;
}

std::size_t not_zero(const std::vector<double>& numbers) {
  return static_cast<std::size_t>(std::ranges::count_if(numbers, [](double x) { return std::abs(x) > 1e-3; }));
}

}  // namespace

TEST_CASE("GAN: three steps of two samples are those of an implementation without spikes, term by term") {
  std::size_t nonzero = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto gan = tiny_gan_with_weights(tiny_gan(false, 2), seed);
    nonzero += not_zero(compare_steps(gan, {{4, 1}, {2, 5}, {3, 0}}));
  }
  CHECK(nonzero > 8 * 3 * 12);  // of 8 * 3 * 24
}

TEST_CASE("GAN: so are three steps of a conditional GAN, each image with its class in both networks") {
  std::size_t nonzero = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto gan = tiny_gan_with_weights(tiny_gan(true, 2), seed);
    nonzero += not_zero(compare_steps(gan, {{4, 1}, {2, 5}, {3, 0}}));
  }
  CHECK(nonzero > 8 * 3 * 18);
}

TEST_CASE("GAN: so are steps of more samples than fit into one block of gradients") {
  const std::vector<std::uint32_t> images{0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0, 0, 2, 4, 1, 3, 5, 5};
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    compare_steps(tiny_gan_with_weights(tiny_gan(true, images.size()), seed), {images, images});
  }
}

TEST_CASE("GAN: so are steps of networks of different depths, whose runs end at different times") {
  for (const bool deep_generator : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      auto o = tiny_gan(true, 2);
      (deep_generator ? o.generator : o.discriminator).hidden = {3, 4, 3};
      compare_steps(tiny_gan_with_weights(o, seed), {{4, 1}, {2, 5}});
    }
  }
}

TEST_CASE("GAN: so is a step with delays") {
  auto o = tiny_gan(true, 2);
  o.delay = 2;
  compare_steps(tiny_gan_with_weights(o, 5), {{4, 1}, {2, 5}});
}

TEST_CASE("GAN: a record has noise and generated images, then real ones, each with the class of its image") {
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    auto o = small_gan(kind.kernel, kind.regime);
    o.conditional = true;
    o.batch = 3;
    o.shift = 2;
    o.dither = o.regime == "free" ? 0 : 0.3;
    auto gan = make_gan<double>(o);
    gan.step = 5;
    const auto set = make_strokes(3, 20, 0);
    const std::vector<std::uint32_t> images{12, 7, 19};
    const auto real_images = real_times(o, set, images, 5);
    auto record = run_step(gan, set, images, {});
    run_second_pass(gan, record, {});
    REQUIRE(record.generator.samples == 3);
    REQUIRE(record.discriminator.samples == 6);
    REQUIRE(record.second_pass.samples == 3);
    const auto sources_of = [](const spike_record& r, std::size_t sample, std::size_t count) {
      const auto times = r.times_of(sample).first(count);
      return std::vector<double>(times.begin(), times.end());
    };
    for (std::uint32_t k = 0; k < 3; ++k) {
      const auto label = set.labels[images[k]];
      auto noise = noise_times(o, draw::noise, 5, k);
      add_class(o, label, noise);
      CHECK(sources_of(record.generator, k, 30) == noise);
      auto fake = discriminator_input(o, image_opens(o), gan.generator.outputs(record.generator.times_of(k)));
      if (o.dither > 0) add_dither(o, fake, 5, k);
      add_class(o, label, fake);
      CHECK(sources_of(record.discriminator, k, 794) == fake);
      CHECK(sources_of(record.second_pass, k, 794) == fake);
      const auto pixels = std::span<const double>(real_images).subspan(k * 784, 784);
      std::vector<double> real(pixels.begin(), pixels.end());
      if (o.dither > 0) add_dither(o, real, 5, 3 + k);
      add_class(o, label, real);
      CHECK(sources_of(record.discriminator, 3 + k, 794) == real);
    }
  }
}

TEST_CASE("GAN: the generator learns from a discriminator that was updated on the same images") {
  auto gan = make_gan<double>(small_gan(synapse_kernel::ramp, "relu"));
  const auto set = make_strokes(3, 64, 0);
  const auto before = gan.discriminator;
  gan_losses losses;
  const auto record = almost_a_step(gan, set, first_images(16), {scheduler::sweep, 1}, losses);
  std::size_t moved = 0;
  for (std::size_t sample = 0; sample < 16; ++sample) {
    moved += record.discriminator.times_of(sample).back() != record.second_pass.times_of(sample).back();
  }
  CHECK(moved > 8);
  auto other = gan;
  other.discriminator = before;
  auto from_before = record;
  run_second_pass(other, from_before, {scheduler::sweep, 1});
  compute_generator_gradients(other, from_before, losses, 1);
  CHECK(other.generator.gradient.dw[0] != gan.generator.gradient.dw[0]);
}

TEST_CASE("GAN: both networks learn, in every regime, and weights stay finite") {
  const auto set = make_strokes(3, 64, 0);
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    auto gan = make_gan<double>(small_gan(kind.kernel, kind.regime));
    const auto before = gan;
    for (int step = 0; step < 2; ++step) take_step(gan, set, {});
    for (const auto& [now, was] : {std::pair{&gan.generator.net, &before.generator.net},
                                   std::pair{&gan.discriminator.net, &before.discriminator.net}}) {
      for (std::size_t i = 0; i < now->projection_count(); ++i) {
        CHECK_FALSE(std::ranges::equal(now->weights(i), was->weights(i)));
        CHECK(std::ranges::all_of(now->weights(i), [](double w) { return std::isfinite(w); }));
      }
    }
  }
}

// 9 (+ classes) - 4x4x3 - 8x8x1 against 8x8x1 - 3x3x2 - 6 (+ classes) - 2.
gan_options convolutional_gan(synapse_kernel kernel, const std::string& regime) {
  auto o = small_gan(kernel, regime);
  o.conditional = true;
  o.classes = {0, 1, 2};
  o.noise = 9;
  o.rows = o.columns = 8;
  o.generator.layers = "dense 4x4x3 / conv_transpose 1x4 stride 2 padding 1";
  o.discriminator.layers = "conv 2x4 stride 2 / dense 6";
  o.batch = 10;  // more than one block of gradients
  return o;
}

// Images of 8 x 8 at random, a third of the pixels black.
image_set random_images(std::size_t count) {
  image_set set{count, 8, 8, {}, {}};
  random_stream random(51, draw::tests);
  for (std::size_t i = 0; i < 64 * count; ++i) {
    set.pixels.push_back(random.below(3) == 0 ? 0 : static_cast<std::uint8_t>(random.below(256)));
  }
  for (std::size_t i = 0; i < count; ++i) set.labels.push_back(static_cast<std::uint8_t>(i % 3));
  return set;
}

TEST_CASE("GAN: gradients of convolutional conditional networks are the central differences of both losses") {
  auto o = convolutional_gan(synapse_kernel::ramp, "relu");
  o.backward.wake = false;  // which is no derivative
  const auto set = random_images(10);
  const auto images = first_images(10);
  auto gan = make_gan<double>(o);
  random_stream random(52, draw::tests);
  set_weights(gan.generator.net, random);
  set_weights(gan.discriminator.net, random);
  for (auto* net : {&gan.generator.net, &gan.discriminator.net}) {
    for (std::uint32_t p = 0; p < net->projection_count(); ++p) {
      if (net->describe(p).shared || net->weights(p).size() > 500) continue;
      for (auto& w : net->weights(p)) w *= 0.6;
    }
  }
  gan_losses losses;
  // Generated images depend on the generator, the first pass of the discriminator has the images of `recorded`.
  const auto discriminator_loss = [&](const gan_record& recorded) {
    const auto& net = gan.discriminator.net;
    std::vector<double> sources;
    for (std::size_t s = 0; s < recorded.discriminator.samples; ++s) {
      const auto of_sample = recorded.discriminator.times_of(s).first(net.source_count());
      sources.insert(sources.end(), of_sample.begin(), of_sample.end());
    }
    auto again = recorded;
    again.discriminator = simulate(net, sources, {discriminator_run_length(o)});
    compute_discriminator_gradients(gan, again, losses, 1);
    return losses.discriminator;
  };
  const auto generator_loss = [&](const gan_record&) {
    auto again = run_step(gan, set, images, {});
    run_second_pass(gan, again, {});
    compute_generator_gradients(gan, again, losses, 1);
    return losses.generator;
  };
  auto record = run_step(gan, set, images, {});
  run_second_pass(gan, record, {});
  // Small enough that few neurons begin or cease to fire between the two losses.
  constexpr double apart = 1e-6, tolerance = 1e-4;
  const auto compare = [&](learner<double>& l, const auto& loss) {
    loss(record);
    const auto gradient = l.gradient;
    for (std::uint32_t p = 0; p < l.net.projection_count(); ++p) {
      CAPTURE(l.net.populations()[l.net.pre(p)].name);
      const auto w = l.net.weights(p);
      double largest = 0;
      for (const double d : gradient.dw[p]) largest = std::max(largest, std::abs(d));
      CHECK(largest > 0);
      const auto step = std::max<std::size_t>(1, w.size() / 40);
      for (std::size_t k = 0; k < w.size(); k += step) {
        CAPTURE(k);
        const double before = w[k];
        w[k] = before + apart;
        const double above = loss(record);
        w[k] = before - apart;
        const double below = loss(record);
        w[k] = before;
        const double difference = (above - below) / (2 * apart) * static_cast<double>(o.batch);
        CHECK(std::abs(difference - gradient.dw[p][k]) <= tolerance * largest);
      }
    }
  };
  compare(gan.discriminator, discriminator_loss);
  compare(gan.generator, generator_loss);
}

TEST_CASE("GAN: convolutional conditional networks are bit-identical for every thread count and scheduler") {
  const auto set = random_images(10);
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    const auto trained = [&](const run_options& run) {
      auto gan = make_gan<float>(convolutional_gan(kind.kernel, kind.regime));
      for (int step = 0; step < 3; ++step) take_step(gan, set, run);
      auto weights = all_weights(gan.generator.net);
      const auto more = all_weights(gan.discriminator.net);
      weights.insert(weights.end(), more.begin(), more.end());
      return std::pair{gradient_hash(gan), weights};
    };
    const auto expected = trained({scheduler::sweep, 1});
    for (const auto& run : {run_options{scheduler::sweep, 3}, run_options{scheduler::heap, 2},
                            run_options{scheduler::naive, 1}, run_options{scheduler::automatic, 1}}) {
      const auto found = trained(run);
      CHECK(found.first == expected.first);
      CHECK(found.second == expected.second);
    }
  }
}

// The mean image of class 1 minus that of class 0.
std::vector<double> class_difference(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels) {
  const std::size_t size = pixels.size() / labels.size();
  std::vector<double> difference(size);
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto count = static_cast<double>(std::ranges::count(labels, labels[k]));
    const double weight = labels[k] == 1 ? 1 / count : -1 / count;
    for (std::size_t i = 0; i < size; ++i) difference[i] += weight * pixels[k * size + i];
  }
  return difference;
}

// Digits 0 and 1.
image_set two_digits() {
  const auto all = make_strokes(3, 1000);
  image_set set{0, all.rows, all.columns, {}, {}};
  for (std::uint32_t k = 0; k < all.count; ++k) {
    if (all.labels[k] > 1) continue;
    const auto image = image_at(all, k);
    set.pixels.insert(set.pixels.end(), image.begin(), image.end());
    set.labels.push_back(all.labels[k]);
    ++set.count;
  }
  return set;
}

TEST_CASE("GAN: a convolutional conditional GAN learns where images of one class are brighter than those of another") {
  const auto set = two_digits();
  const auto real = class_difference(set.pixels, set.labels);
  auto o = gan_defaults(synapse_kernel::ramp, "relu", true);
  o.classes = {0, 1};
  o.noise = 20;
  o.noise_rate = 0.5;
  o.constraint = "zero_sum";
  o.generator.layers = "dense 7x7x8 / conv_transpose 1x8 stride 4 padding 2";
  o.discriminator.layers = "conv 8x8 stride 4 / dense 30";
  o.discriminator.optimizer.lr = 1e-3;
  o.schedule = rate_schedule::constant;
  auto gan = make_gan<float>(o);
  const auto correlation = [&] {
    constexpr std::uint32_t samples = 40;
    const auto record = generate(gan.generator.net, o, 0, samples, {});
    std::vector<std::uint8_t> pixels, labels;
    for (std::uint32_t s = 0; s < samples; ++s) {
      std::ranges::copy(drawn_pixels(o, record.times_of(s).last(784)), std::back_inserter(pixels));
      labels.push_back(class_of_sample(o, s));
    }
    const auto drawn = class_difference(pixels, labels);
    double product = 0, of_drawn = 0, of_real = 0;
    for (std::size_t i = 0; i < real.size(); ++i) {
      product += drawn[i] * real[i];
      of_drawn += drawn[i] * drawn[i];
      of_real += real[i] * real[i];
    }
    return product / std::sqrt(of_drawn * of_real);
  };
  CHECK(std::abs(correlation()) < 0.2);
  random_stream stream(9, draw::tests);
  for (int step = 0; step < 150; ++step) {
    std::vector<std::uint32_t> images;
    while (images.size() < o.batch) images.push_back(stream.below(static_cast<std::uint32_t>(set.count)));
    gan_losses losses;
    const auto record = almost_a_step(gan, set, images, {}, losses);
    apply_generator_gradients(gan, record, 1);
  }
  CHECK(correlation() > 0.5);
}

TEST_CASE("GAN: outputs that fire together are half correct") {
  auto gan = tiny_gan_with_weights(tiny_gan(false, 2), 1);
  for (std::size_t i = 0; i < gan.discriminator.net.projection_count(); ++i) {
    const auto w = gan.discriminator.net.weights(i);
    for (std::size_t k = 0; k < w.size(); k += 2) w[k + 1] = w[k];
  }
  gan_losses losses;
  const auto record = run_step(gan, six_images, std::vector<std::uint32_t>{0, 1}, {});
  compute_discriminator_gradients(gan, record, losses, 1);
  CHECK(losses.real_correct == 0.5);
  CHECK(losses.fake_correct == 0.5);
}

TEST_CASE("GAN: losses are means over images, with the values of the options, in every regime") {
  const auto set = make_strokes(3, 20, 0);
  const std::vector<std::uint32_t> images{12, 7, 19, 3, 5};
  for (const auto& kind : model_kinds()) {
    for (const auto& loss : all_losses()) {
      CAPTURE(kind.regime);
      CAPTURE(loss.name);
      auto o = small_gan(kind.kernel, kind.regime);
      o.loss = loss.name;
      o.batch = 5;
      o.beta = 17;
      o.gamma = 11;
      o.pull = 0.4;
      o.real_label = 0.7;
      o.generator.hidden = {20, 20};  // the two runs end at different times
      auto gan = make_gan<double>(o);
      gan_losses losses;
      auto record = run_step(gan, set, images, {});
      run_second_pass(gan, record, {});
      record.discriminator.times.back() = never;  // an output of the last real image, and of the last second pass
      record.second_pass.times.back() = never;
      compute_discriminator_gradients(gan, record, losses, 1);
      compute_generator_gradients(gan, record, losses, 1);
      const loss_options numbers{discriminator_run_length(o), 11, 17, 0.4};
      double of_discriminator = 0, of_generator = 0;
      for (std::size_t k = 0; k < 5; ++k) {
        const auto fake = record.discriminator.times_of(k).last(2), real = record.discriminator.times_of(5 + k).last(2);
        of_discriminator += loss.of(fake, 1, numbers).value;
        of_discriminator += 0.7 * loss.of(real, 0, numbers).value + 0.3 * loss.of(real, 1, numbers).value;
        of_generator += loss.of(record.second_pass.times_of(k).last(2), 0, numbers).value;
      }
      CHECK(losses.discriminator == doctest::Approx(of_discriminator / 5).epsilon(1e-12));
      CHECK(losses.generator == doctest::Approx(of_generator / 5).epsilon(1e-12));
    }
  }
}

TEST_CASE("GAN: free pixels outside of the window get only the component that moves them back") {
  auto o = small_gan(synapse_kernel::ramp, "free");
  o.batch = 1;
  auto gan = make_gan<double>(o);
  const auto set = make_strokes(3, 4, 0);
  auto record = run_step(gan, set, std::vector<std::uint32_t>{2}, {});
  // Pixels before, at either end of, within and after the window, as if the generator had drawn them.
  const auto first = gan.generator.net.first_id(gan.generator.layers.back().population);
  for (std::size_t i = 0; i < 784; ++i) {
    const double times[] = {o.window_open - 3, o.window_open, o.window_open + 9, o.window_open + o.t_in,
                            o.window_open + o.t_in + 5};
    record.generator.times[first + i] = times[i % 5];
  }
  run_second_pass(gan, record, {});
  const auto heard = record.second_pass.times_of(0);
  const auto outputs = gan.discriminator.outputs(heard);
  const auto dl_dt =
      plain::cross_entropy_of({std::min(outputs[0], o.t_max), std::min(outputs[1], o.t_max)}, {1, 0}, o.beta);
  const auto& d = gan.discriminator;
  auto of_image =
      backprop<double>(rule_called(o.rule), d.net, d.layers, heard, dl_dt.dl_dt, d.options.backward, nullptr);
  std::set<std::pair<std::size_t, bool>> seen;
  for (std::size_t i = 0; i < 784; ++i) {
    if (of_image[i] != 0) seen.insert({i % 5, of_image[i] > 0});
    if ((i % 5 == 0 && of_image[i] > 0) || (i % 5 == 4 && of_image[i] < 0)) of_image[i] = 0;
  }
  CHECK(seen.size() == 10);  // both signs in all five places
  gradients<double> expected(gan.generator.net);
  const auto& g = gan.generator;
  backprop<double>(rule_called(o.rule), g.net, g.layers, record.generator.times_of(0), of_image, g.options.backward,
                   &expected);
  gan_losses losses;
  compute_generator_gradients(gan, record, losses, 1);
  CHECK(plain::largest_difference(flat(gan.generator.gradient), flat(expected)) < 1e-9);
}

TEST_CASE("GAN: an unlabelled set is refused where the GAN is conditional") {
  auto o = small_gan(synapse_kernel::ramp, "relu");
  auto set = make_strokes(3, 16, 0);
  set.labels.clear();
  CHECK_NOTHROW(run_step(make_gan<double>(o), set, first_images(16), {}));
  o.conditional = true;
  CHECK_THROWS_WITH(run_step(make_gan<double>(o), set, first_images(16), {}),
                    "a conditional GAN needs images with labels");
}

TEST_CASE("GAN: networks and records that do not fit are refused with the required sizes") {
  auto o = small_gan(synapse_kernel::ramp, "relu");
  const auto gan = make_gan<double>(o);
  const auto refused = [](const gan_options& options, const auto& of) {
    return refusal([&] { make_gan<double>(options, of.generator.net, of.discriminator.net); });
  };
  CHECK(refused(o, gan).empty());
  auto more_noise = o, more_rows = o, conditional = o;
  more_noise.noise = 21;
  more_rows.rows = 29;
  conditional.conditional = true;
  CHECK(refused(more_noise, gan) == "generator: 20 -> 784 neurons, needed: 21 -> 784");
  CHECK(refused(more_rows, gan) == "generator: 20 -> 784 neurons, needed: 20 -> 812");
  CHECK(refused(conditional, gan) == "generator: 20 -> 784 neurons, needed: 30 -> 784");
  CHECK(refusal([&] { make_gan<double>(o, gan.generator.net, gan.generator.net); }) ==
        "discriminator: 20 -> 784 neurons, needed: 784 -> 2");
  auto copy = gan;
  gan_losses losses;
  const auto record = run_step(gan, make_strokes(3, 16, 0), first_images(16), {});
  CHECK(refusal([&] { compute_generator_gradients(copy, record, losses, 1); }) ==
        "record: 16 generated images and 0 runs of the discriminator, needed: 16 runs, batches up to 16");
  CHECK(refusal([&] { compute_discriminator_gradients(copy, record, losses, 1); }).empty());
}

TEST_CASE("GAN: options out of range are refused, with networks of its own and with given ones") {
  auto o = small_gan(synapse_kernel::ramp, "relu");
  const auto gan = make_gan<double>(o);
  o.beta = 0;
  CHECK(refusal([&] { make_gan<double>(o); }).starts_with("beta = 0"));
  CHECK(refusal([&] { make_gan<double>(o, gan.generator.net, gan.discriminator.net); }).starts_with("beta = 0"));
  o = small_gan(synapse_kernel::ramp, "relu");
  o.discriminator.hidden = {0};
  CHECK(refusal([&] { make_gan<double>(o); }).starts_with("hidden: a layer of 0 neurons"));
}

TEST_CASE("GAN: records of more images than a batch, of none, or with runs missing are refused") {
  auto o = small_gan(synapse_kernel::ramp, "relu");
  o.batch = 8;
  auto gan = make_gan<double>(o);
  const auto set = make_strokes(3, 16, 0);
  gan_losses losses;
  const auto refused = [&](const gan_record& record) {
    return std::pair{refusal([&] { compute_discriminator_gradients(gan, record, losses, 1); }),
                     refusal([&] { compute_generator_gradients(gan, record, losses, 1); })};
  };
  auto record = run_step(gan, set, first_images(8), {});
  run_second_pass(gan, record, {});
  CHECK(refused(record) == std::pair<std::string, std::string>{});
  const auto second = record.second_pass;
  record.second_pass = {};
  CHECK(refused(record).first.empty());
  CHECK(refused(record).second.starts_with("record: 8 generated images and 0 runs"));
  std::swap(record.discriminator, record.second_pass);
  record.discriminator = second;
  CHECK(refused(record).first ==
        "record: 8 generated images and 8 runs of the discriminator, needed: 16 runs, batches up to 8");
  CHECK(refused(record).second.starts_with("record: 8 generated images and 16 runs of the discriminator, needed: 8 r"));
  record = run_step(gan, set, first_images(9), {});
  run_second_pass(gan, record, {});
  CHECK(refused(record).first.starts_with("record: 9 generated images and 18 runs"));
  CHECK(refused(record).second.starts_with("record: 9 generated images and 9 runs"));
  CHECK(refused(gan_record{}).first.starts_with("record: 0 generated images"));
  CHECK(refused(gan_record{}).second.starts_with("record: 0 generated images"));
}

TEST_CASE("GAN: an update divides by the images of its record, also if they are fewer than the batch") {
  auto o = tiny_gan(false, 2);
  o.generator.optimizer = {update_rule::sgd, 0.05, 0};
  o.discriminator.optimizer = {update_rule::sgd, 0.03, 0};
  auto full = tiny_gan_with_weights(o, 3);
  o.batch = 4;
  auto part = tiny_gan_with_weights(o, 3);
  const auto before = all_weights(full.generator.net);
  gan_losses losses;
  for (auto* gan : {&full, &part}) {
    const auto record = almost_a_step(*gan, six_images, first_images(2), {}, losses);
    apply_generator_gradients(*gan, record, 1);
  }
  CHECK(all_weights(full.generator.net) != before);
  CHECK(all_weights(part.generator.net) == all_weights(full.generator.net));
  CHECK(all_weights(part.discriminator.net) == all_weights(full.discriminator.net));
}

TEST_CASE("GAN: the generator's first weights come from the seed, the discriminator's from the next one") {
  auto o = small_gan(synapse_kernel::ramp, "relu");
  o.seed = 41;
  const auto gan = make_gan<double>(o);
  const auto& r = regime_called("relu");
  CHECK(all_weights(gan.generator.net) ==
        all_weights(make_chain<double>("noise", 20, synapse_kernel::ramp, r, generator_plan(o), 41)));
  CHECK(all_weights(gan.discriminator.net) ==
        all_weights(make_chain<double>("input", 784, synapse_kernel::ramp, r, discriminator_plan(o), 42)));
  CHECK(all_weights(gan.average) == all_weights(gan.generator.net));
}

TEST_CASE("GAN: the generator's weights from the noise are constrained from the start, those from the class are not") {
  auto o = small_gan(synapse_kernel::step, "binary");
  o.conditional = true;
  o.constraint = "none";
  const auto free = make_gan<double>(o);
  o.constraint = "zero_sum";
  const auto constrained = make_gan<double>(o);
  const auto hidden = o.generator.hidden[0];
  const auto w = constrained.generator.net.weights(0), was = free.generator.net.weights(0);
  for (std::size_t j = 0; j < hidden; ++j) {
    double sum = 0, sum_before = 0;
    for (std::size_t i = 0; i < o.noise; ++i) {
      sum += w[i * hidden + j];
      sum_before += was[i * hidden + j];
    }
    CHECK(std::abs(sum) < 1e-12);
    CHECK(std::abs(sum_before) > 1e-6);
  }
  CHECK(std::ranges::equal(w.subspan(o.noise * hidden), was.subspan(o.noise * hidden)));
  CHECK(all_weights(constrained.discriminator.net) == all_weights(free.discriminator.net));
  CHECK(constrained.generator.options.constrained_inputs == o.noise);
  CHECK(constrained.discriminator.options.constrained_inputs == 0);
}

TEST_CASE("GAN: the hash of gradients depends on both networks'") {
  auto gan = make_gan<double>(small_gan(synapse_kernel::ramp, "relu"));
  const auto zero = gradient_hash(gan);
  gan.generator.gradient.row(0, 0)[0] = 1;
  const auto one = gradient_hash(gan);
  gan.discriminator.gradient.row(0, 0)[0] = 1;
  const auto both = gradient_hash(gan);
  CHECK(std::set<std::string>{zero, one, both}.size() == 3);
  CHECK(both == gradient_hash(gan.generator.gradient) + gradient_hash(gan.discriminator.gradient));
  gan.generator.gradient.row(0, 0)[0] = 2;
  CHECK(gradient_hash(gan).substr(0, 16) != both.substr(0, 16));
  CHECK(gradient_hash(gan).substr(16) == both.substr(16));
}

TEST_CASE("GAN: samples depend on their numbers, not on the requested range") {
  for (const auto& kind : model_kinds()) {
    auto o = small_gan(kind.kernel, kind.regime);
    o.conditional = true;
    o.generator.hidden = {30, 20, 10};  // a longer run than the discriminator's, where the regime decides
    const auto gan = make_gan<float>(o);
    const auto all = generate(gan.generator.net, o, 0, 6, {});
    const auto part = generate(gan.generator.net, o, 4, 2, {scheduler::sweep, 2});
    CHECK(std::ranges::equal(part.times_of(0), all.times_of(4)));
    CHECK(std::ranges::equal(part.times_of(1), all.times_of(5)));
    CHECK(std::ranges::equal(all.times_of(5).first(30), sample_sources(o, 5)));
    CHECK_FALSE(std::ranges::equal(all.times_of(4), all.times_of(5)));
    const auto expected = simulate(gan.generator.net, sample_sources(o, 5), {generator_run_length(o)});
    CHECK(std::ranges::equal(all.times_of(5), expected.times));
  }
}
