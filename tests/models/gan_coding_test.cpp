// Inputs and outputs of a GAN's networks, and their random numbers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/distortion.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

using times_type = std::vector<double>;
constexpr auto x = never;

gan_options with_window(const char* regime, double t_in) {
  auto o = gan_defaults(synapse_kernel::ramp, regime);
  o.t_in = t_in;
  o.noise_rate = 1;
  o.delay = 0;
  o.t_max = 1024;
  o.window_open = 300;
  o.generator.hidden = {400};
  return o;
}

}  // namespace

TEST_CASE("GAN coding: the image is read in the window of the generator's last layer") {
  CHECK(image_opens(with_window("free", 64)) == 300);
  auto o = with_window("relu", 64);
  CHECK(image_opens(o) == 128);
  o.generator.hidden = {40, 30, 20};
  o.delay = 1;
  CHECK(image_opens(o) == 4 * 65);
  auto b = gan_defaults(synapse_kernel::step, "binary");
  b.t_in = 64;
  b.delay = 1;
  b.generator.hidden = {400};
  CHECK(image_opens(b) == 34);
}

TEST_CASE("GAN coding: a pixel's time in the discriminator is relative to the start of the image window") {
  const auto free = with_window("free", 256);
  const times_type times{290, 300, 428, 555.5, 556, 700, x};
  CHECK(discriminator_input(free, image_opens(free), times) == times_type{0, 0, 128, 255.5, 256, 256, 256});
  CHECK(drawn_pixels(free, times) == std::vector<std::uint8_t>{255, 255, 127, 0, 0, 0, 0});
  const auto relu = with_window("relu", 64);
  CHECK(discriminator_input(relu, image_opens(relu), times_type{128, 129.5, 191.5, 192, x}) ==
        times_type{0, 1.5, 63.5, x, x});
}

TEST_CASE("GAN coding: an image at an earlier time lacks the pixels that fire later") {
  const auto o = with_window("free", 256);
  const times_type times{300, 428, 500};
  CHECK(drawn_pixels(o, times, 428) == std::vector<std::uint8_t>{255, 127, 0});
  CHECK(drawn_pixels(o, times, 299) == std::vector<std::uint8_t>{0, 0, 0});
  CHECK(drawn_pixels(o, times, never) == drawn_pixels(o, times));
}

TEST_CASE("GAN coding: black fires at t_in with free neurons and never in other regimes") {
  CHECK(black_time(with_window("free", 64)) == 64);
  CHECK(black_time(with_window("relu", 64)) == never);
  CHECK(black_time(gan_defaults(synapse_kernel::step, "binary")) == never);
}

TEST_CASE("GAN coding: a real pixel lies within the time of its grey level, for step at its code") {
  const std::vector<std::uint8_t> pixels{0, 255, 128, 1};
  for (std::uint64_t step = 0; step < 200; ++step) {
    const auto times = real_times(with_window("relu", 51), pixels, step, 2);
    CHECK(times[0] == never);
    CHECK((times[1] >= 0 && times[1] < 0.2));
    CHECK((times[2] >= 127 * 0.2 && times[2] < 128 * 0.2));
    CHECK((times[3] >= 254 * 0.2 && times[3] < 51));
    CHECK(real_times(with_window("free", 51), pixels, step, 2)[0] == 51);
  }
  auto o = gan_defaults(synapse_kernel::step, "binary");
  o.t_in = 64;
  CHECK(real_times(o, pixels, 5, 2) == times_type{never, 0, encode_pixel(128, 64), encode_pixel(1, 64)});
  o = gan_defaults(synapse_kernel::step, "free");
  CHECK(real_times(o, pixels, 5, 2) == times_type{o.t_in, 0, encode_pixel(128, o.t_in), encode_pixel(1, o.t_in)});
}

TEST_CASE("GAN coding: decoding a dequantised image gives the image") {
  const auto o = with_window("relu", 64);
  std::vector<std::uint8_t> pixels;
  for (int p = 0; p < 256; ++p) pixels.push_back(static_cast<std::uint8_t>(p));
  auto times = real_times(o, pixels, 1, 1);
  for (double& t : times) t += image_opens(o);
  const auto drawn = drawn_pixels(o, times);
  // The distribution extends to the time of the next darker level.
  for (int p = 0; p < 256; ++p) CHECK((drawn[p] == p || drawn[p] + 1 == p));
}

TEST_CASE("GAN coding: dequantisation differs for every step, sample, seed and pixel, and is the same for the same") {
  auto o = with_window("relu", 64);
  const std::vector<std::uint8_t> pixels(8, 100);
  const auto times = real_times(o, pixels, 3, 2);
  CHECK(real_times(o, pixels, 3, 2) == times);
  CHECK(times[0] != times[1]);
  CHECK(real_times(o, pixels, 4, 2)[0] != times[0]);
  CHECK(real_times(o, pixels, 3, 1)[0] != times[0]);
  CHECK(real_times(o, pixels, 2, 3)[0] != times[0]);
  ++o.seed;
  CHECK(real_times(o, pixels, 3, 2)[0] != times[0]);
}

TEST_CASE("GAN coding: noise differs for every purpose, step, sample, seed and neuron, and is the same for the same") {
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    auto o = gan_defaults(kernel, default_gan_regime(kernel));
    o.noise_rate = 1;
    const auto times = noise_times(o, draw::noise, 3, 2);
    CHECK(times.size() == o.noise);
    CHECK(noise_times(o, draw::noise, 3, 2) == times);
    CHECK(noise_times(o, draw::samples, 3, 2) != times);
    CHECK(noise_times(o, draw::noise, 4, 2) != times);
    CHECK(noise_times(o, draw::noise, 3, 1) != times);
    CHECK(noise_times(o, draw::noise, 2, 3) != times);
    CHECK(times[0] != times[1]);
    ++o.seed;
    CHECK(noise_times(o, draw::noise, 3, 2) != times);
  }
}

TEST_CASE("GAN coding: the first numbers come from the streams of (seed, purpose, step, sample)") {
  const auto o = with_window("relu", 64);
  random_stream noise(o.seed, draw::noise, 3, 2), grey(o.seed, draw::dequantisation, 3, 2);
  CHECK(noise_times(o, draw::noise, 3, 2)[0] == noise.uniform() * 64);
  CHECK(real_times(o, std::vector<std::uint8_t>{100}, 3, 2)[0] == (155 + grey.uniform()) * 64 / 255);
}

TEST_CASE("GAN coding: noise is uniform over the part of the code that counts, whole numbers for step") {
  for (const auto& kind : model_kinds()) {
    const bool step = kind.kernel == synapse_kernel::step;
    auto o = gan_defaults(kind.kernel, kind.regime);
    o.noise = 10000;
    o.noise_rate = 1;
    o.t_in = 64;
    const double end = o.regime == "binary" ? 32 : 64;
    const auto times = noise_times(o, draw::noise, 0, 0);
    std::vector<int> quarters(4);
    for (const double t : times) {
      REQUIRE((t >= 0 && t < end));
      CHECK((!step || t == std::floor(t)));
      ++quarters[static_cast<std::size_t>(4 * t / end)];
    }
    for (const int n : quarters) CHECK((n > 2500 - 220 && n < 2500 + 220));  // five deviations
    CHECK(std::ranges::any_of(times, [](double t) { return t != std::floor(t); }) != step);
  }
}

TEST_CASE("GAN coding: each noise neuron fires with the probability noise_rate, independent of its time") {
  for (const auto& kind : model_kinds()) {
    auto o = gan_defaults(kind.kernel, kind.regime);
    o.noise = 10000;
    o.noise_rate = 0.25;
    const auto some = noise_times(o, draw::noise, 0, 0);
    const auto fired = 10000 - std::ranges::count(some, never);
    CHECK((fired > 2500 - 220 && fired < 2500 + 220));  // five deviations
    o.noise_rate = 1;
    const auto all = noise_times(o, draw::noise, 0, 0);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK((some[i] == never || some[i] == all[i]));
  }
}

TEST_CASE("GAN coding: a noise neuron has two numbers, time and chance; a chance of exactly the rate is silence") {
  for (const auto& kind : model_kinds()) {
    auto o = gan_defaults(kind.kernel, kind.regime);
    o.noise = 50;
    o.t_in = 90;
    o.seed = (std::uint64_t{5} << 32) + 3;
    const std::uint64_t step = (std::uint64_t{2} << 32) + 8;
    std::vector<double> chances;
    random_stream first(o.seed, draw::noise, step, 6);
    for (std::uint32_t i = 0; i < 50; ++i) {
      first.uniform();
      chances.push_back(first.uniform());
    }
    o.noise_rate = chances[20];
    random_stream stream(o.seed, draw::noise, step, 6);
    times_type expected;
    for (std::uint32_t i = 0; i < 50; ++i) {
      const double t = stream.uniform() * (o.regime == "binary" ? 45 : 90);
      const bool fires = stream.uniform() < chances[20];
      expected.push_back(!fires ? never : kind.kernel == synapse_kernel::step ? std::floor(t) : t);
    }
    CHECK(expected[20] == never);
    CHECK(noise_times(o, draw::noise, step, 6) == expected);
  }
}

TEST_CASE("GAN coding: each pixel of a ramp image that is not black takes one number of its stream, in order") {
  auto o = with_window("relu", 51);
  o.seed = 77;
  random_stream stream(77, draw::dequantisation, 12, 4);
  const double a = stream.uniform(), b = stream.uniform(), c = stream.uniform();
  const std::vector<std::uint8_t> pixels{0, 255, 0, 100, 1};
  const auto times = real_times(o, pixels, 12, 4);
  const times_type expected{never, a * 51 / 255, never, (155 + b) * 51 / 255, (254 + c) * 51 / 255};
  for (std::size_t i = 0; i < 5; ++i) CHECK((times[i] == expected[i] || times[i] == doctest::Approx(expected[i])));
}

TEST_CASE("GAN coding: real images of a training step are distorted, coded and then shifted; what enters is black") {
  const auto set = make_strokes(3, 12, 0);
  const std::vector<std::uint32_t> images{7, 2, 11, 2, 5, 6, 1, 0};
  for (const char* regime : {"relu", "free"}) {
    auto o = with_window(regime, 64);
    std::vector<double> expected;
    for (std::uint32_t k = 0; k < images.size(); ++k) {
      std::ranges::copy(real_times(o, image_at(set, images[k]), 9, k), std::back_inserter(expected));
    }
    CHECK(real_times(o, set, images, 9) == expected);

    o.shift = 3;
    o.shift_share = 0.75;
    o.distort = {20, 0.1, 0.2, 1, 0.9};
    const auto shifted = real_times(o, set, images, 9);
    CHECK(shifted != expected);
    expected.clear();
    for (std::uint32_t k = 0; k < images.size(); ++k) {
      const auto pixels = distorted(image_at(set, images[k]), 28, 28, o.distort, o.seed, 9, k);
      std::ranges::copy(real_times(o, pixels, 9, k), std::back_inserter(expected));
    }
    CHECK(shifted != expected);
    shift_images(expected, 28, 28, 3, 0.75, o.seed, 9);
    for (auto& t : expected) t = t == never ? black_time(o) : t;
    CHECK(shifted == expected);
    CHECK(real_times(o, set, images, 10) != shifted);
  }
}

TEST_CASE("GAN coding: dithered pixels fire in the first half with a probability that is their grey level") {
  auto o = gan_defaults(synapse_kernel::step, "binary");
  o.dither = 0.5;
  const times_type image{0, 0.25 * o.t_in, 0.5 * o.t_in, 0.75 * o.t_in, 0.999999 * o.t_in, x};
  std::vector<double> counted(image.size());
  constexpr int draws = 4000;
  for (std::uint32_t place = 0; place < draws; ++place) {
    auto times = image;
    add_dither(o, times, 5, place);
    for (std::size_t i = 0; i < image.size(); ++i) {
      CHECK((times[i] == never || (times[i] >= 0 && times[i] < o.t_in)));
      counted[i] += times[i] < o.t_in / 2 ? 1.0 / draws : 0;
    }
  }
  const std::vector<double> grey{1, 0.75, 0.5, 0.25, 0, 0};
  for (std::size_t i = 0; i < grey.size(); ++i) {  // four standard deviations
    CHECK(counted[i] == doctest::Approx(grey[i]).epsilon(0.03));
  }
}

TEST_CASE("GAN coding: dither moves each pixel by its number of the stream of (seed, purpose, step, place)") {
  for (const char* regime : {"relu", "binary"}) {
    auto o = gan_defaults(regime == std::string("relu") ? synapse_kernel::ramp : synapse_kernel::step, regime);
    o.t_in = 100;
    o.dither = 0.2;
    times_type times{50, x, 99, 1, 50};
    add_dither(o, times, 7, 3);
    random_stream stream(o.seed, draw::dither, 7, 3);
    const auto moved = [&](double t) { return t + (2 * stream.uniform() - 1) * 20; };
    const double a = moved(50), b = moved(99), c = moved(1), d = moved(50);
    CHECK(times == times_type{a, x, b < 100 ? b : x, std::max(c, 0.0), d});
    times_type others{50, x, 99, 1, 50};
    add_dither(o, others, 7, 4);
    CHECK(others != times);
  }
}

TEST_CASE("GAN coding: a class is one source at 0 among black ones, and only where the GAN is conditional") {
  for (const char* regime : {"free", "relu"}) {
    auto o = with_window(regime, 64);
    o.noise = 2;
    CHECK(sample_sources(o, 0).size() == 2);
    CHECK(generator_sources(o) == 2);
    CHECK(discriminator_sources(o) == 784);
    o.conditional = true;
    const auto sources = sample_sources(o, 13);
    CHECK(sources.size() == 12);
    CHECK(generator_sources(o) == 12);
    CHECK(discriminator_sources(o) == 794);
    for (std::size_t k = 0; k < 10; ++k) CHECK(sources[2 + k] == (k == 3 ? 0 : black_time(o)));
    CHECK(sample_sources(o, 13, 7)[2 + 7] == 0);
    CHECK(sample_sources(o, 13, 7)[2 + 3] == black_time(o));
    CHECK(std::equal(sources.begin(), sources.begin() + 2, sample_sources(o, 13, 7).begin()));
  }
}

TEST_CASE("GAN coding: samples have noise of their own, keyed by seed and number") {
  auto o = with_window("relu", 64);
  CHECK(sample_sources(o, 13) == noise_times(o, draw::samples, 0, 13));
  CHECK(sample_sources(o, 13) != sample_sources(o, 14));
  const auto before = sample_sources(o, 13);
  ++o.seed;
  CHECK(sample_sources(o, 13) != before);
}

TEST_CASE("GAN coding: interpolation between two noises is linear, whole numbers for step; silence is t_in") {
  auto ramp = with_window("relu", 128), step = gan_defaults(synapse_kernel::step, "binary");
  step.t_in = 128;
  const times_type a{0, 100, x}, b{10, 51, 28};
  CHECK(sources_between(ramp, a, b, 0.25) == times_type{2.5, 87.75, 103});
  CHECK(sources_between(step, a, b, 0.25) == times_type{2, 87, 103});
  for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
    auto free = gan_defaults(kernel, "free");
    free.t_in = 128;
    CHECK(sources_between(free, a, b, 0.25) ==
          (kernel == synapse_kernel::step ? times_type{2, 87, 103} : times_type{2.5, 87.75, 103}));
  }
  CHECK(sources_between(ramp, a, b, 0) == times_type{0, 100, 128});
  CHECK(sources_between(ramp, a, b, 1) == b);
}
