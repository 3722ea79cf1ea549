#include "firstspike/models/gan_options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "firstspike/engine/require.hpp"
#include "firstspike/models/layer_text.hpp"
#include "firstspike/models/part_options.hpp"

namespace firstspike {
namespace {

optimizer_options adam(double lr, double beta1 = 0) { return {update_rule::adam, lr, 0, beta1}; }

void set_relu(gan_options& o) {
  o.generator = {.init_std = 1.26, .last_init_std = 0.8, .optimizer = adam(4e-3)};
  o.discriminator = {.last_range = 4, .init_std = 0.3, .last_init_std = 0.3, .optimizer = adam(3e-4)};
}

// At the rates of dense networks, or without the constraint, convolutional ones suffer mode collapse. The hinge loss
// with a margin of one temperature and no label smoothing is that of Lim & Ye 2017 (arXiv 1705.02894), except that the
// generator's loss has the margin too.
void set_convolutional_relu(gan_options& o) {
  o.constraint = "zero_sum";
  o.loss = "hinge";
  o.gamma = o.beta;
  o.real_label = 1;
  o.generator.optimizer = adam(3e-3);
  o.discriminator.optimizer = adam(2e-4);
}

void set_binary(gan_options& o) {
  o.rule = "straight_through";
  o.t_in = 128;
  o.delay = 1;
  o.noise_rate = 0.5;
  o.constraint = "zero_sum";
  o.backward.surrogate_width = 0.3;
  o.generator = {.last_range = 0.25, .init_std = 1.15, .last_init_std = 0.58, .optimizer = adam(4e-3)};
  const double lr = o.conditional ? 3.5e-4 : 2.8e-4;
  o.discriminator = {.last_range = 16, .init_std = 0.588, .last_init_std = 0.588, .optimizer = adam(lr)};
}

// Constant thresholds, with the rule soft_step for the step kernel. Samples are far from digits (docs/gan.md).
void set_free(gan_options& o) {
  const bool step = o.kernel == synapse_kernel::step;
  o.noise_rate = 1;
  o.rule = step ? "soft_step" : "exact_ramp";
  o.t_in = 256;
  o.delay = 1;
  o.beta = 25.6;
  o.backward = {.normalise = false, .jump_length = 256, .jump_ahead = 64, .min_slope = step ? 0.35 : 0.1};
  if (step) {
    o.generator = {.v_th = 100, .initial_sum = 200, .init_std = 60, .last_init_std = 100, .optimizer = adam(0.02, 0.5)};
    o.discriminator = {
        .v_th = 100, .initial_sum = 470, .init_std = 56, .last_init_std = 40, .optimizer = adam(0.01, 0.5)};
    return;
  }
  o.t_max = 1536;
  o.window_open = 1024;
  o.generator = {.v_th = 250, .initial_sum = 1, .init_std = 0.8, .last_init_std = 0.8, .optimizer = adam(4e-3, 0.5)};
  o.discriminator = {.v_th = 80, .initial_sum = 1, .init_std = 0.3, .last_init_std = 0.3, .optimizer = adam(3e-4, 0.5)};
}

// The sources of a network, or the neurons of a layer.
struct preceding {
  std::uint32_t size = 0;
  grid shape{};
};

// The number of synapses into a neuron away from the edges of its grid. Where transposed, it depends on the position
// unless the stride divides the kernel: their mean.
double synapses_into(const placed_layer& l, const preceding& before) {
  if (!l.shared) return before.size;
  const double stride = l.shared->transposed ? l.shared->stride : 1;
  return before.shape.channels * (l.shared->kernel_rows / stride) * (l.shared->kernel_columns / stride);
}

// `image`: the arrangement by which the last layer of the text is the last layer of the network.
std::vector<placed_layer> placed(const gan_network_options& network, const preceding& sources, std::uint32_t last,
                                 const grid& image) {
  if (!network.layers.empty()) return place_layers(network.layers, sources.shape, last, image);
  std::vector<placed_layer> layers;
  for (const auto size : network.hidden) layers.push_back({size});
  layers.push_back({last});
  return layers;
}

// `informed`: the layer that a class population projects to.
constexpr auto no_layer = std::numeric_limits<std::size_t>::max();
chain_plan plan_of(const gan_options& o, const gan_network_options& network, const preceding& sources,
                   std::span<const placed_layer> layers, const std::string& last, double last_bias,
                   std::size_t informed = no_layer) {
  chain_plan plan{o.t_in, o.delay, o.t_max, {}};
  if (!network.layers.empty()) plan.input = sources.shape;
  auto before = sources;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& l = layers[i];
    const bool is_last = i + 1 == layers.size();
    const double inputs = synapses_into(l, before) + (i == informed ? class_sources(o) : 0);
    const double mean = o.regime == "free" ? network.initial_sum / inputs : 0;
    const double init_std = is_last ? network.last_init_std : network.init_std;
    const weight_distribution init{weight_distribution::shape::normal, mean, init_std / std::sqrt(inputs)};
    const double bias_std = o.regime == "binary" ? init.b : 0;
    plan.layers.push_back({is_last ? last : hidden_name(i, layers.size() - 1), l.size, init, network.v_th,
                           is_last ? network.last_range : network.range, is_last ? last_bias : 0, bias_std, l.shape,
                           l.shared, i == informed ? class_sources(o) : 0});
    before = {l.size, l.shape};
  }
  return plan;
}

// The last layer is dense. One behind a pool has the weights of a convolution into one cell.
std::size_t first_dense(std::span<const placed_layer> layers) {
  const auto is_dense = [](const placed_layer& l) { return !l.shared || (l.shape.rows == 1 && l.shape.columns == 1); };
  return static_cast<std::size_t>(std::ranges::find_if(layers, is_dense) - layers.begin());
}

// Layers as text that can be checked before the images are known: the generator's begin dense, so that they need no
// grid before them.
void check_layers(const gan_options& o) {
  const auto& text = o.generator.layers;
  require(text.empty() || begins_dense(text),
          "layers = '{}', allowed: dense first, because noise has no grid, such as dense 7x7x32", text);
}

// A pixel that the discriminator does not receive is never learnt, and stands out in samples.
void check_receives_all(const gan_options& o, const layer_plan& first) {
  if (!first.shared) return;
  const patch_table patches(*first.shared, {o.rows, o.columns, 1}, first.shape);
  for (std::uint32_t i = 0; i < o.rows * o.columns; ++i) {
    require(patches[i].size() > 0,
            "d_layers = '{}': its kernels leave out the pixel in row {}, column {} of {} x {}, allowed: a first layer "
            "whose kernels, with padding and stride, cover the image",
            o.discriminator.layers, i / o.columns, i % o.columns, o.rows, o.columns);
  }
}

// The same network with as many layers, all dense, which fit images of any size.
gan_network_options without_grids(gan_network_options network) {
  if (network.layers.empty()) return network;
  network.hidden.assign(count_layers(network.layers), 1);
  network.layers.clear();
  return network;
}

learner_options learning_of(const gan_options& o, const gan_network_options& network, double t_max) {
  learner_options l{o.rule, o.backward, "none", 0, o.train_biases, network.optimizer, o.schedule, o.schedule_steps};
  l.backward.t_max = t_max;
  return l;
}

}  // namespace

gan_options gan_defaults(synapse_kernel kernel, const std::string& regime, bool conditional, bool shared_weights) {
  gan_options o;
  o.kernel = kernel;
  o.regime = regime;
  o.conditional = conditional;
  if (regime == "relu") {
    set_relu(o);
    if (shared_weights) set_convolutional_relu(o);
  } else if (regime == "binary") {
    set_binary(o);
  } else {
    set_free(o);
  }
  return o;
}

// A pixel with potential 0 is black for ramp, as in a ReLU network. For step, whose potential has few levels, it is in
// the middle of the window.
chain_plan generator_plan(const gan_options& o) {
  const double bias = o.kernel == synapse_kernel::step ? o.generator.last_range / 2 : 0;
  const preceding sources{generator_sources(o)};
  const auto layers = placed(o.generator, sources, o.rows * o.columns, {o.rows, o.columns, 1});
  return plan_of(o, o.generator, sources, layers, "image", bias);
}

chain_plan discriminator_plan(const gan_options& o) {
  preceding sources{discriminator_inputs(o)};
  if (sources.size == o.rows * o.columns) sources.shape = {o.rows, o.columns, 1};
  try {
    const auto layers = placed(o.discriminator, sources, 2, {});
    auto informed = no_layer;
    if (has_class_population(o)) informed = first_dense(layers);
    return plan_of(o, o.discriminator, sources, layers, "output", o.discriminator.last_range / 2, informed);
  } catch (const std::invalid_argument& error) {  // names the option `layers`
    throw std::invalid_argument(std::string("d_") + error.what());
  }
}

bool has_class_population(const gan_options& o) {
  return o.conditional && !o.discriminator.layers.empty() && !begins_dense(o.discriminator.layers);
}

learner_options generator_learning(const gan_options& o) {
  auto l = learning_of(o, o.generator, generator_run_length(o));
  l.constraint = o.constraint;
  l.constrained_inputs = o.noise;
  l.backward.to_sources = false;
  return l;
}

learner_options discriminator_learning(const gan_options& o) {
  return learning_of(o, o.discriminator, discriminator_run_length(o));
}

void check(const gan_options& o) {
  require(o.noise > 0 && o.rows > 0 && o.columns > 0, "noise, rows, columns = {}, {}, {}, allowed: 1 or more", o.noise,
          o.rows, o.columns);
  if (o.conditional) check_classes(o.classes, 1);
  check_layers(o);
  check(generator_learning(o), o.regime, o.kernel);
  check(discriminator_learning(o), o.regime, o.kernel);
  require(o.noise_rate > 0 && o.noise_rate <= 1, "noise_rate = {}, allowed: above 0, up to 1", o.noise_rate);
  const auto drawing = generator_plan(o);
  require(drawing.layers.size() > 1 || o.generator.layers.empty(),
          "layers = '{}', allowed: a layer before the image, which is the last one", o.generator.layers);
  check(drawing, regime_called(o.regime));
  const auto deciding = discriminator_plan(o);
  check(deciding, regime_called(o.regime));
  check_receives_all(o, deciding.layers.front());
  require(image_opens(o) >= 0 && image_opens(o) + o.t_in <= generator_run_length(o),
          "window_open = {}, allowed: 0 to t_max - t_in = {} steps", o.window_open, o.t_max - o.t_in);
  loss_called(o.loss);
  require(o.average >= 0 && o.average < 1, "average = {}, allowed: [0, 1)", o.average);
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  check_augmentation(o);
  const double most_dither = o.regime == "free" ? 0 : 1;
  require(o.dither >= 0 && o.dither <= most_dither, "dither = {}, allowed: [0, {}]", o.dither, most_dither);
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.gamma >= 0 && o.gamma < never, "gamma = {}, allowed: 0 or more, finite", o.gamma);
  require(o.pull >= 0 && o.pull < never, "pull = {}, allowed: 0 or more, finite", o.pull);
  require(o.real_label > 0.5 && o.real_label <= 1, "real_label = {}, allowed: above 0.5, up to 1", o.real_label);
}

double image_opens(const gan_options& o) {
  if (o.regime == "free") return o.window_open;
  const auto plan = generator_plan(o);
  return regime_called(o.regime).window(plan, plan.layers.size() - 1).first;
}

namespace {

// Options of one network: those of the generator have no prefix, those of the discriminator have "d-".
void add_network_options(option_table<gan_options>& t, const std::string& prefix, const std::string& last,
                         const std::string& layers_help, const std::string& group,
                         gan_network_options gan_options::*network) {
  using o = gan_network_options;
  const auto member = [network](gan_options & g) -> auto& { return g.*network; };
  option_table<o> options;
  const auto add = [&](const std::string& name, auto of_network, const auto& kind, const std::string& help) {
    options.push_back(make_option<o>(name, of_network, kind, help));
  };
  add(
      prefix + "hidden", [](o & n) -> auto& { return n.hidden; }, layer_sizes(), "sizes of the dense hidden layers");
  add(
      prefix + "layers", [](o & n) -> auto& { return n.layers; }, layer_texts(), layers_help);
  add(
      prefix + "range", [](o & n) -> auto& { return n.range; }, positive_potential(),
      "hidden activations are clipped to [0, range]");
  add(
      last + "-range", [](o & n) -> auto& { return n.last_range; }, positive_potential(),
      "activations of the last layer are clipped to [0, range]");
  add(
      prefix + "init-std", [](o & n) -> auto& { return n.init_std; }, real_number(0, 1e6),
      "initial standard deviation of hidden weights, times the square root of the fan-in");
  add(
      last + "-init-std", [](o & n) -> auto& { return n.last_init_std; }, real_number(0, 1e6),
      "the same for the last layer");
  add(
      prefix + "initial-sum", [](o & n) -> auto& { return n.initial_sum; }, real_number(-1e6, 1e6),
      "mean sum of a neuron's initial weights");
  add(
      prefix + "v-th", [](o & n) -> auto& { return n.v_th; }, positive_potential(), "threshold");
  auto of_optimizer = optimizer_option_table();
  for (auto& from : of_optimizer) from.name = prefix + from.name;
  append_options(
      options, of_optimizer, [](o & n) -> auto& { return n.optimizer; });
  append_options(t, options, member);
  close_group(t, group);
}

}  // namespace

const option_table<gan_options>& gan_option_table() {
  using o = gan_options;
  static const option_table<o> table = [] {
    option_table<o> t;
    const auto add = [&t](const char* name, auto member, const auto& kind, const char* help) {
      t.push_back(make_option<o>(name, member, kind, help));
    };
    add(
        "kernel", [](o & g) -> auto& { return g.kernel; }, kernels(), "synapse kernel");
    add(
        "regime", [](o & g) -> auto& { return g.regime; }, regimes(), "how layers turn potential into spikes");
    add(
        "conditional", [](o & g) -> auto& { return g.conditional; }, on_or_off(),
        "class-conditional: both networks also receive the class");
    add(
        "noise", [](o & g) -> auto& { return g.noise; }, narrowed<std::uint32_t>(1, 1u << 24), "noise neurons");
    add(
        "noise-rate", [](o & g) -> auto& { return g.noise_rate; }, real_number(0, 1, false),
        "probability that a noise neuron fires");
    append_options(
        t, time_option_table<o>(), [](o & g) -> auto& { return g; });
    add(
        "window-open", [](o & g) -> auto& { return g.window_open; }, real_number(0, most_steps),
        "firing time of a white pixel [steps]");
    close_group(t, "Network");
    add_network_options(t, "", "image",
                        "layers instead of `hidden`, first dense, such as 'dense 7x7x32 / conv_transpose 1x8 stride 4 "
                        "padding 2'; a last grid of the image's rows x columns x 1 draws it, else a dense layer does",
                        "Generator", &o::generator);
    add_network_options(t, "d-", "output",
                        "hidden layers instead of `d-hidden`, such as 'conv 16x4 stride 2 / dense 128'",
                        "Discriminator", &o::discriminator);
    add(
        "rule", [](o & g) -> auto& { return g.rule; }, rules(), "learning rule");
    add(
        "loss", [](o & g) -> auto& { return g.loss; }, losses(), "loss");
    add(
        "constraint", [](o & g) -> auto& { return g.constraint; }, constraints(),
        "constraint on the generator's weights from the noise");
    add(
        "batch", [](o & g) -> auto& { return g.batch; }, narrowed<std::size_t>(1, 65536), "images per training step");
    add(
        "schedule", [](o & g) -> auto& { return g.schedule; }, rate_schedules(),
        "how both learning rates fall to 0 over the run");
    add(
        "average", [](o & g) -> auto& { return g.average; }, real_number(0, 0.999999),
        "decay of the running mean of the generator's weights, which draws the samples; 0: the last weights do");
    add(
        "real-label", [](o & g) -> auto& { return g.real_label; }, real_number(0.5, 1, false),
        "label smoothing: target probability of real images");
    append_options(
        t, loss_option_table<o>(), [](o & g) -> auto& { return g; });
    add(
        "dither", [](o & g) -> auto& { return g.dither; }, real_number(0, 1),
        "pixels in the discriminator's input fire up to so much earlier or later, at random, as a share of t-in");
    append_options(
        t, rule_option_table(), [](o & g) -> auto& { return g.backward; });
    add(
        "train-biases", [](o & g) -> auto& { return g.train_biases; }, on_or_off(),
        "also train the weights of bias neurons");
    close_group(t, "Learning");
    add(
        "seed", [](o & g) -> auto& { return g.seed; }, whole_number(), "seed of all random numbers");
    close_group(t, "Run");
    append_options(
        t, augmentation_option_table<o>(), [](o & g) -> auto& { return g; });
    const auto add_of_data = [&t](const char* name, auto member, const auto& kind, const char* help) {
      t.push_back(make_option<o>(name, member, kind, help, option_role::data));
    };
    add_of_data(
        "classes", [](o & g) -> auto& { return g.classes; }, label_list(), "conditional: label of each class");
    add_of_data(
        "rows", [](o & g) -> auto& { return g.rows; }, narrowed<std::uint32_t>(1, longest_image_side),
        "height of the images");
    add_of_data(
        "columns", [](o & g) -> auto& { return g.columns; }, narrowed<std::uint32_t>(1, longest_image_side),
        "width of the images");
    close_group(t, "Data");
    return t;
  }();
  return table;
}

std::map<std::string, std::vector<std::string>> options_without_effect(const gan_options& o) {
  auto names = options_without_effect(o.regime, o.rule, o.loss);
  names.merge(augmentation_without_effect(o));
  if (o.regime == "free") names["dither"] = {"regime"};
  if (!o.conditional) names["classes"] = {"conditional"};
  if (!o.generator.layers.empty()) names["hidden"] = {"layers"};
  if (!o.discriminator.layers.empty()) names["d-hidden"] = {"d-layers"};
  return names;
}

gan_options gan_options_from(const std::map<std::string, std::string>& given) {
  const auto& table = gan_option_table();
  gan_options asked;
  read_options(table, given, asked);
  const auto regime = given.contains("regime") ? asked.regime : default_gan_regime(asked.kernel);
  const auto kernel = kernel_of(given, asked.kernel, regime);
  const bool shared_weights = !asked.generator.layers.empty() || !asked.discriminator.layers.empty();
  auto o = gan_defaults(kernel, regime, asked.conditional, shared_weights);
  read_options(table, given, o);
  o.kernel = kernel;
  o.regime = regime;
  rule_for(o.rule, o.regime, o.kernel);
  refuse_without_effect(table, options_without_effect(o), given, o);
  if (given.contains("rows")) {
    check(o);
    return o;
  }
  check_layers(o);
  auto any_size = o;
  any_size.generator = without_grids(o.generator);
  any_size.discriminator = without_grids(o.discriminator);
  check(any_size);
  return o;
}

}  // namespace firstspike
