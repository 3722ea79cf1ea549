// Options of GANs: plans that follow from them, and what is refused.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "firstspike/models/gan_options.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

template <class Change>
std::string refused(const Change& change, const char* regime = "relu", synapse_kernel kernel = synapse_kernel::ramp) {
  auto o = gan_defaults(kernel, regime);
  change(o);
  return message_of([&] { check(o); });
}

using o = gan_options;
constexpr double tiny = 1e-300;

}  // namespace

TEST_CASE("GAN options: the defaults of every kernel and regime are accepted") {
  for (const auto& kind : model_kinds()) {
    for (const bool conditional : {false, true}) {
      const auto options = gan_defaults(kind.kernel, kind.regime, conditional);
      CHECK(options.kernel == kind.kernel);
      CHECK(options.regime == kind.regime);
      CHECK(options.conditional == conditional);
      CHECK(message_of([&] { check(options); }).empty());
    }
  }
  CHECK(default_gan_regime(synapse_kernel::ramp) == "relu");
  CHECK(default_gan_regime(synapse_kernel::step) == "binary");
}

TEST_CASE("GAN options: sizes are 1 or more") {
  CHECK(refused([](o& g) { g.noise = 0; }) == "noise, rows, columns = 0, 28, 28, allowed: 1 or more");
  CHECK(refused([](o& g) { g.rows = 0; }).starts_with("noise, rows, columns = 100, 0, 28"));
  CHECK(refused([](o& g) { g.columns = 0; }).starts_with("noise, rows, columns = 100, 28, 0"));
  CHECK(refused([](o& g) { g.noise = g.rows = g.columns = 1; }).empty());
  CHECK(refused([](o& g) { g.noise_rate = 0; }) == "noise_rate = 0, allowed: above 0, up to 1");
  CHECK(refused([](o& g) { g.noise_rate = 1.01; }).starts_with("noise_rate = 1.01"));
  CHECK(refused([](o& g) { g.noise_rate = tiny; }).empty());
  CHECK(refused([](o& g) { g.noise_rate = 1; }).empty());
  CHECK(refused([](o& g) { g.generator.hidden = {}; }).starts_with("hidden: a layer of 0 neurons"));
  CHECK(refused([](o& g) { g.discriminator.hidden = {4, 0}; }).starts_with("hidden: a layer of 0 neurons"));
  CHECK(refused([](o& g) { g.discriminator.hidden = {4, 1}; }).empty());
  CHECK(refused([](o& g) { g.batch = 0; }).starts_with("batch = 0, allowed"));
  CHECK(refused([](o& g) { g.batch = 1; }).empty());
}

TEST_CASE("GAN options: ranges are above 0") {
  CHECK(refused([](o& g) { g.generator.range = 0; }) == "range = 0, allowed: above 0, finite");
  CHECK(refused([](o& g) { g.generator.last_range = 0; }) == "range = 0, allowed: above 0, finite");
  CHECK(refused([](o& g) { g.discriminator.range = -1; }) == "range = -1, allowed: above 0, finite");
  CHECK(refused([](o& g) { g.discriminator.last_range = never; }) == "range = inf, allowed: above 0, finite");
  CHECK(refused([](o& g) { g.generator.range = tiny; }).empty());
}

TEST_CASE("GAN options: times are within what the engine can tell apart") {
  CHECK(refused([](o& g) { g.t_in = 0; }) == "t_in = 0, allowed: whole numbers from 1 to 2^32");
  CHECK(refused([](o& g) { g.t_in = 1; }).empty());
  CHECK(refused([](o& g) { g.t_in = 63.5; }).starts_with("t_in = 63.5, allowed"));
  CHECK(refused([](o& g) { g.t_in = 0x1p33; }).starts_with("t_in = 8589934592, allowed"));
  CHECK(refused([](o& g) { g.t_in = 0x1p31; }).starts_with("t_max = 6442450944, allowed"));  // three windows
  CHECK(refused([](o& g) { g.t_in = 0x1p30; }).empty());
  CHECK(refused([](o& g) { g.t_max = 0; }, "free").starts_with("t_max = 0, allowed"));
  CHECK(refused([](o& g) { g.window_open = -1; }, "free").starts_with("window_open = -1, allowed: 0 to t_max - t_in"));
  CHECK(refused([](o& g) { g.t_max = 400, g.t_in = 100, g.window_open = 300; }, "free").empty());
  CHECK(refused([](o& g) { g.t_max = 400, g.t_in = 100, g.window_open = 301; }, "free") ==
        "window_open = 301, allowed: 0 to t_max - t_in = 300 steps");
}

TEST_CASE("GAN options: numbers of the loss and the running mean have their ranges") {
  CHECK(refused([](o& g) { g.loss = "mse"; }).starts_with("loss = mse, allowed"));
  CHECK(refused([](o& g) { g.average = 1; }) == "average = 1, allowed: [0, 1)");
  CHECK(refused([](o& g) { g.average = 0; }).empty());
  CHECK(refused([](o& g) { g.average = -tiny; }).starts_with("average = -1e-300"));
  CHECK(refused([](o& g) { g.beta = 0; }) == "beta = 0, allowed: above 0, finite");
  CHECK(refused([](o& g) { g.beta = tiny; }).empty());
  CHECK(refused([](o& g) { g.beta = never; }).starts_with("beta = inf"));
  CHECK(refused([](o& g) { g.gamma = 0; }).empty());
  CHECK(refused([](o& g) { g.gamma = -1; }).starts_with("gamma = -1, allowed"));
  CHECK(refused([](o& g) { g.gamma = never; }).starts_with("gamma = inf"));
  CHECK(refused([](o& g) { g.pull = 0; }).empty());
  CHECK(refused([](o& g) { g.pull = -1; }).starts_with("pull = -1, allowed"));
  CHECK(refused([](o& g) { g.pull = never; }).starts_with("pull = inf"));
  CHECK(refused([](o& g) { g.real_label = 1; }).empty());
  CHECK(refused([](o& g) { g.real_label = 1.001; }).starts_with("real_label = 1.001, allowed: above 0.5, up to 1"));
  CHECK(refused([](o& g) { g.real_label = 0.5; }).starts_with("real_label = 0.5, allowed"));
  CHECK(refused([](o& g) { g.real_label = 0.501; }).empty());
}

TEST_CASE("GAN options: what the rule and either optimizer refuse is refused") {
  CHECK(refused([](o& g) { g.rule = "s4nn"; }) == "rule = s4nn, allowed with regime relu and kernel ramp: relu");
  CHECK(refused([](o& g) { g.regime = "gates"; }).find("gates") != std::string::npos);
  CHECK(refused([](o& g) { g.backward.min_slope = -1; }).starts_with("min_slope = -1"));
  CHECK(refused([](o& g) { g.generator.optimizer.lr = 0; }).starts_with("lr = 0"));
  CHECK(refused([](o& g) { g.discriminator.optimizer.lr = 0; }).starts_with("lr = 0"));
  CHECK(refused([](o& g) { g.schedule_steps = 0; }).starts_with("schedule_steps = 0"));
}

TEST_CASE("GAN options: a generator learns by the rule, its optimizer and the schedule until its run ends") {
  auto g = gan_defaults(synapse_kernel::step, "binary");
  g.backward.surrogate_width = 0.7;
  g.train_biases = false;
  g.schedule = rate_schedule::square;
  g.schedule_steps = 9;
  g.generator.optimizer.lr = 0.125;
  const auto l = generator_learning(g);
  CHECK(l.rule == "straight_through");
  CHECK(l.backward.surrogate_width == 0.7);
  CHECK(l.backward.t_max == 64 + 2 + 128);  // sampled after half the code and two delays, then one window
  CHECK_FALSE(l.train_biases);
  CHECK(l.optimizer.lr == 0.125);
  CHECK(l.schedule == rate_schedule::square);
  CHECK(l.schedule_steps == 9);
}

TEST_CASE("GAN options: runs end with the last window, or at t_max for free neurons") {
  auto g = gan_defaults(synapse_kernel::ramp, "relu");
  g.t_in = 50;
  g.delay = 1;
  g.generator.hidden = {3, 4, 5};
  g.discriminator.hidden = {6};
  CHECK(generator_run_length(g) == 4 * 51 + 50);
  CHECK(discriminator_run_length(g) == 2 * 51 + 50);
  g = gan_defaults(synapse_kernel::ramp, "free");
  g.t_max = 1234;
  CHECK(generator_run_length(g) == 1234);
  CHECK(discriminator_run_length(g) == 1234);
}

TEST_CASE("GAN options: initial weights have the given deviation by the root of the fan-in, layer by layer") {
  auto g = gan_defaults(synapse_kernel::ramp, "relu", true);
  g.noise = 90;
  g.rows = 5;
  g.columns = 6;
  g.generator.hidden = {64, 16};
  g.generator.init_std = 3;
  g.generator.last_init_std = 5;
  g.generator.range = 1.5;
  g.generator.last_range = 2.5;
  g.discriminator.hidden = {25};
  g.discriminator.last_range = 6;
  const auto generator = generator_plan(g).layers;
  REQUIRE(generator.size() == 3);
  CHECK((generator[0].name == "hidden1" && generator[1].name == "hidden2" && generator[2].name == "image"));
  CHECK((generator[0].size == 64 && generator[1].size == 16 && generator[2].size == 30));
  CHECK(generator[0].init.b == doctest::Approx(0.3));  // 3 / sqrt(100)
  CHECK(generator[1].init.b == doctest::Approx(3 / 8.));
  CHECK(generator[2].init.b == doctest::Approx(5 / 4.));
  CHECK((generator[0].range == 1.5 && generator[1].range == 1.5 && generator[2].range == 2.5));
  const auto discriminator = discriminator_plan(g).layers;
  CHECK((discriminator[0].name == "hidden" && discriminator[1].name == "output" && discriminator[1].size == 2));
  CHECK(discriminator[0].init.b == doctest::Approx(g.discriminator.init_std / std::sqrt(40.)));
  CHECK(discriminator[1].bias_mean == 3);
  CHECK(discriminator[0].bias_mean == 0);
  g = gan_defaults(synapse_kernel::ramp, "free");
  g.generator.initial_sum = 7;
  CHECK(generator_plan(g).layers[0].init.a == doctest::Approx(7. / g.noise));
}
