// Options of classifiers: what is refused.
#include <doctest/doctest.h>

#include <string>

#include "firstspike/models/classifier.hpp"
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
  return message_of([&] { check(options); });
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
      CHECK(message_of([&] { check(options); }).empty());
    }
  }
  CHECK_THROWS_AS(classifier_defaults(synapse_kernel::ramp, "relu", "mse"), std::invalid_argument);
}

TEST_CASE("classifier options: with step, free and s4nn they are those of the published network") {
  const auto p = classifier_defaults(synapse_kernel::step, "free", "s4nn");
  CHECK(p.hidden == std::vector<std::uint32_t>{400});
  CHECK((p.v_th == 100 && p.gamma == 3 && p.t_in == 256 && p.t_max == 256 && p.delay == 1 && p.batch == 1));
  CHECK((p.learning.rule == "s4nn" && p.learning.backward.normalise));
  CHECK((p.learning.optimizer.rule == update_rule::sgd && p.learning.optimizer.lr == 0.2));
  CHECK((p.learning.optimizer.weight_decay == 1e-6 && p.learning.schedule == rate_schedule::constant));
  CHECK((p.init_hidden.a == 0 && p.init_hidden.b == 5 && p.init_hidden.fan_in == 784));
  CHECK((p.init_output.a == 0 && p.init_output.b == 50 && p.init_output.fan_in == 400));
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
  CHECK(refused([](o& c) { c.outputs = 1; }) == "outputs = 1, allowed: 2 to 256");
  CHECK(refused([](o& c) { c.outputs = 2; }).empty());
  CHECK(refused([](o& c) { c.outputs = 256; }).empty());
  CHECK(refused([](o& c) { c.outputs = 257; }).starts_with("outputs = 257"));
  CHECK(refused([](o& c) { c.batch = 0; }).starts_with("batch = 0"));
  CHECK(refused([](o& c) { c.batch = 1; }).empty());
}

TEST_CASE("classifier options: times are within what the engine can tell apart") {
  CHECK(refused([](o& c) { c.t_in = 0; }) == "t_in = 0, allowed: whole numbers from 1 to 2^32");
  CHECK(refused([](o& c) { c.t_in = 1; }).empty());
  CHECK(refused([](o& c) { c.t_in = 2.5; }).starts_with("t_in = 2.5"));
  CHECK(refused([](o& c) { c.t_in = 0x1p33; }).starts_with("t_in = 8589934592"));
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
}

TEST_CASE("classifier options: numbers of the loss have their ranges") {
  CHECK(refused([](o& c) { c.loss = "mse"; }).starts_with("loss = mse, allowed"));
  CHECK(refused([](o& c) { c.gamma = 0; }).empty());
  CHECK(refused([](o& c) { c.gamma = -1; }) == "gamma = -1, allowed: 0 to t_max = 256");
  CHECK(refused([](o& c) { c.gamma = 256; }).empty());
  CHECK(refused([](o& c) { c.gamma = 257; }).starts_with("gamma = 257"));
  CHECK(refused([](o& c) { c.beta = 0; }) == "beta = 0, allowed: above 0, finite");
  CHECK(refused([](o& c) { c.beta = tiny; }).empty());
  CHECK(refused([](o& c) { c.beta = never; }).starts_with("beta = inf"));
  CHECK(refused([](o& c) { c.pull = 0; }).empty());
  CHECK(refused([](o& c) { c.pull = -tiny; }).starts_with("pull = -1e-300"));
  CHECK(refused([](o& c) { c.pull = never; }).starts_with("pull = inf"));
}

TEST_CASE("classifier options: shares have their ranges") {
  CHECK(refused([](o& c) { c.shift_share = 0; }).empty());
  CHECK(refused([](o& c) { c.shift_share = 1; }).empty());
  CHECK(refused([](o& c) { c.shift_share = 1.01; }) == "shift_share = 1.01, allowed: [0, 1]");
  CHECK(refused([](o& c) { c.shift_share = -0.01; }).starts_with("shift_share = -0.01"));
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
  CHECK(refused([](o& c) { c.regime = "gates"; }).starts_with("regime = gates, allowed"));
}
