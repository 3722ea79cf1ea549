// Options of classifiers: tested defaults, and what is refused.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "firstspike/models/classifier.hpp"
#include "firstspike/tests/models/described.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

using o = classifier_options;
constexpr double tiny = 1e-300;

template <class Change>
std::string refused(const Change& change, const char* regime = "free") {
  const auto kernel = std::string(regime) == "relu" ? synapse_kernel::ramp : synapse_kernel::step;
  auto options = classifier_defaults(kernel, regime, "xent");
  change(options);
  return refusal([&] { check(options); });
}

}  // namespace

TEST_CASE("classifier options: the defaults of every kernel, regime and loss are accepted") {
  for (const auto& kind : model_kinds()) {
    for (const auto& l : all_losses()) {
      CAPTURE(l.name);
      const auto options = classifier_defaults(kind.kernel, kind.regime, std::string(l.name));
      CHECK(options.kernel == kind.kernel);
      CHECK(options.regime == kind.regime);
      CHECK(options.loss == l.name);
      CHECK((options.pull > 0) == reads(l, "pull"));
      CHECK(refusal([&] { check(options); }).empty());
    }
  }
  CHECK_THROWS_AS(classifier_defaults(synapse_kernel::ramp, "relu", "mse"), std::invalid_argument);
}

namespace {

struct settings {
  synapse_kernel kernel;
  const char *regime, *loss;
  std::vector<std::string> lines;
};

std::vector<std::string> lines_of(const classifier_options& c) {
  const auto& l = c.learning;
  return {fmt::format("t_in {} t_max {} delay {} v_th {} range {} output_range {}", c.t_in, c.t_max, c.delay, c.v_th,
                      c.range, c.output_range),
          "init_hidden " + described(c.init_hidden),
          "init_output " + described(c.init_output),
          fmt::format("batch {} gamma {} beta {} pull {} shift {} shift_share {} renew_below {}", c.batch, c.gamma,
                      c.beta, c.pull, c.shift, c.shift_share, c.renew_below),
          fmt::format("rule {} schedule {}", l.rule, described(l.schedule)),
          described(l.backward),
          described(l.optimizer)};
}

constexpr auto step = synapse_kernel::step, ramp = synapse_kernel::ramp;

const settings known_settings[] = {
    // Kheradpisheh & Masquelier 2020 (arXiv 1910.09495), for MNIST.
    {step,
     "free",
     "s4nn",
     {"t_in 256 t_max 256 delay 1 v_th 100 range 1 output_range 4", "init_hidden uniform 0 5 fan_in 784",
      "init_output uniform 0 50 fan_in 400",
      "batch 1 gamma 3 beta 25.6 pull 0 shift 0 shift_share 0.5 renew_below 0.001", "rule s4nn schedule constant",
      "normalise true jump_length 256 jump_ahead 0 min_slope 0 surrogate_width 0 sparsity 0 wake true to_sources true",
      "sgd lr 0.2 weight_decay 1e-06 beta1 0.9 beta2 0.999 epsilon 1e-08"}},
    {step,
     "free",
     "xent",
     {"t_in 256 t_max 256 delay 1 v_th 100 range 1 output_range 4", "init_hidden normal 0.6 2 fan_in 784",
      "init_output normal 0.6 3.5 fan_in 400",
      "batch 32 gamma 3 beta 12 pull 0 shift 1 shift_share 0.3 renew_below 0.001", "rule soft_step schedule linear",
      "normalise false jump_length 256 jump_ahead 64 min_slope 0.35 surrogate_width 0 sparsity 0.0005 wake true "
      "to_sources true",
      "adam lr 0.05 weight_decay 0 beta1 0.9 beta2 0.999 epsilon 1e-08"}},
    {ramp,
     "free",
     "xent",
     {"t_in 256 t_max 768 delay 0 v_th 256 range 1 output_range 4", "init_hidden normal 0.02 0.05 fan_in 784",
      "init_output normal 0.01 0.05 fan_in 400",
      "batch 64 gamma 25.6 beta 25.6 pull 0 shift 1 shift_share 0.5 renew_below 0", "rule exact_ramp schedule linear",
      "normalise true jump_length 256 jump_ahead 0 min_slope 0.1 surrogate_width 0 sparsity 0 wake true to_sources "
      "true",
      "adam lr 0.002 weight_decay 0 beta1 0.9 beta2 0.999 epsilon 1e-08"}},
    {ramp,
     "relu",
     "xent",
     {"t_in 256 t_max 256 delay 0 v_th 100 range 1 output_range 4", "init_hidden normal 0 0.03 fan_in 784",
      "init_output normal 0 0.07 fan_in 400",
      "batch 64 gamma 25.6 beta 12.8 pull 0 shift 1 shift_share 0.5 renew_below 0", "rule relu schedule linear",
      "normalise true jump_length 256 jump_ahead 0 min_slope 0 surrogate_width 0 sparsity 0 wake true to_sources true",
      "adam lr 0.002 weight_decay 0 beta1 0.9 beta2 0.999 epsilon 1e-08"}},
    {step,
     "binary",
     "xent",
     {"t_in 256 t_max 256 delay 1 v_th 100 range 1 output_range 4", "init_hidden normal 0 0.03 fan_in 784",
      "init_output normal 0 0.07 fan_in 400",
      "batch 64 gamma 25.6 beta 12.8 pull 0 shift 1 shift_share 0.5 renew_below 0",
      "rule straight_through schedule linear",
      "normalise true jump_length 256 jump_ahead 0 min_slope 0 surrogate_width 0.5 sparsity 0 wake true to_sources "
      "true",
      "adam lr 0.002 weight_decay 0 beta1 0.9 beta2 0.999 epsilon 1e-08"}},
};

}  // namespace

TEST_CASE("classifier options: the defaults of each kernel and regime are the tested ones, field by field") {
  for (const auto& known : known_settings) {
    CAPTURE(known.regime);
    const auto c = classifier_defaults(known.kernel, known.regime, known.loss);
    const auto lines = lines_of(c);
    REQUIRE(lines.size() == known.lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i] == known.lines[i]);
    CHECK(c.hidden == std::vector<std::uint32_t>{400});
    CHECK((c.classes == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9} && c.seed == 1));
    CHECK((c.learning.constraint == "none" && c.learning.constrained_inputs == 0));
    CHECK((c.learning.train_biases && c.learning.schedule_steps == 1));
  }
}

TEST_CASE("classifier options: a loss changes itself and its pull alone, but s4nn has its own settings for free step") {
  for (const auto& known : known_settings) {
    if (std::string(known.loss) == "s4nn") continue;
    for (const char* loss : {"s4nn", "hinge", "aggressive"}) {
      if (known.kernel == step && std::string(known.regime) == "free" && std::string(loss) == "s4nn") continue;
      CAPTURE(known.regime);
      CAPTURE(loss);
      auto expected = classifier_defaults(known.kernel, known.regime, known.loss);
      expected.pull = std::string(loss) == "aggressive" ? 0.02 : 0;
      CHECK(lines_of(classifier_defaults(known.kernel, known.regime, loss)) == lines_of(expected));
    }
  }
}

TEST_CASE("classifier options: the default loss is s4nn for free step neurons, xent for all others") {
  for (const auto& known : known_settings) {
    const bool free_step = known.kernel == step && std::string(known.regime) == "free";
    const auto c = classifier_defaults(known.kernel, known.regime);
    CHECK(c.loss == (free_step ? "s4nn" : "xent"));
    CHECK(lines_of(c) == lines_of(classifier_defaults(known.kernel, known.regime, c.loss)));
  }
}

TEST_CASE(
    "classifier options: default-constructed options are those of the published network, except for its initial "
    "weights") {
  auto c = classifier_options{};
  CHECK((described(c.kernel) == "step" && c.regime == "free" && c.loss == "s4nn"));
  const auto published = classifier_defaults(step, "free", "s4nn");
  c.init_hidden = published.init_hidden;
  c.init_output = published.init_output;
  CHECK(lines_of(c) == lines_of(published));
  CHECK(described(weight_distribution{}) == "uniform 0 0 fan_in 0");
  CHECK((rule_options{}.t_max == 256 && loss_options{}.t_max == 256 && chain_plan{}.t_max == 256));
  CHECK((loss_options{}.gamma == 3 && loss_options{}.beta == 25.6 && loss_options{}.pull == 0));
  CHECK((chain_plan{}.t_in == 256 && chain_plan{}.delay == 0 && default_t_in == 256));
  CHECK((run_options{}.engine == scheduler::automatic && run_options{}.threads == 1));
}

TEST_CASE("classifier options: the plan has each layer's size, range, threshold, initial weights and biases") {
  for (const auto& known : known_settings) {
    CAPTURE(known.regime);
    auto c = classifier_defaults(known.kernel, known.regime, known.loss);
    c.hidden = {7, 6, 5};
    c.classes = {1, 2, 3, 9};
    c.t_in = 32;
    c.t_max = 99;
    c.delay = 2;
    c.v_th = 17;
    c.range = 1.5;
    c.output_range = 3;
    const auto plan = plan_of(c);
    CHECK((plan.t_in == 32 && plan.t_max == 99 && plan.delay == 2));
    REQUIRE(plan.layers.size() == 4);
    const std::string names[] = {"hidden1", "hidden2", "hidden3", "output"};
    for (std::uint32_t k = 0; k < 4; ++k) {
      CAPTURE(k);
      const auto& l = plan.layers[k];
      CHECK(l.name == names[k]);
      CHECK(l.size == 7 - k);
      CHECK(l.v_th == 17);
      CHECK(l.range == (k < 3 ? 1.5 : 3));
      CHECK(described(l.init) == described(k == 0 ? c.init_hidden : c.init_output));
      CHECK(l.bias_mean == (k < 3 ? 0 : 1.5));
      CHECK(l.bias_std == (k < 3 && c.regime == "binary" ? 0.1 : 0));
    }
    c.hidden = {9};
    CHECK(plan_of(c).layers[0].name == "hidden");
  }
}

TEST_CASE("classifier options: a run of a free ramp network has a window for its input and one for each layer") {
  const auto of = [](synapse_kernel kernel, const char* regime, const std::vector<std::uint32_t>& hidden) {
    const auto options = classifier_defaults(kernel, regime, "xent", hidden);
    CHECK(options.hidden == hidden);
    return run_length(options);
  };
  CHECK(of(synapse_kernel::ramp, "free", {400}) == 768);
  CHECK(of(synapse_kernel::ramp, "free", {64, 32, 16}) == 1280);
  CHECK(of(synapse_kernel::step, "free", {64, 32, 16}) == 256);
}

TEST_CASE("classifier options: sizes have their ranges") {
  CHECK(refused([](o& c) { c.hidden = {}; }).starts_with("hidden: a layer of 0 neurons"));
  CHECK(refused([](o& c) { c.hidden = {3, 0}; }).starts_with("hidden: a layer of 0 neurons"));
  CHECK(refused([](o& c) { c.hidden = {1}; }).empty());
  CHECK(refused([](o& c) { c.classes = {}; }) == "classes = 'none', allowed: 2 or more different labels");
  CHECK(refused([](o& c) { c.classes = {7}; }) == "classes = '7', allowed: 2 or more different labels");
  CHECK(refused([](o& c) { c.classes = {7, 1, 7}; }) == "classes = '7,1,7', allowed: 2 or more different labels");
  CHECK(refused([](o& c) { c.classes = {7, 1}; }).empty());
  CHECK(refused([](o& c) {
          c.classes.resize(256);
          std::iota(c.classes.begin(), c.classes.end(), std::uint8_t{0});
        }).empty());
  CHECK(refused([](o& c) { c.batch = 0; }).starts_with("batch = 0"));
  CHECK(refused([](o& c) { c.batch = 1; }).empty());
}

TEST_CASE("classifier options: times are in the range of the engine") {
  CHECK(refused([](o& c) { c.t_in = 0; }) == "t_in = 0, allowed: whole numbers from 1 to 2^32");
  CHECK(refused([](o& c) { c.t_in = 1; }).empty());
  CHECK(refused([](o& c) { c.t_in = 2.5; }).starts_with("t_in = 2.5"));
  CHECK(refused([](o& c) { c.t_in = 0x1p32; }).empty());
  CHECK(refused([](o& c) { c.t_in = 0x1p33; }).starts_with("t_in = 8589934592"));
  CHECK(refused([](o& c) { c.t_in = 0.5; }).starts_with("t_in = 0.5"));
  CHECK(refused([](o& c) { c.t_in = std::nan(""); }).starts_with("t_in = nan"));
  CHECK(refused([](o& c) { c.t_max = 0; }).starts_with("t_max = 0, allowed"));
  CHECK(refused([](o& c) { c.t_max = 0x1p32; }).empty());
  CHECK(refused([](o& c) { c.t_max = 0x1p33; }).starts_with("t_max = 8589934592"));
  CHECK(refused([](o& c) { c.t_in = 0x1p31; }, "relu").starts_with("t_max = 6442450944"));  // three windows
  CHECK(refused([](o& c) { c.t_max = 0; }, "relu").empty());                                // derived there
}

TEST_CASE("classifier options: ranges are above 0") {
  CHECK(refused([](o& c) { c.range = 0; }) == "range = 0, allowed: above 0, finite");
  CHECK(refused([](o& c) { c.range = tiny; }).empty());
  CHECK(refused([](o& c) { c.output_range = -2; }) == "range = -2, allowed: above 0, finite");
  CHECK(refused([](o& c) { c.output_range = never; }).starts_with("range = inf"));
  CHECK(refused([](o& c) { c.range = never; }).starts_with("range = inf"));
  CHECK(refused([](o& c) { c.range = std::nan(""); }).starts_with("range = nan"));
}

TEST_CASE("classifier options: numbers of the loss have their ranges") {
  CHECK(refused([](o& c) { c.loss = "mse"; }).starts_with("loss = mse, allowed"));
  CHECK(refused([](o& c) { c.gamma = 0; }).empty());
  CHECK(refused([](o& c) { c.gamma = -1; }) == "gamma = -1, allowed: 0 or more, finite");
  CHECK(refused([](o& c) { c.gamma = 256; }).empty());
  CHECK(refused([](o& c) { c.gamma = 257; }).empty());  // where the loss does not read it
  CHECK(refused([](o& c) {
          c.gamma = 257;
          c.loss = "s4nn";
        }).starts_with("gamma = 257, allowed: 0 to t_max = 256; "));
  CHECK(refused([](o& c) { c.gamma = 3 * 256; }, "relu").empty());  // the end of its last window
  CHECK(refused(
            [](o& c) {
              c.gamma = 3 * 256 + 1;
              c.loss = "s4nn";
            },
            "relu")
            .starts_with("gamma = 769, allowed: 0 to t_max = 768; "));
  CHECK(refused([](o& c) { c.beta = 0; }) == "beta = 0, allowed: above 0, finite");
  CHECK(refused([](o& c) { c.beta = tiny; }).empty());
  CHECK(refused([](o& c) { c.beta = never; }).starts_with("beta = inf"));
  CHECK(refused([](o& c) { c.pull = 0; }).empty());
  CHECK(refused([](o& c) { c.pull = -tiny; }).starts_with("pull = -1e-300"));
  CHECK(refused([](o& c) { c.pull = never; }).starts_with("pull = inf"));
}

TEST_CASE("classifier options: fractions have their ranges") {
  CHECK(refused([](o& c) { c.shift_share = 0; }).empty());
  CHECK(refused([](o& c) { c.shift_share = 1; }).empty());
  CHECK(refused([](o& c) { c.shift_share = 1.01; }) == "shift_share = 1.01, allowed: [0, 1]");
  CHECK(refused([](o& c) { c.shift_share = -0.01; }).starts_with("shift_share = -0.01"));
  CHECK(refused([](o& c) { c.distort.zoom = 1; }) == "zoom = 1, allowed: [0, 0.9]");
  CHECK(refused([](o& c) { c.average = 0.9999; }).empty());
  CHECK(refused([](o& c) { c.average = 1; }) == "average = 1, allowed: [0, 1)");
  CHECK(refused([](o& c) { c.renew_below = 0; }).empty());
  CHECK(refused([](o& c) { c.renew_below = 1; }) == "renew_below = 1, allowed: [0, 1)");
  CHECK(refused([](o& c) { c.renew_below = -0.01; }).starts_with("renew_below = -0.01"));
}

TEST_CASE("classifier options: what the rule and the optimizer refuse is refused") {
  CHECK(refused([](o& c) { c.learning.rule = "relu"; }) ==
        "rule = relu, allowed with regime free and kernel step: s4nn soft_step");
  CHECK(refused([](o& c) { c.learning.optimizer.lr = -1; }).starts_with("lr = -1"));
  CHECK(refused([](o& c) { c.learning.optimizer.epsilon = 0; }) == "epsilon = 0, allowed: above 0, finite");
  CHECK(refused([](o& c) { c.learning.optimizer.epsilon = never; }).starts_with("epsilon = inf"));
  CHECK(refused([](o& c) { c.learning.backward.min_slope = -1; }).starts_with("min_slope = -1"));
  CHECK(refused([](o& c) { c.learning.constraint = "sum"; }).starts_with("constraint = sum"));
  CHECK(refused([](o& c) { c.learning.schedule_steps = 0; }).starts_with("schedule_steps = 0"));
  CHECK(refused([](o& c) { c.regime = "gates"; }).starts_with("regime = gates, allowed"));
}
