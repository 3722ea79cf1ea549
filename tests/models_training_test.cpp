// Training steps: what they depend on, and what they must not.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/classifier.hpp"
#include "models/gan.hpp"
#include "models/optimizer.hpp"
#include "models/strokes.hpp"
#include "tests/gan_training.hpp"

using namespace firstspike;

namespace {

template <class Real>
std::vector<Real> all_weights(const network<Real>& net) {
  std::vector<Real> all;
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    all.insert(all.end(), net.weights(i).begin(), net.weights(i).end());
  }
  return all;
}

template <class Real>
std::vector<Real> weights_after(synapse_kernel kernel, class_loss loss, std::size_t batch, const run_options& run) {
  auto options = classifier_defaults(kernel, loss);
  options.hidden = {40};
  options.batch = batch;
  options.schedule_steps = 12;
  const auto set = make_strokes(3, 96, 0);
  auto c = make_classifier<Real>(options, 784);
  const auto order = epoch_order(first_images(96), options.seed, 0);
  for (std::size_t step = 0; step < steps_per_epoch(options, order.size()); ++step) {
    const auto images = images_of_step(options, order, c.step);
    std::vector<std::uint8_t> labels;
    for (const auto image : images) labels.push_back(set.labels[image]);
    const auto record = run_step(c, set, images, run);
    learn(c, record, labels, run.threads);
    apply(c, record, run.threads);
  }
  return all_weights(c.net);
}

template <class Real>
std::vector<Real> gan_weights_after(synapse_kernel kernel, int steps, const run_options& run) {
  const auto set = make_strokes(3, 64, 0);
  auto g = make_gan<Real>(small_gan(kernel));
  for (int step = 0; step < steps; ++step) take_step(g, set, run);
  auto all = all_weights(g.generator);
  const auto more = all_weights(g.discriminator);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("classifier: neither schedule nor threads change a weight") {
  const auto step = weights_after<float>(synapse_kernel::step, class_loss::s4nn, 1, {schedule::sweep, 1});
  CHECK(weights_after<float>(synapse_kernel::step, class_loss::s4nn, 1, {schedule::heap, 2}) == step);
  const auto early = weights_after<float>(synapse_kernel::step, class_loss::aggressive, 32, {schedule::sweep, 1});
  CHECK(weights_after<float>(synapse_kernel::step, class_loss::aggressive, 32, {schedule::heap, 2}) == early);
  const auto ramp = weights_after<double>(synapse_kernel::ramp, class_loss::xent, 32, {schedule::sweep, 1});
  CHECK(weights_after<double>(synapse_kernel::ramp, class_loss::xent, 32, {schedule::heap, 1}) == ramp);
  CHECK(weights_after<double>(synapse_kernel::ramp, class_loss::xent, 32, {schedule::heap, 2}) == ramp);
  CHECK(weights_after<double>(synapse_kernel::ramp, class_loss::xent, 32, {schedule::heap, 4}) == ramp);
}

TEST_CASE("GAN: neither schedule nor threads change a weight, for both kernels") {
  const auto ramp = gan_weights_after<double>(synapse_kernel::ramp, 3, {schedule::sweep, 1});
  CHECK(gan_weights_after<double>(synapse_kernel::ramp, 3, {schedule::heap, 4}) == ramp);
  const auto step = gan_weights_after<float>(synapse_kernel::step, 3, {schedule::sweep, 1});
  CHECK(gan_weights_after<float>(synapse_kernel::step, 3, {schedule::heap, 2}) == step);
}

TEST_CASE("GAN: both networks learn, whatever the kernel") {
  for (const auto kernel : {synapse_kernel::ramp, synapse_kernel::step}) {
    const auto before = gan_weights_after<double>(kernel, 0, {});
    const auto after = gan_weights_after<double>(kernel, 2, {});
    const auto half = static_cast<std::ptrdiff_t>(before.size() / 2);  // of equal networks, but for biases and clocks
    CHECK_FALSE(std::equal(before.begin(), before.begin() + half, after.begin()));
    CHECK_FALSE(std::equal(before.begin() + half, before.end(), after.begin() + half));
    CHECK(std::ranges::all_of(after, [](double w) { return std::isfinite(w); }));
  }
}

TEST_CASE("GAN: a gated ramp network's neurons keep the sum of their weights") {
  auto g = make_gan<double>(small_gan(synapse_kernel::ramp));
  const auto set = make_strokes(3, 64, 0);
  take_step(g, set, {});
  for (const auto& l : g.generator_layers) {
    const auto posts = g.generator.populations()[l.population].size;
    for (std::uint32_t j = 0; j < posts; ++j) {
      double sum = 0;
      for (const auto r : l.references) sum += g.generator.weights(r)[j];
      const auto w = g.generator.weights(l.weights);
      for (std::size_t k = j; k < w.size(); k += posts) sum += w[k];
      CHECK(sum == doctest::Approx(1).epsilon(1e-12));  // rounding of some hundred sums
    }
  }
}

namespace {

network<double> one_to_two() {
  return {{{"in", population_kind::source, 1, {}, 0, never}, {"out", population_kind::neurons, 2, {1, 1}, 0, never}},
          {{0, 1, synapse_kernel::step, false, 0, {1, -2}, {}}}};
}

}  // namespace

TEST_CASE("sgd: w -= lr g, then w -= lr lambda w") {
  auto net = one_to_two();
  gradients<double> g(net);
  g.row(0, 0)[0] = 4;
  const optimizer_options options{update_rule::sgd, 0.5, 0.25};
  auto state = make_optimizer(net, options);
  update(net, state, g, 0.5, options, 1);
  CHECK(net.weights(0)[0] == 0.0);                  // 1 - 0.5 * 0.5 * 4 = 0
  CHECK(net.weights(0)[1] == -2 + 0.5 * 0.25 * 2);  // decay alone
}

TEST_CASE("adam: the first step is lr in the direction of the gradient's sign") {
  auto net = one_to_two();
  gradients<double> g(net);
  g.row(0, 0)[0] = 1e-3;
  g.row(0, 0)[1] = -40;
  const optimizer_options options{update_rule::adam, 0.1, 0};
  auto state = make_optimizer(net, options);
  update(net, state, g, 1, options, 1);
  CHECK(net.weights(0)[0] == doctest::Approx(1 - 0.1).epsilon(1e-5));  // epsilon / |g| is 1e-5 here
  CHECK(net.weights(0)[1] == doctest::Approx(-2 + 0.1).epsilon(1e-9));
}

TEST_CASE("held slope: the first reference makes up for every other weight, and its gradient goes to them") {
  auto gan = make_gan<double>(small_gan(synapse_kernel::ramp));
  auto& net = gan.generator;
  gradients<double> g(net);
  const auto& l = gan.generator_layers[0];
  REQUIRE(l.references.size() == 2);
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < 30; ++j) g.row(l.weights, i)[j] = static_cast<double>((i * 7 + j * 3) % 11);
  }
  g.row(l.references[0], 0)[4] = 2.5;
  g.row(l.references[1], 0)[4] = 6;
  follow_held_slope(g, l);
  CHECK(g.dw[l.weights][3 * 30 + 4] == (3 * 7 + 4 * 3) % 11 - 2.5);
  CHECK(g.dw[l.weights][3 * 30 + 5] == (3 * 7 + 5 * 3) % 11);
  CHECK(g.dw[l.references[1]][4] == 6 - 2.5);
  CHECK(g.dw[l.references[0]][4] == 0);
  net.weights(l.weights)[7 * 30 + 4] += 0.25;
  const double held = net.weights(l.references[0])[4];
  hold_slope(net, l, 1);
  CHECK(net.weights(l.references[0])[4] == doctest::Approx(held - 0.25).epsilon(1e-12));  // rounding of 22 numbers
  double sum = 0;
  for (std::size_t i = 0; i < 20; ++i) sum += net.weights(l.weights)[i * 30 + 4];
  for (const auto r : l.references) sum += net.weights(r)[4];
  CHECK(std::abs(sum - 1) < 1e-12);  // the same
}

TEST_CASE("gradient blocks: their sum is the same on any number of threads") {
  const auto net = one_to_two();
  const auto sum_on = [&net](unsigned threads) {
    std::vector<gradients<double>> blocks(5, gradients<double>(net));
    for (std::size_t b = 0; b < blocks.size(); ++b) blocks[b].row(0, 0)[0] = 0.1 * static_cast<double>(b + 1);
    add_blocks(std::span(blocks), threads);
    return blocks[0].dw[0][0];
  };
  CHECK(sum_on(1) == ((0.1 + 0.2) + (0.1 * 3 + 0.4)) + 0.5);
  CHECK(sum_on(2) == sum_on(1));
}

TEST_CASE("gradient hash: any sign, value or place makes another hash, and -0 is 0") {
  const auto net = one_to_two();
  const auto hash_of = [&net](double a, double b) {
    gradients<double> g(net);
    g.row(0, 0)[0] = a;
    g.row(0, 0)[1] = b;
    return gradient_hash(g);
  };
  const auto hash = hash_of(1.5, 2.25);
  for (const auto& other :
       {hash_of(-1.5, -2.25), hash_of(-1.5, 2.25), hash_of(2.25, 1.5), hash_of(1.5, 2.25 + 0x1p-51)}) {
    CHECK(other != hash);
  }
  CHECK(hash_of(0, 1) == hash_of(-0.0, 1));
}

TEST_CASE("epoch order: a permutation, another each epoch, the same for the same seed") {
  const auto images = first_images(1000);
  auto order = epoch_order(images, 5, 0);
  CHECK(order == epoch_order(images, 5, 0));
  CHECK(order != epoch_order(images, 5, 1));
  CHECK(order != epoch_order(images, 6, 0));
  std::ranges::sort(order);
  CHECK(order == images);
}

TEST_CASE("layers: what is no chain is refused, and why is said") {
  const std::vector<population> populations{{"a", population_kind::source, 1, {}, 0, never},
                                            {"b", population_kind::neurons, 1, {1}, 0, never},
                                            {"c", population_kind::neurons, 1, {1}, 0, never}};
  const projection<double> ab{0, 1, synapse_kernel::step, false, 1, {1}, {}},
      ac{0, 2, synapse_kernel::step, false, 1, {1}, {}};
  const projection<double> cb{2, 1, synapse_kernel::step, false, 1, {1}, {}};
  CHECK_THROWS_WITH_AS(layers_of(network<double>(populations, {ab, ac})), doctest::Contains("projects to several"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(layers_of(network<double>(populations, {ab, cb})), doctest::Contains("lies outside"),
                       std::invalid_argument);
}
