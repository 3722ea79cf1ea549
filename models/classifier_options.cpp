#include "firstspike/models/classifier_options.hpp"

#include "firstspike/engine/require.hpp"
#include "firstspike/models/layer_text.hpp"
#include "firstspike/models/part_options.hpp"

namespace firstspike {
namespace {

using shape = weight_distribution::shape;

// Fan-ins of 784-400-10, for which initial weights are specified.
constexpr double pixels = 784, hidden_neurons = 400;

void set_free_step(classifier_options& o) {
  if (o.loss == "s4nn") {
    o.init_hidden = {shape::uniform, 0, 5, pixels};
    o.init_output = {shape::uniform, 0, 50, hidden_neurons};
    return;
  }
  o.init_hidden = {shape::normal, 0.6, 2, pixels};
  o.init_output = {shape::normal, 0.6, 3.5, hidden_neurons};
  o.batch = 32;
  o.beta = 12;
  auto& l = o.learning;
  l.rule = "soft_step";
  l.optimizer = {update_rule::adam, 0.05, 0};
  l.schedule = rate_schedule::linear;
  o.shift = 1;
  o.shift_share = 0.3;
  l.backward = {
      .normalise = false, .jump_length = o.t_in, .jump_ahead = o.t_in / 4, .min_slope = 0.35, .sparsity = 5e-4};
}

// Defaults of all other combinations.
void set_batches(classifier_options& o) {
  o.batch = 64;
  o.renew_below = 0;
  o.learning.optimizer = {update_rule::adam, 2e-3, 0};
  o.learning.schedule = rate_schedule::linear;
  o.shift = 1;
  o.gamma = 0.1 * o.t_in;
}

void set_free_ramp(classifier_options& o) {
  set_batches(o);
  // One window for the input and one for each layer: with only 3 t_in, few outputs of deep networks fire.
  o.t_max = static_cast<double>(hidden_layers(o) + 2) * o.t_in;
  o.delay = 0;
  o.v_th = o.t_in;
  o.init_hidden = {shape::normal, 0.02, 0.05, pixels};
  o.init_output = {shape::normal, 0.01, 0.05, hidden_neurons};
  o.learning.rule = "exact_ramp";
  o.learning.backward.min_slope = 0.1;
}

// Neurons with a fire phase.
void set_relu_or_binary(classifier_options& o) {
  set_batches(o);
  o.init_hidden = {shape::normal, 0, 0.03, pixels};
  o.init_output = {shape::normal, 0, 0.07, hidden_neurons};
  o.beta = 0.05 * o.t_in;
  if (o.regime == "relu") {
    o.delay = 0;
    o.learning.rule = "relu";
  } else {
    o.learning.rule = "straight_through";
    o.learning.backward.surrogate_width = 0.5;
  }
}

}  // namespace

classifier_options classifier_defaults(synapse_kernel kernel, const std::string& regime, const std::string& loss,
                                       const std::vector<std::uint32_t>& hidden, const std::string& layers) {
  classifier_options o;
  o.hidden = hidden;
  o.layers = layers;
  o.kernel = kernel;
  o.regime = regime;
  const bool is_s4nn = regime == "free" && kernel == synapse_kernel::step;
  o.loss = !loss.empty() ? loss : is_s4nn ? "s4nn" : "xent";
  if (regime == "relu" || regime == "binary") {
    set_relu_or_binary(o);
  } else if (kernel == synapse_kernel::ramp) {
    set_free_ramp(o);
  } else {
    set_free_step(o);
  }
  if (reads(loss_called(o.loss), "pull")) o.pull = 0.02;
  return o;
}

std::size_t hidden_layers(const classifier_options& o) {
  return o.layers.empty() ? o.hidden.size() : count_layers(o.layers);
}

chain_plan plan_of(const classifier_options& o, const grid& input) {
  chain_plan plan{o.t_in, o.delay, o.t_max, {}};
  const double bias_std = o.regime == "binary" ? 0.1 : 0;
  const auto outputs = static_cast<std::uint32_t>(o.classes.size());
  std::vector<placed_layer> layers(hidden_layers(o) + 1, placed_layer{1});
  if (o.layers.empty()) {
    for (std::size_t i = 0; i < o.hidden.size(); ++i) layers[i].size = o.hidden[i];
  } else if (input.size() > 0) {
    layers = place_layers(o.layers, input, outputs);
  }
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    const auto& init = i == 0 ? o.init_hidden : o.init_output;
    plan.layers.push_back({hidden_name(i, layers.size() - 1), layers[i].size, init, o.v_th, o.range, 0, bias_std,
                           layers[i].shape, layers[i].shared});
  }
  plan.layers.push_back({"output", outputs, o.init_output, o.v_th, o.output_range, o.output_range / 2, 0,
                         layers.back().shape, layers.back().shared});
  if (!o.layers.empty()) plan.input = input;
  return plan;
}

void check(const classifier_options& o) {
  check_classes(o.classes, 2);
  const double t_max = check(plan_of(o), regime_called(o.regime));
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  loss_called(o.loss);
  require(o.gamma >= 0 && o.gamma < never, "gamma = {}, allowed: 0 or more, finite", o.gamma);
  require(o.gamma <= t_max || !reads(loss_called(o.loss), "gamma"),
          "gamma = {}, allowed: 0 to t_max = {}; without gamma it follows from t_in or the kernel", o.gamma, t_max);
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.pull >= 0 && o.pull < never, "pull = {}, allowed: 0 or more, finite", o.pull);
  check_augmentation(o);
  require(o.average >= 0 && o.average < 1, "average = {}, allowed: [0, 1)", o.average);
  require(o.renew_below >= 0 && o.renew_below < 1, "renew_below = {}, allowed: [0, 1)", o.renew_below);
  check(o.learning, o.regime, o.kernel);
}

const option_table<classifier_options>& classifier_option_table() {
  using o = classifier_options;
  static const option_table<o> table = [] {
    option_table<o> t;
    const auto add = [&t](const char* name, auto member, const auto& kind, const char* help) {
      t.push_back(make_option<o>(name, member, kind, help));
    };
    add(
        "kernel", [](o & c) -> auto& { return c.kernel; }, kernels(), "synapse kernel");
    add(
        "regime", [](o & c) -> auto& { return c.regime; }, regimes(), "how layers turn potential into spikes");
    add(
        "hidden", [](o & c) -> auto& { return c.hidden; }, layer_sizes(), "sizes of the dense hidden layers");
    add(
        "layers", [](o & c) -> auto& { return c.layers; }, layer_texts(),
        "hidden layers instead of `hidden`, such as 'conv 16x5 / pool 2 / dense 128'");
    add(
        "init-hidden", [](o & c) -> auto& { return c.init_hidden; }, distributions(),
        "initial weights of the first hidden layer");
    add(
        "init-output", [](o & c) -> auto& { return c.init_output; }, distributions(),
        "initial weights of all later layers");
    add(
        "range", [](o & c) -> auto& { return c.range; }, positive_potential(),
        "hidden activations are clipped to [0, range]");
    add(
        "output-range", [](o & c) -> auto& { return c.output_range; }, positive_potential(),
        "output activations are clipped to [0, range]");
    add(
        "v-th", [](o & c) -> auto& { return c.v_th; }, positive_potential(), "threshold");
    append_options(
        t, time_option_table<o>(), [](o & c) -> auto& { return c; });
    close_group(t, "Network");
    add(
        "rule", [](o & c) -> auto& { return c.learning.rule; }, rules(), "learning rule");
    add(
        "loss", [](o & c) -> auto& { return c.loss; }, losses(), "loss");
    add(
        "batch", [](o & c) -> auto& { return c.batch; }, narrowed<std::size_t>(1, 65536), "images per training step");
    add(
        "optimizer", [](o & c) -> auto& { return c.learning.optimizer.rule; }, update_rules(), "update rule");
    append_options(
        t, optimizer_option_table(), [](o & c) -> auto& { return c.learning.optimizer; });
    add(
        "schedule", [](o & c) -> auto& { return c.learning.schedule; }, rate_schedules(),
        "how the learning rate falls to 0 over the run");
    add(
        "weight-decay", [](o & c) -> auto& { return c.learning.optimizer.weight_decay; }, real_number(0, 1),
        "lambda: w -= lr lambda w after each training step");
    add(
        "average", [](o & c) -> auto& { return c.average; }, real_number(0, 0.999999),
        "decay of the running mean of the weights, which the model has; 0: the last weights");
    append_options(
        t, loss_option_table<o>(), [](o & c) -> auto& { return c; });
    append_options(
        t, rule_option_table(), [](o & c) -> auto& { return c.learning.backward; });
    add(
        "train-biases", [](o & c) -> auto& { return c.learning.train_biases; }, on_or_off(),
        "also train the weights of bias neurons");
    add(
        "renew-below", [](o & c) -> auto& { return c.renew_below; }, real_number(0, 0.999),
        "reinitialise hidden neurons that fire on a smaller fraction of an epoch's images; 0: off");
    close_group(t, "Learning");
    add(
        "seed", [](o & c) -> auto& { return c.seed; }, whole_number(), "seed of all random numbers");
    close_group(t, "Run");
    append_options(
        t, augmentation_option_table<o>(), [](o & c) -> auto& { return c; });
    t.push_back(make_option<o>(
        "classes", [](o & c) -> auto& { return c.classes; }, label_list(), "label of each output", option_role::data));
    close_group(t, "Data");
    return t;
  }();
  return table;
}

std::map<std::string, std::vector<std::string>> options_without_effect(const classifier_options& o) {
  auto names = options_without_effect(o.regime, o.learning.rule, o.loss);
  if (!o.layers.empty()) names["hidden"] = {"layers"};
  names.merge(augmentation_without_effect(o));
  if (o.learning.optimizer.rule == update_rule::sgd) names["adam-beta1"] = names["adam-beta2"] = {"optimizer"};
  return names;
}

classifier_options classifier_options_from(const std::map<std::string, std::string>& given) {
  const auto& table = classifier_option_table();
  classifier_options asked;
  read_options(table, given, asked);
  const auto kernel = kernel_of(given, asked.kernel, asked.regime);
  auto o =
      classifier_defaults(kernel, asked.regime, given.contains("loss") ? asked.loss : "", asked.hidden, asked.layers);
  read_options(table, given, o);
  o.kernel = kernel;
  rule_for(o.learning.rule, o.regime, o.kernel);
  refuse_without_effect(table, options_without_effect(o), given, o);
  check(o);
  return o;
}

}  // namespace firstspike
