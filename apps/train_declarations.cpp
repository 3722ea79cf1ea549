#include "firstspike/apps/train_declarations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "firstspike/apps/output.hpp"
#include "firstspike/apps/train_option_kinds.hpp"

namespace firstspike {
namespace {

// What may differ when a run is gone on with: none of it changes a step that is learnt.
const std::set<std::string> free_to_change{"epochs", "steps",  "threads",      "engine",           "out",
                                           "resume", "record", "record-every", "checkpoint-every", "json",
                                           "data",   "config", "overwrite",    "samples-every"};

void declare_run(command_line& line, training_run& run) {
  add_common(line, run.common, true);
  line.config_file();
  line.add("out", run.out, text("RUN_DIR"), "directory for model, checkpoint, metrics and samples");
  line.add("resume", run.resume, text("RUN_DIR"), "go on with this run; it stays the run directory");
  line.add("data", run.data, text("DIR"), "where the data set's files are");
  line.add("set", run.set, one_of(std::vector<std::string>{"mnist", "strokes"}), "data set");
  line.add("images", run.images, text("F"), "own training images, idx3 or gzip of it");
  line.add("labels", run.labels, text("F"), "own training labels, idx1 or gzip of it");
  line.add("train-count", run.train_count, whole_number(), "train on the first N images; 0: all");
  line.add("engine", run.engine, one_of<schedule>({{"heap", schedule::heap}, {"sweep", schedule::sweep}}),
           "schedule; the result is the same, bit for bit");
  line.add("precision", run.single_precision, one_of<bool>({{"f32", true}, {"f64", false}}), "of weights and sums");
  line.add("record", run.record, text("TRACE"), "write the last step's spikes and weights as a trace");
  line.add("record-every", run.record_every, whole_number(), "with --record: also every N-th step's, to TRACE-STEP");
  line.add("checkpoint-every", run.checkpoint_every, whole_number(),
           "steps between checkpoints; 0: each epoch, or 250 steps of a GAN");
}

constexpr double most_steps = 1e9;

bool* biases_of(classifier_options& o) { return &o.learning.train_biases; }
bool* biases_of(gan_options& o) { return &o.train_biases; }

void declare_optimizer(command_line& line, const std::string& prefix, const std::string& of, optimizer_options& o) {
  const auto whose = of.empty() ? "" : ", " + of;
  line.add(prefix + "lr", o.lr, real_number(0, 1e6, false), "learning rate of the first training step" + whose);
  line.add(prefix + "adam-beta1", o.beta1, real_number(0, 0.999999), "adam: decay of the first moment" + whose);
  line.add(prefix + "adam-beta2", o.beta2, real_number(0, 0.999999), "adam: decay of the second moment" + whose);
}

constexpr double most = 1e6, most_potential = 1e30;

// The parts: defaults of all else hang on them.
template <class Options>
void declare_parts(command_line& line, Options& o, std::string& rule) {
  line.add("kernel", o.kernel, kernels(), "synapse kernel");
  line.add("regime", o.regime, regimes(), "how layers turn potential into spikes");
  line.add("rule", rule, rules(), "learning rule");
  line.add("loss", o.loss, losses(), "loss");
}

// What losses and learning rules read.
template <class Options>
void declare_gradients(command_line& line, Options& o, rule_options& r) {
  line.add("gamma", o.gamma, real_number(0, most_steps), "loss: margin [steps]");
  line.add("beta", o.beta, real_number(0, most_steps, false), "loss: temperature [steps]");
  line.add("pull", o.pull, real_number(0, most), "loss: how much an output that is already likely is drawn earlier");
  line.add("sparsity", r.sparsity, real_number(0, most),
           "added, shared among hidden layers, to -dL/dt of hidden spikes before the first output's, which moves them "
           "behind it [1 / steps]");
  line.add("normalise", r.normalise, on_or_off(), "divide each layer's dL/dV by its norm");
  line.add("jump-length", r.jump_length, real_number(0, most_steps, false),
           "gradients see the jump of a step synapse as a ramp of this length [steps]");
  line.add("jump-ahead", r.jump_ahead, real_number(0, most_steps), "so much of that ramp lies after the spike [steps]");
  line.add("min-slope", r.min_slope, real_number(0, most_potential),
           "gradients: slopes at the threshold below this count as this [potential / step]");
  line.old_spelling("least-slope", "min-slope");
  line.add("surrogate-width", r.surrogate_width, real_number(0, most),
           "gradients pass hidden neurons whose potential is this near to their threshold");
}

// When layers fire.
template <class Options>
void declare_times(command_line& line, Options& o) {
  line.add("train-biases", *biases_of(o), on_or_off(), "learn the weights of bias neurons too");
  line.add("delay", o.delay, real_number(0, most_steps), "of every projection but the bias neurons' [steps]");
  line.add("t-in", o.t_in, real_number(1, most_steps),
           "length of the input code, and of every window [steps], a whole number");
  line.add("t-max", o.t_max, real_number(0, most_steps, false), "end of a run [steps]");
}

void declare_network(command_line& line, const std::string& prefix, const std::string& last, const std::string& of,
                     gan_network_options& o) {
  line.add(prefix + "hidden", o.hidden, layer_sizes(), "sizes of the hidden layers, " + of);
  line.add(prefix + "range", o.range, real_number(0, most_potential, false),
           "hidden activations from 0 to this are told apart, " + of);
  line.add(last + "-range", o.last_range, real_number(0, most_potential, false),
           "activations of the last layer from 0 to this are told apart, " + of);
  line.add(prefix + "init-std", o.init_std, real_number(0, most),
           "initial standard deviation of hidden weights, times the root of the fan-in, " + of);
  line.add(last + "-init-std", o.last_init_std, real_number(0, most), "the same of the last layer's, " + of);
  line.add(prefix + "initial-sum", o.initial_sum, real_number(-most, most),
           "mean sum of a neuron's initial weights, " + of);
  line.add(prefix + "v-th", o.v_th, real_number(0, most_potential, false), "threshold, " + of);
  declare_optimizer(line, prefix, of, o.optimizer);
}

template <class Part>
void describe_parts(command_line& line, const std::string& title, std::span<const Part> parts) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& part : parts) rows.push_back({fmt::format("  {}", part.name), std::string(part.summary)});
  line.note(title + "\n" + table_text(rows, false));
}

void describe_all_parts(command_line& line) {
  describe_parts(line, "regimes:", all_regimes());
  describe_parts(line, "rules:", all_rules());
  describe_parts(line, "losses:", all_losses());
}

// Options of earlier versions, and what to use now.
void declare_gone(command_line& line) {
  const std::pair<const char*, const char*> table[]{
      {"gate", "--regime relu has windows of --t-in steps"},
      {"d-gate", "--regime relu has windows of --t-in steps"},
      {"gate-width", "use --regime binary and --surrogate-width"},
      {"contrast", "use --image-range, its inverse"},
      {"slope", "use --initial-sum with --regime free"},
      {"d-slope", "use --d-initial-sum with --regime free"},
      {"spread", "use --init-std, a standard deviation times the root of the fan-in"},
      {"image-spread", "use --image-init-std, a standard deviation times the root of the fan-in"},
      {"d-spread", "use --d-init-std and --output-init-std, standard deviations times the root of the fan-in"},
  };
  for (const auto& [name, now] : table) line.gone(name, now);
}

// Names of options that `part` does not read, out of those that only some parts read.
template <class Part>
void add_unread(std::map<std::string, std::string>& names, const Part& part, const std::string& kind,
                std::span<const char* const> options) {
  for (std::string option : options) {
    if (reads(part, option)) continue;
    std::ranges::replace(option, '_', '-');
    names[option] = fmt::format("--{} {}", kind, part.name);
  }
}

std::map<std::string, std::string> unread(const std::string& regime, const std::string& rule, const std::string& loss,
                                          const std::string& kernel) {
  static constexpr std::array of_rules{"normalise", "jump_length", "jump_ahead", "min_slope", "surrogate_width"};
  static constexpr std::array of_losses{"gamma", "beta", "pull"};
  std::map<std::string, std::string> names;
  add_unread<learning_rule>(names, rule_called(rule), "rule", of_rules);
  add_unread<firstspike::loss>(names, loss_called(loss), "loss", of_losses);
  const auto with = fmt::format("--kernel {} --regime {}", kernel, regime);
  const auto out = [&](std::initializer_list<const char*> options) {
    for (const auto* option : options) names[option] = with;
  };
  if (regime == "free") {
    out({"output-range", "image-range", "train-biases"});
  } else {
    out({"t-max", "v-th", "d-v-th", "window-open", "initial-sum", "d-initial-sum"});
  }
  if (regime != "relu") out({"range", "d-range"});
  return names;
}

// The kernel that the regime goes with, where the arguments name a regime alone.
template <class Run>
synapse_kernel kernel_asked(const Run& asked, const command_line& line) {
  if (line.given("kernel") || !line.given("regime")) return asked.learn.kernel;
  return regime_called(asked.learn.regime).kernel.value_or(asked.learn.kernel);
}

}  // namespace

void declare(command_line& line, classifier_run& run) {
  auto& o = run.learn;
  auto& l = o.learning;
  declare_run(line, run);
  declare_parts(line, o, l.rule);
  line.add("epochs", run.epochs, whole_number(1, 1'000'000), "passes over the training images, in all");
  line.add("hidden", o.hidden, layer_sizes(), "sizes of the hidden layers");
  line.add("batch", o.batch, narrowed<std::size_t>(1, 65536), "images a training step");
  line.add("optimizer", l.optimizer.rule, one_of<update_rule>({{"sgd", update_rule::sgd}, {"adam", update_rule::adam}}),
           "update rule");
  declare_optimizer(line, "", "", l.optimizer);
  line.add("schedule", l.schedule, schedules(), "how the learning rate falls to 0 over --epochs");
  line.add("weight-decay", l.optimizer.weight_decay, real_number(0, 1),
           "lambda: w -= lr lambda w after each training step");
  declare_gradients(line, o, l.backward);
  line.add("shift", o.shift, narrowed<std::uint32_t>(0, 28), "move images learnt by up to so many pixels");
  line.add("shift-share", o.shift_share, real_number(0, 1), "probability that an image is moved");
  line.add("init-hidden", o.init_hidden, distributions(), "initial weights of the first hidden layer");
  line.add("init-output", o.init_output, distributions(), "initial weights of all later layers");
  line.add("range", o.range, real_number(0, most_potential, false), "hidden activations from 0 to this are told apart");
  line.add("output-range", o.output_range, real_number(0, most_potential, false),
           "output activations from 0 to this are told apart");
  line.add("v-th", o.v_th, real_number(0, most_potential, false), "threshold");
  declare_times(line, o);
  line.add("renew-below", o.renew_below, real_number(0, 0.999),
           "draw hidden neurons anew that fire on a smaller fraction of an epoch's images; 0: off");
  line.add("validation", run.validation, whole_number(), "training images set aside to choose the model to keep");
  describe_all_parts(line);
}

void declare(command_line& line, gan_run& run) {
  auto& o = run.learn;
  declare_run(line, run);
  declare_parts(line, o, o.rule);
  line.add("steps", run.steps, whole_number(1, 1'000'000'000), "training steps, in all");
  line.add("batch", o.batch, narrowed<std::size_t>(1, 65536), "images a training step");
  line.add("noise", o.noise, narrowed<std::uint32_t>(1, 1u << 24), "noise neurons");
  line.add("noise-rate", o.noise_rate, real_number(0, 1, false), "probability that a noise neuron fires");
  line.add("constraint", o.constraint, constraints(), "on the generator's weights from the noise");
  declare_network(line, "", "image", "generator", o.generator);
  declare_network(line, "d-", "output", "discriminator", o.discriminator);
  declare_gradients(line, o, o.backward);
  line.add("real-label", o.real_label, real_number(0.5, 1, false),
           "probability that the discriminator is trained to give a real image");
  line.add("schedule", o.schedule, schedules(), "how both learning rates fall to 0 over --steps");
  line.add("average", o.average, real_number(0, 0.999999),
           "samples are drawn from the running mean of the generator's weights, of this decay; 0: from the last ones");
  line.add("conditional", o.conditional, on_or_off(), "tell both networks the class, so that one can be asked for");
  declare_times(line, o);
  line.add("window-open", o.window_open, real_number(0, most_steps), "a pixel that fires then is white [steps]");
  line.add("samples-every", run.samples_every, whole_number(1), "training steps between sample grids");
  declare_gone(line);
  describe_all_parts(line);
  describe_parts(line, "constraints:", all_constraints());
}

void set_defaults(classifier_run& run, const classifier_run& asked, const command_line& line) {
  const auto kernel = kernel_asked(asked, line);
  run.learn =
      classifier_defaults(kernel, asked.learn.regime, line.given("loss") ? asked.learn.loss : "", asked.learn.hidden);
  const bool free = run.learn.regime == "free", step = kernel == synapse_kernel::step;
  run.single_precision = step || !free;
  run.epochs = run.usual_epochs = !free || !step ? 16 : run.learn.loss == "s4nn" ? 100 : 28;
}

void set_defaults(gan_run& run, const gan_run& asked, const command_line& line) {
  const auto kernel = kernel_asked(asked, line);
  const auto regime = line.given("regime") ? asked.learn.regime : default_gan_regime(kernel);
  run.learn = gan_defaults(kernel, regime, asked.learn.conditional);
  run.single_precision = regime != "free" || kernel == synapse_kernel::step;
}

std::map<std::string, std::string> out_of_place(const classifier_run& run) {
  const auto& o = run.learn;
  auto names = unread(o.regime, o.learning.rule, o.loss, kernels().show(o.kernel));
  if (o.shift == 0) names["shift-share"] = "--shift 0";
  if (o.learning.optimizer.rule == update_rule::sgd) names["adam-beta1"] = names["adam-beta2"] = "--optimizer sgd";
  return names;
}

std::map<std::string, std::string> out_of_place(const gan_run& run) {
  const auto& o = run.learn;
  return unread(o.regime, o.rule, o.loss, kernels().show(o.kernel));
}

bool is_free_to_change(const gan_run& run, const std::string& option) {
  if (option == "steps" && run.learn.schedule != rate_schedule::constant) return false;
  return free_to_change.contains(option);
}

// A falling learning rate is laid out over the epochs: more of them would have been other steps from the start.
bool is_free_to_change(const classifier_run& run, const std::string& option) {
  if (option == "epochs" && run.learn.learning.schedule != rate_schedule::constant) return false;
  return free_to_change.contains(option);
}

}  // namespace firstspike
