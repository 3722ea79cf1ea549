// What a GAN's networks are fed and what is read from them, and what its training keeps.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "models/gan.hpp"
#include "models/gan_coding.hpp"
#include "models/strokes.hpp"
#include "tests/gan_training.hpp"

using namespace firstspike;

TEST_CASE("GAN: a black pixel of a real image is seen at t_in, a white one in the first step") {
  const auto o = gan_defaults(synapse_kernel::ramp);
  const std::vector<std::uint8_t> pixels{0, 255, 128};
  const auto times = real_times(o, pixels, 5, 2);
  CHECK(times[0] == 256);
  CHECK((times[1] >= 0 && times[1] < 1));
  CHECK((times[2] >= 127 && times[2] < 128));
  CHECK(real_times(gan_defaults(synapse_kernel::step), pixels, 5, 2) == std::vector<double>{256, 0, 127});
}

TEST_CASE("GAN: a generated pixel is read in the window of the generator's clock") {
  auto o = gan_defaults(synapse_kernel::ramp);
  o.window_open = 300;
  const std::vector<double> times{290, 300, 428, 556, 700, never};
  CHECK(seen_times(o, times) == std::vector<double>{0, 0, 128, 256, 256, 256});
  CHECK(drawn_pixels(o, times) == std::vector<std::uint8_t>{255, 255, 127, 0, 0, 0});
}

TEST_CASE("GAN: an image stopped on its way lacks the pixels that fire later") {
  auto o = gan_defaults(synapse_kernel::ramp);
  o.window_open = 300;
  const std::vector<double> times{300, 428, 500};
  CHECK(drawn_pixels(o, times, 428) == std::vector<std::uint8_t>{255, 127, 0});
  CHECK(drawn_pixels(o, times, 299) == std::vector<std::uint8_t>{0, 0, 0});
  CHECK(drawn_pixels(o, times, never) == drawn_pixels(o, times));
}

TEST_CASE("GAN: a class is told by one early source among late ones, and only where the GAN is conditional") {
  auto o = gan_defaults(synapse_kernel::ramp);
  o.noise = 2;
  CHECK(sample_sources(o, 0).size() == 2);
  o.conditional = true;
  const auto sources = sample_sources(o, 13);
  CHECK(sources.size() == generator_sources(o));
  for (std::size_t k = 0; k < 10; ++k) CHECK(sources[2 + k] == (k == 3 ? 0 : 256));
  CHECK(sample_sources(o, 13, 7)[2 + 7] == 0);
  CHECK(std::equal(sources.begin(), sources.begin() + 2, sample_sources(o, 13, 7).begin()));
}

TEST_CASE("GAN: between two noises lie their times in proportion, whole numbers for step") {
  const std::vector<double> a{0, 100}, b{10, 51};
  CHECK(sources_between(gan_defaults(synapse_kernel::ramp), a, b, 0.25) == std::vector<double>{2.5, 87.75});
  CHECK(sources_between(gan_defaults(synapse_kernel::step), a, b, 0.25) == std::vector<double>{2, 87});
  CHECK(sources_between(gan_defaults(synapse_kernel::ramp), a, b, 0) == a);
}

TEST_CASE("GAN: a gated hidden neuron fires as its gate opens or later, and about half of them do at first") {
  const auto o = gan_defaults(synapse_kernel::ramp);
  const auto g = make_gan<double>(o);
  const auto record = generate(g.generator, o, 0, 20, {});
  const auto first = g.generator.first_id(g.generator_layers[0].population);
  std::size_t at_gate = 0;
  for (std::size_t sample = 0; sample < 20; ++sample) {
    for (std::uint32_t h = 0; h < 400; ++h) {
      const double t = record.times_of(sample)[first + h];
      CHECK(t >= o.generator_gate);
      at_gate += t == o.generator_gate;
    }
  }
  CHECK((at_gate > 20 * 120 && at_gate < 20 * 280));  // of 8,000: a coin each, give or take the bias of 400 neurons
}

namespace {

// [post] firing times of a layer by the rectifier's formula: it rests when its inputs do, at `rests` of `l`.
std::vector<double> rectified(const network<double>& net, const layer& l, std::span<const double> times) {
  const auto& post = net.populations()[l.population];
  std::vector<double> t(post.v_th);  // slope 1
  const auto add = [&](std::uint32_t projection, std::uint32_t pre) {
    const double arrival = times[net.first_id(net.pre(projection)) + pre];
    for (std::uint32_t j = 0; j < post.size; ++j) t[j] += net.weights(projection)[pre * post.size + j] * arrival;
  };
  for (std::uint32_t i = 0; i < net.populations()[l.pre].size; ++i) add(l.weights, i);
  for (const auto r : l.references) add(r, 0);
  for (double& time : t) time = std::max(time, post.t_open);
  return t;
}

}  // namespace

TEST_CASE("GAN: gated ramp networks are rectifier networks, term by term") {
  const auto g = make_gan<double>(small_gan(synapse_kernel::ramp));
  const auto set = make_strokes(3, 64, 0);
  const auto record = run_step(g, set, first_images(16), {schedule::heap, 1});
  std::size_t gated = 0, fired = 0;
  const auto compare = [&](const network<double>& net, const std::vector<layer>& layers, const spike_record& spikes) {
    for (std::size_t sample = 0; sample < spikes.samples; ++sample) {
      const auto times = spikes.times_of(sample);
      for (const auto& l : layers) {
        const auto expected = rectified(net, l, times);
        for (std::uint32_t j = 0; j < expected.size(); ++j) {
          const double t = times[net.first_id(l.population) + j];
          CHECK(t == doctest::Approx(expected[j]).epsilon(1e-12));  // a few hundred roundings of numbers below 2,000
          ++fired;
          gated += t == net.populations()[l.population].t_open;
        }
      }
    }
  };
  compare(g.generator, g.generator_layers, record.generator);
  compare(g.discriminator, g.discriminator_layers, record.discriminator);
  CHECK(fired == 16 * (30 + 784) + 32 * (30 + 2));
  CHECK((gated > 300 && gated < 1200));  // about half of 1,440 hidden neurons' spikes
}

TEST_CASE("GAN: the running mean of the weights is followed by hand") {
  auto o = small_gan(synapse_kernel::ramp);
  o.average = 0.5;
  auto g = make_gan<double>(o);
  CHECK(g.average.weights(0)[5] == g.generator.weights(0)[5]);
  const auto set = make_strokes(3, 64, 0);
  double mean = g.generator.weights(0)[5];
  for (int step = 1; step <= 12; ++step) {
    take_step(g, set, {schedule::sweep, 1});
    const double keep = std::min(0.5, step / (10.0 + step));
    mean = g.generator.weights(0)[5] + keep * (mean - g.generator.weights(0)[5]);
    CHECK(g.average.weights(0)[5] == mean);
  }
  CHECK(mean != g.generator.weights(0)[5]);
}

TEST_CASE("GAN: the generator learns from a discriminator that has learnt from the same images") {
  auto g = make_gan<double>(small_gan(synapse_kernel::ramp));
  const auto set = make_strokes(3, 64, 0);
  const auto before = g.discriminator;
  const auto record = almost_a_step(g, set, {schedule::sweep, 1});
  REQUIRE(record.second_look.samples == 16);
  std::size_t moved = 0;
  for (std::size_t sample = 0; sample < 16; ++sample) {
    const auto first = record.discriminator.times_of(sample), second = record.second_look.times_of(sample);
    CHECK(std::equal(first.begin(), first.begin() + 784, second.begin()));  // the same images
    moved += first.back() != second.back();
  }
  CHECK(moved == 16);
  auto other = g;
  other.discriminator = before;
  gan_losses losses;
  auto seen_before = record;
  look_again(other, seen_before, {schedule::sweep, 1});
  learn_generator(other, seen_before, losses, 1);
  CHECK(other.generator_blocks[0].dw[0] != g.generator_blocks[0].dw[0]);
}

TEST_CASE("GAN: a network without reference neurons is refused where slopes are to be held") {
  auto free = small_gan(synapse_kernel::ramp);
  free.generator_gate = free.discriminator_gate = 0;
  const auto g = make_gan<double>(free);
  CHECK_NOTHROW(make_gan<double>(free, g.generator, g.discriminator));
  CHECK_THROWS_WITH(make_gan<double>(small_gan(synapse_kernel::ramp), g.generator, g.discriminator),
                    "population hidden has no reference neuron, needed with gate = 512: one");
  auto plain = small_gan(synapse_kernel::step);
  plain.gate_width = 0;
  const auto s = make_gan<double>(plain);
  CHECK_THROWS_WITH(make_gan<double>(small_gan(synapse_kernel::step), s.generator, s.discriminator),
                    "population hidden has no reference neuron, needed with gate_width = 0.3: one");
}

TEST_CASE("GAN: an unlabelled set is refused where classes are to be told") {
  auto o = small_gan(synapse_kernel::ramp);
  o.conditional = true;
  auto g = make_gan<double>(o);
  auto set = make_strokes(3, 64, 0);
  almost_a_step(g, set, {});
  CHECK(std::ranges::any_of(g.generator_blocks[0].dw[0], [](double d) { return d != 0; }));
  set.labels.clear();
  CHECK_THROWS_WITH(run_step(g, set, first_images(16), {}), "a conditional GAN needs images with labels");
}
