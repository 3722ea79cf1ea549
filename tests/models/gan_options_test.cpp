// Options of GANs: tested defaults, plans that follow from them, and what is refused.
#include "firstspike/models/gan_options.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "firstspike/tests/models/described.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

template <class Change>
std::string refused(const Change& change, const char* regime = "relu", synapse_kernel kernel = synapse_kernel::ramp) {
  auto o = gan_defaults(kernel, regime);
  change(o);
  return refusal([&] { check(o); });
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
      CHECK(refusal([&] { check(options); }).empty());
    }
  }
  CHECK(default_gan_regime(synapse_kernel::ramp) == "relu");
  CHECK(default_gan_regime(synapse_kernel::step) == "binary");
}

namespace {

struct settings {
  synapse_kernel kernel;
  const char* regime;
  bool conditional;
  std::vector<std::string> lines;
};

std::vector<std::string> lines_of(const gan_options& g) {
  return {fmt::format("noise {} noise_rate {} constraint {} {} x {}", g.noise, g.noise_rate, g.constraint, g.rows,
                      g.columns),
          fmt::format("t_in {} delay {} t_max {} window_open {}", g.t_in, g.delay, g.t_max, g.window_open),
          fmt::format("rule {} loss {} beta {} gamma {} pull {} real_label {}", g.rule, g.loss, g.beta, g.gamma, g.pull,
                      g.real_label),
          fmt::format("batch {} schedule {} {} average {} seed {} train_biases {}", g.batch, described(g.schedule),
                      g.schedule_steps, g.average, g.seed, g.train_biases),
          described(g.backward),
          described(g.generator),
          described(g.discriminator)};
}

constexpr auto step = synapse_kernel::step, ramp = synapse_kernel::ramp;
const std::string how_long = "batch 32 schedule linear 1 average 0.999 seed 1 train_biases true";

std::vector<std::string> binary_settings(const std::string& discriminator_lr) {
  return {"noise 100 noise_rate 0.5 constraint zero_sum 28 x 28",
          "t_in 128 delay 1 t_max 320 window_open 64",
          "rule straight_through loss xent beta 8 gamma 3 pull 0 real_label 0.9",
          how_long,
          "normalise true jump_length 256 jump_ahead 0 min_slope 0 surrogate_width 0.3 sparsity 0 wake true "
          "to_sources true",
          "hidden 400 range 1 last_range 0.25 v_th 100 initial_sum 0 init_std 1.15 last_init_std 0.58 "
          "adam lr 0.004 weight_decay 0 beta1 0 beta2 0.999 epsilon 1e-08",
          "hidden 400 range 1 last_range 16 v_th 100 initial_sum 0 init_std 0.588 last_init_std 0.588 "
          "adam lr " +
              discriminator_lr + " weight_decay 0 beta1 0 beta2 0.999 epsilon 1e-08"};
}

std::vector<settings> known_settings() {
  const std::vector<std::string> relu{
      "noise 100 noise_rate 0.1 constraint none 28 x 28",
      "t_in 64 delay 0 t_max 320 window_open 64",
      "rule relu loss xent beta 8 gamma 3 pull 0 real_label 0.9",
      how_long,
      "normalise true jump_length 256 jump_ahead 0 min_slope 0 surrogate_width 0 sparsity 0 wake true to_sources true",
      "hidden 400 range 1 last_range 1 v_th 100 initial_sum 0 init_std 1.26 last_init_std 0.8 "
      "adam lr 0.004 weight_decay 0 beta1 0 beta2 0.999 epsilon 1e-08",
      "hidden 400 range 1 last_range 4 v_th 100 initial_sum 0 init_std 0.3 last_init_std 0.3 "
      "adam lr 0.0003 weight_decay 0 beta1 0 beta2 0.999 epsilon 1e-08"};
  const std::vector<std::string> free_step{
      "noise 100 noise_rate 1 constraint none 28 x 28",
      "t_in 256 delay 1 t_max 320 window_open 64",
      "rule soft_step loss xent beta 25.6 gamma 3 pull 0 real_label 0.9",
      how_long,
      "normalise false jump_length 256 jump_ahead 64 min_slope 0.35 surrogate_width 0 sparsity 0 wake true "
      "to_sources true",
      "hidden 400 range 1 last_range 1 v_th 100 initial_sum 200 init_std 60 last_init_std 100 "
      "adam lr 0.02 weight_decay 0 beta1 0.5 beta2 0.999 epsilon 1e-08",
      "hidden 400 range 1 last_range 1 v_th 100 initial_sum 470 init_std 56 last_init_std 40 "
      "adam lr 0.01 weight_decay 0 beta1 0.5 beta2 0.999 epsilon 1e-08"};
  const std::vector<std::string> free_ramp{
      "noise 100 noise_rate 1 constraint none 28 x 28",
      "t_in 256 delay 1 t_max 1536 window_open 1024",
      "rule exact_ramp loss xent beta 25.6 gamma 3 pull 0 real_label 0.9",
      how_long,
      "normalise false jump_length 256 jump_ahead 64 min_slope 0.1 surrogate_width 0 sparsity 0 wake true "
      "to_sources true",
      "hidden 400 range 1 last_range 1 v_th 250 initial_sum 1 init_std 0.8 last_init_std 0.8 "
      "adam lr 0.004 weight_decay 0 beta1 0.5 beta2 0.999 epsilon 1e-08",
      "hidden 400 range 1 last_range 1 v_th 80 initial_sum 1 init_std 0.3 last_init_std 0.3 "
      "adam lr 0.0003 weight_decay 0 beta1 0.5 beta2 0.999 epsilon 1e-08"};
  return {{ramp, "relu", false, relu},
          {ramp, "relu", true, relu},
          {step, "binary", false, binary_settings("0.00028")},
          {step, "binary", true, binary_settings("0.00035")},
          {step, "free", false, free_step},
          {step, "free", true, free_step},
          {ramp, "free", false, free_ramp},
          {ramp, "free", true, free_ramp}};
}

}  // namespace

TEST_CASE("GAN options: the defaults of each kernel and regime are the tested ones, field by field") {
  for (const auto& known : known_settings()) {
    CAPTURE(known.regime);
    CAPTURE(known.conditional);
    const auto lines = lines_of(gan_defaults(known.kernel, known.regime, known.conditional));
    REQUIRE(lines.size() == known.lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i] == known.lines[i]);
  }
}

TEST_CASE("GAN options: default-constructed options are an unconditional relu GAN of 100 - 400 - 784 neurons") {
  const gan_options g;
  CHECK((g.kernel == ramp && g.regime == "relu" && g.rule == "relu" && !g.conditional));
  const std::string network =
      "hidden 400 range 1 last_range 1 v_th 100 initial_sum 0 init_std 1 last_init_std 1 "
      "adam lr 0.001 weight_decay 0 beta1 0 beta2 0.999 epsilon 1e-08";
  auto expected = lines_of(gan_defaults(ramp, "relu"));
  expected[5] = expected[6] = network;
  CHECK(lines_of(g) == expected);
  CHECK_FALSE(gan_defaults(ramp, "relu").conditional);
}

TEST_CASE("GAN options: both plans have each layer's size, range, threshold, initial weights and biases") {
  for (const auto& known : known_settings()) {
    CAPTURE(known.regime);
    CAPTURE(known.conditional);
    auto g = gan_defaults(known.kernel, known.regime, known.conditional);
    g.noise = known.conditional ? 15 : 25;
    g.rows = 3;
    g.columns = known.conditional ? 2 : 12;  // 16 or 36 sources of the discriminator
    g.t_in = 48;
    g.delay = 3;
    g.t_max = 777;
    g.window_open = 55;
    g.generator = {.hidden = {64, 100},
                   .range = 1.5,
                   .last_range = 5,
                   .v_th = 17,
                   .initial_sum = 20,
                   .init_std = 2,
                   .last_init_std = 6};
    g.discriminator = {.hidden = {49},
                       .range = 2.5,
                       .last_range = 7,
                       .v_th = 19,
                       .initial_sum = 98,
                       .init_std = 3,
                       .last_init_std = 4};
    const bool free = g.regime == "free", binary = g.regime == "binary", is_step = known.kernel == step;
    struct row {
      const char* name;
      std::uint32_t size;
      double inputs, init_std, range, bias;
    };
    const auto check_plan = [&](const chain_plan& plan, const std::vector<row>& rows, double v_th, double sum) {
      CHECK((plan.t_in == 48 && plan.delay == 3 && plan.t_max == 777));
      REQUIRE(plan.layers.size() == rows.size());
      for (std::size_t k = 0; k < rows.size(); ++k) {
        CAPTURE(k);
        const auto& l = plan.layers[k];
        CHECK((l.name == rows[k].name && l.size == rows[k].size && l.v_th == v_th && l.range == rows[k].range));
        CHECK((l.init.form == weight_distribution::shape::normal && l.init.fan_in == 0));
        CHECK(l.init.a == doctest::Approx(free ? sum / rows[k].inputs : 0));
        CHECK(l.init.b == doctest::Approx(rows[k].init_std / std::sqrt(rows[k].inputs)));
        CHECK(l.bias_mean == rows[k].bias);
        CHECK(l.bias_std == doctest::Approx(binary ? rows[k].init_std / std::sqrt(rows[k].inputs) : 0));
      }
    };
    const double pixels = known.conditional ? 6 : 36;
    // A pixel with potential 0 is black for ramp and grey for step.
    check_plan(generator_plan(g),
               {{"hidden1", 64, 25, 2, 1.5, 0},
                {"hidden2", 100, 64, 2, 1.5, 0},
                {"image", static_cast<std::uint32_t>(pixels), 100, 6, 5, is_step ? 2.5 : 0}},
               17, 20);
    check_plan(discriminator_plan(g),
               {{"hidden", 49, known.conditional ? 16. : 36., 3, 2.5, 0}, {"output", 2, 49, 4, 7, 3.5}}, 19, 98);
  }
}

TEST_CASE("GAN options: layers as text have the fan-in of a neuron away from the edges, by which weights begin") {
  auto g = gan_defaults(step, "binary", true);
  g.rows = g.columns = 28;
  g.noise = 20;
  g.generator.layers = "dense 7x7x32 / conv_transpose 16x4 stride 2 padding 1 / conv_transpose 1x5 stride 2 padding 2";
  g.discriminator.layers = "conv 16x5 stride 2 / conv 32x5 stride 2 / pool 2 / dense 128";
  const auto std_of = [](const layer_plan& l) { return l.init.b; };
  auto drawing = generator_plan(g);
  CHECK(drawing.input == grid{});
  REQUIRE(drawing.layers.size() == 4);  // 27 x 27 is not the image
  CHECK((drawing.layers[2].shape == grid{27, 27, 1} && drawing.layers[3].size == 784 && !drawing.layers[3].shared));
  CHECK(std_of(drawing.layers[0]) == doctest::Approx(g.generator.init_std / std::sqrt(30)));
  CHECK(std_of(drawing.layers[1]) == doctest::Approx(g.generator.init_std / std::sqrt(32 * 4)));
  CHECK(std_of(drawing.layers[2]) == doctest::Approx(g.generator.init_std / std::sqrt(16 * 6.25)));
  CHECK(std_of(drawing.layers[3]) == doctest::Approx(g.generator.last_init_std / 27));
  g.generator.layers = "dense 7x7x32 / conv_transpose 1x8 stride 4 padding 2";
  drawing = generator_plan(g);
  REQUIRE(drawing.layers.size() == 2);
  CHECK((drawing.layers[0].name == "hidden" && drawing.layers[1].name == "image"));
  CHECK(
      (drawing.layers[1].range == g.generator.last_range && drawing.layers[1].bias_mean == g.generator.last_range / 2));
  CHECK(std_of(drawing.layers[1]) == doctest::Approx(g.generator.last_init_std / std::sqrt(32 * 4)));
  CHECK(image_opens(g) == 64 + 2 * g.delay);

  auto deciding = discriminator_plan(g);
  CHECK(deciding.input == grid{28, 28, 1});
  REQUIRE(deciding.layers.size() == 4);
  const std::vector<double> fan_ins{25, 16 * 25, 32 * 4 + 10, 128};
  for (std::size_t l = 0; l < 4; ++l) {
    CAPTURE(l);
    CHECK(deciding.layers[l].name == (l == 3 ? "output" : "hidden" + std::to_string(l + 1)));
    CHECK(std_of(deciding.layers[l]) == doctest::Approx(g.discriminator.init_std / std::sqrt(fan_ins[l])));
    CHECK(deciding.layers[l].classes == (l == 2 ? 10 : 0));
  }
  CHECK((discriminator_inputs(g) == 784 && discriminator_sources(g) == 794));
  CHECK(class_time(g) == g.t_in / 2 + 3 * g.delay);
  g.discriminator.layers = "conv 4x5 stride 3";  // the output is the first dense layer
  CHECK(discriminator_plan(g).layers[1].classes == 10);
  for (const auto* text : {"dense 20", "dense 4x4x2 / conv 3x2 / dense 9"}) {
    g.discriminator.layers = text;
    deciding = discriminator_plan(g);
    CHECK(std::ranges::none_of(deciding.layers, [](const layer_plan& l) { return l.classes > 0; }));
    CHECK((discriminator_inputs(g) == 794 && deciding.input == grid{} && class_time(g) == 0));
  }
  g.conditional = false;
  CHECK((discriminator_plan(g).input == grid{28, 28, 1} && discriminator_inputs(g) == 784));
}

TEST_CASE("GAN options: networks described as text have rates and a constraint of their own, for relu") {
  const std::string text = "conv 16x5 stride 2 padding 1 / dense 128";
  const auto dense = gan_options_from({}), shared = gan_options_from({{"d-layers", text}});
  CHECK((dense.constraint == "none" && shared.constraint == "zero_sum"));
  CHECK((shared.generator.optimizer.lr == 3e-3 && shared.generator.optimizer.beta1 == 0));
  CHECK((shared.discriminator.optimizer.lr == 2e-4 && shared.discriminator.optimizer.beta1 == 0));
  CHECK((dense.loss == "xent" && shared.loss == "hinge" && shared.gamma == 8 && shared.real_label == 1));
  CHECK(lines_of(gan_options_from({{"layers", "dense 7x7x8"}})) == lines_of(shared));
  CHECK(gan_options_from({{"d-layers", text}, {"d-lr", "1e-4"}}).discriminator.optimizer.lr == 1e-4);
  CHECK(lines_of(gan_options_from({{"kernel", "step"}, {"d-layers", text}})) ==
        lines_of(gan_options_from({{"kernel", "step"}})));
}

TEST_CASE("GAN options: a discriminator whose kernels leave out pixels is refused") {
  auto g = gan_defaults(ramp, "relu", true, true);
  const auto refusal = [&](const char* text) {
    g.discriminator.layers = text;
    try {
      check(g);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refusal("conv 16x5 stride 2 / dense 128") ==
        "d_layers = 'conv 16x5 stride 2 / dense 128': its kernels leave out the pixel in row 0, column 27 of 28 x 28, "
        "allowed: a first layer whose kernels, with padding and stride, cover the image");
  CHECK(refusal("conv 16x2 stride 3 / dense 128").find("row 0, column 2 of") != std::string::npos);
  CHECK(refusal("pool 3 / dense 9").find("row 0, column 27 of") != std::string::npos);
  g.columns = 27;
  CHECK(refusal("conv 16x5 stride 2 / dense 128").find("row 27, column 0 of 28 x 27") != std::string::npos);
  g.columns = 28;
  for (const auto* text :
       {"conv 16x5 stride 2 padding 1 / dense 128", "conv 16x4 stride 2", "pool 2 / conv 4x3", "dense 20"}) {
    CHECK(refusal(text) == "");
  }
}

TEST_CASE("GAN options: a class fires with the bias neuron of its layer, in free networks at 0") {
  auto o = gan_options_from({{"conditional", "on"}, {"d-layers", "conv 4x5 stride 3 / dense 8"}});
  CHECK(class_time(o) == 64);  // relu: hidden2 integrates while hidden1 fires
  o = gan_options_from({{"conditional", "on"}, {"regime", "free"}, {"d-layers", "conv 4x5 stride 3 / dense 8"}});
  CHECK(class_time(o) == 0);
}

TEST_CASE("GAN options: layers that do not fit are refused in one line, those of the discriminator with the images") {
  const auto refused = [](const std::map<std::string, std::string>& given) {
    return refusal([&] { gan_options_from(given); });
  };
  CHECK(refused({{"layers", "conv 16x5"}}) ==
        "layers = 'conv 16x5', allowed: dense first, because noise has no grid, such as dense 7x7x32");
  CHECK(
      refused({{"layers", "dense 7x7x2 / conf 3x3"}}).starts_with("layers = 'dense 7x7x2 / conf 3x3', layers: 'conf"));
  CHECK(refused({{"layers", "dense 5"}, {"hidden", "5"}}) == "hidden has no effect with layers = 'dense 5'");
  CHECK(refused({{"dither", "0.5"}, {"regime", "free"}}) == "dither has no effect with regime = 'free'");
  CHECK(refused({{"shift-share", "0.5"}}) == "shift-share has no effect with shift = '0'");
  CHECK(refused({{"distort-share", "0.5"}}).starts_with("distort-share has no effect with rotate = '0', zoom"));
  CHECK(refused({{"shift", "1"}, {"shift-share", "0.5"}, {"elastic", "1"}, {"distort-share", "0.5"}}).empty());
  CHECK(refused({{"d-layers", "dense 5"}, {"d-hidden", "5"}}) == "d-hidden has no effect with d-layers = 'dense 5'");
  CHECK(refused({{"layers", "dense 28x28x1"}, {"rows", "28"}}) ==
        "layers = 'dense 28x28x1', allowed: a layer before the image, which is the last one");
  CHECK(refused({{"d-layers", "conv 2x30"}}).empty());  // until the size of the images is known
  CHECK(refused({{"d-layers", "conv 2x30"}, {"rows", "30"}, {"columns", "31"}}).empty());
  CHECK(refused({{"d-layers", "conv 2x30"}, {"rows", "28"}}).starts_with("d_layers: 'conv 2x30': "));
  auto o = gan_options_from({{"d-layers", "conv 2x30"}});
  CHECK(refusal([&] { check(o); }).starts_with("d_layers: 'conv 2x30': "));
  const auto shown = show_options(gan_option_table(), gan_options_from({{"layers", "dense 5"}}));
  CHECK((shown.at("layers") == "dense 5" && !shown.contains("d-layers")));
}

TEST_CASE("GAN options: each network has its own optimizer and run length, all other options are shared") {
  for (const auto& known : known_settings()) {
    CAPTURE(known.regime);
    auto g = gan_defaults(known.kernel, known.regime, known.conditional);
    g.generator.hidden = {30, 30, 30};
    g.generator.optimizer = {update_rule::sgd, 0.125, 1e-3, 0.25, 0.5, 1e-4};
    g.discriminator.optimizer = {update_rule::adam, 0.25, 1e-2, 0.75, 0.875, 1e-3};
    g.schedule = rate_schedule::square;
    g.schedule_steps = 9;
    g.constraint = "zero_sum";
    g.backward = {.t_max = 3,
                  .normalise = true,
                  .jump_length = 70,
                  .jump_ahead = 20,
                  .min_slope = 2,
                  .surrogate_width = 0.7,
                  .sparsity = 0.01,
                  .wake = false};
    for (const bool train_biases : {true, false}) {
      g.train_biases = train_biases;
      const auto of_generator = generator_learning(g), of_discriminator = discriminator_learning(g);
      CHECK(described(of_generator.optimizer) == described(g.generator.optimizer));
      CHECK(described(of_discriminator.optimizer) == described(g.discriminator.optimizer));
      for (const auto* l : {&of_generator, &of_discriminator}) {
        auto backward = g.backward;
        backward.to_sources = l == &of_discriminator;  // the generator learns through it
        CHECK(described(l->backward) == described(backward));
        CHECK((l->rule == g.rule && l->schedule == rate_schedule::square && l->schedule_steps == 9));
        CHECK(l->train_biases == train_biases);
      }
      CHECK((of_generator.constraint == "zero_sum" && of_generator.constrained_inputs == 100));
      CHECK((of_discriminator.constraint == "none" && of_discriminator.constrained_inputs == 0));
      CHECK(of_generator.backward.t_max == generator_run_length(g));
      CHECK(of_discriminator.backward.t_max == discriminator_run_length(g));
    }
  }
}

TEST_CASE("GAN options: sizes are 1 or more") {
  CHECK(refused([](o& g) { g.noise = 0; }) == "noise, rows, columns = 0, 28, 28, allowed: 1 or more");
  CHECK(refused([](o& g) { g.rows = 0; }).starts_with("noise, rows, columns = 100, 0, 28"));
  CHECK(refused([](o& g) { g.columns = 0; }).starts_with("noise, rows, columns = 100, 28, 0"));
  CHECK(refused([](o& g) { g.noise = g.rows = g.columns = 1; }).empty());
  CHECK(refused([](o& g) { g.shift_share = 1.01; }) == "shift_share = 1.01, allowed: [0, 1]");
  CHECK(refused([](o& g) { g.dither = 1.01; }) == "dither = 1.01, allowed: [0, 1]");
  CHECK(refused([](o& g) { g.dither = 0.1; }, "free") == "dither = 0.1, allowed: [0, 0]");
  CHECK(refused([](o& g) { g.distort.shear = -1; }) == "shear = -1, allowed: [0, 1]");
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

TEST_CASE("GAN options: times are in the range of the engine") {
  CHECK(refused([](o& g) { g.t_in = 0; }) == "t_in = 0, allowed: whole numbers from 1 to 2^32");
  CHECK(refused([](o& g) { g.t_in = 1; }).empty());
  CHECK(refused([](o& g) { g.t_in = 63.5; }).starts_with("t_in = 63.5, allowed"));
  CHECK(refused([](o& g) { g.t_in = 0x1p33; }).starts_with("t_in = 8589934592, allowed"));
  CHECK(refused([](o& g) { g.t_in = 0x1p31; }).starts_with("t_max = 6442450944, allowed"));  // three windows
  CHECK(refused([](o& g) { g.t_in = 0x1p30; }).empty());
  CHECK(refused([](o& g) { g.t_max = 0; }, "free").starts_with("t_max = 0, allowed"));
  CHECK(refused([](o& g) { g.t_in = g.t_max = 0x1p32, g.window_open = 0; }, "free").empty());
  CHECK(refused([](o& g) { g.t_max = 0x1p33; }, "free").starts_with("t_max = 8589934592, allowed"));
  CHECK(refused([](o& g) { g.t_max = 0, g.window_open = -1; }).empty());  // derived there
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
  CHECK(refused([](o& g) { g.constraint = "sum"; }).starts_with("constraint = sum"));
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
