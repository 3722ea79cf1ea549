// The weights after training do not depend on scheduler, threads or earlier computations.
#include "firstspike/tests/models/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan.hpp"

using namespace firstspike;

namespace {

const std::vector<run_options>& other_runs() {
  static const std::vector<run_options> runs{
      {scheduler::sweep, 2}, {scheduler::sweep, 4}, {scheduler::heap, 1}, {scheduler::heap, 2}, {scheduler::heap, 4}};
  return runs;
}

classifier_options small_options(const model_kind& kind) {
  auto options = classifier_defaults(kind.kernel, kind.regime, kind.loss);
  options.hidden = {20, 12};
  options.batch = 20;  // blocks of 8, 8 and 4 samples
  options.learning.schedule_steps = 4;
  return options;
}

template <class Real>
std::vector<Real> weights_after(const classifier_options& options, const run_options& run, std::size_t steps = 3) {
  const auto set = make_strokes(3, 50, 0);
  auto c = make_classifier<Real>(options, 784);
  const auto order = epoch_order(first_images(50), options.seed, 0);
  for (std::size_t step = 0; step < steps; ++step) take_step(c, set, images_of_step(options, order, c.step), run);
  return all_weights(c.net());
}

template <class Real>
std::vector<Real> gan_weights_after(const gan_options& o, const run_options& run, int steps = 2) {
  const auto set = make_strokes(3, 20, 0);
  auto g = make_gan<Real>(o);
  for (int step = 0; step < steps; ++step) take_step(g, set, run);
  auto all = all_weights(g.generator.net);
  for (const auto* net : {&g.discriminator.net, &g.average}) {
    const auto more = all_weights(*net);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

template <class Real>
void check_classifiers() {
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    const auto options = small_options(kind);
    const auto weights = weights_after<Real>(options, {scheduler::sweep, 1});
    CHECK(weights != weights_after<Real>(options, {scheduler::sweep, 1}, 0));
    for (const auto& run : other_runs()) CHECK(weights_after<Real>(options, run) == weights);
  }
}

template <class Real>
void check_gans() {
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    auto o = small_gan(kind.kernel, kind.regime);
    o.conditional = true;
    o.batch = 10;
    const auto weights = gan_weights_after<Real>(o, {scheduler::sweep, 1});
    CHECK(weights != gan_weights_after<Real>(o, {scheduler::sweep, 1}, 0));
    for (const auto& run : other_runs()) CHECK(gan_weights_after<Real>(o, run) == weights);
  }
}

}  // namespace

TEST_CASE("classifier: neither scheduler nor threads change a weight, in any regime and precision") {
  check_classifiers<float>();
  check_classifiers<double>();
}

TEST_CASE("GAN: neither scheduler nor threads change a weight, in any regime and precision") {
  check_gans<float>();
  check_gans<double>();
}

TEST_CASE("classifier: the naive scheduler gives the same weights") {
  for (const auto& kind : model_kinds()) {
    auto options = small_options(kind);
    options.hidden = {6};
    options.batch = 2;
    CHECK(weights_after<double>(options, {scheduler::naive, 1}, 1) ==
          weights_after<double>(options, {scheduler::sweep, 1}, 1));
  }
}

TEST_CASE("classifier: a training step depends only on network, images and step number, not on earlier computations") {
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    const auto options = small_options(kind);
    const auto set = make_strokes(3, 50, 0);
    auto fresh = make_classifier<double>(options, 784), used = fresh;
    take_step(used, set, std::vector<std::uint32_t>{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 19, 18, 17, 16, 15, 14, 13, 12}, {});
    for (std::size_t i = 0; i < used.net().projection_count(); ++i) {
      std::ranges::copy(fresh.net().weights(i), used.learning.net.weights(i).begin());
    }
    used.learning.optimizer = fresh.learning.optimizer;
    used.step = 0;
    for (auto* c : {&fresh, &used}) take_step(*c, set, std::vector<std::uint32_t>{30, 31, 32}, {});
    CHECK(all_weights(fresh.net()) == all_weights(used.net()));
  }
}

TEST_CASE("GAN: earlier computations do not affect the next gradient") {
  for (const auto& kind : model_kinds()) {
    CAPTURE(kind.regime);
    auto gan = make_gan<double>(small_gan(kind.kernel, kind.regime));
    const auto set = make_strokes(3, 64, 0);
    gan_losses losses, again;
    auto record = run_step(gan, set, first_images(16), {});
    run_second_pass(gan, record, {});
    compute_discriminator_gradients(gan, record, losses, 1);
    compute_generator_gradients(gan, record, losses, 1);
    const auto hash = gradient_hash(gan);
    compute_discriminator_gradients(gan, record, again, 2);
    compute_generator_gradients(gan, record, again, 2);
    CHECK(gradient_hash(gan) == hash);
    CHECK((again.generator == losses.generator && again.discriminator == losses.discriminator));
    CHECK((again.real_correct == losses.real_correct && again.fake_correct == losses.fake_correct));
  }
}

TEST_CASE("without train_biases the weights of bias neurons stay, in classifiers and in both networks of a GAN") {
  const auto set = make_strokes(3, 64, 0);
  const auto biases_stay = [](const network<double>& before, const network<double>& after) {
    for (std::size_t i = 0; i < before.projection_count(); ++i) {
      const bool is_bias = before.populations()[before.pre(i)].kind == population_kind::bias;
      CHECK(std::ranges::equal(before.weights(i), after.weights(i)) == is_bias);
    }
  };
  for (const auto& kind : model_kinds()) {
    if (std::string(kind.regime) == "free") continue;
    CAPTURE(kind.regime);
    auto options = small_options(kind);
    options.learning.train_biases = false;
    auto c = make_classifier<double>(options, 784);
    const auto before = c.net();
    take_step(c, set, first_images(20), {});
    biases_stay(before, c.net());
    auto o = small_gan(kind.kernel, kind.regime);
    o.train_biases = false;
    auto gan = make_gan<double>(o);
    const auto was = gan;
    take_step(gan, set, {});
    biases_stay(was.generator.net, gan.generator.net);
    biases_stay(was.discriminator.net, gan.discriminator.net);
  }
}
