#include "apps/train_declarations.hpp"

#include <set>

#include "apps/train_option_kinds.hpp"

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

void declare_optimizer(command_line& line, const std::string& prefix, optimizer_options& o) {
  line.add(prefix + "lr", o.lr, real_number(0, 1e6, false), "learning rate");
  line.add(prefix + "adam-beta1", o.beta1, real_number(0, 0.999999), "adam: decay of the first moment");
  line.add(prefix + "adam-beta2", o.beta2, real_number(0, 0.999999), "adam: decay of the second moment");
}

// What a GAN's networks are like and how gradients see them.
void declare_networks(command_line& line, gan_options& o) {
  line.add("slope", o.generator_slope, real_number(0, 1e6, false),
           "sum of a neuron's initial weights, generator; with a gate it stays so");
  line.add("d-slope", o.discriminator_slope, real_number(0, 1e6, false), "the same, discriminator");
  line.add("gate", o.generator_gate, real_number(0, most_steps),
           "ramp: generator's hidden neurons fire no earlier; 0: off [steps]");
  line.add("d-gate", o.discriminator_gate, real_number(0, most_steps),
           "ramp: discriminator's hidden neurons fire no earlier; 0: off [steps]");
  line.add("gate-width", o.gate_width, real_number(0, 1e6),
           "step: each layer is read at one instant, gradients pass neurons so near to v_th; 0: off");
  line.add("contrast", o.contrast, real_number(0, 1e6, false),
           "step with --gate-width: pixels go from black to white within 1 / contrast of potential");
  line.add("jump-length", o.jump_length, real_number(0, most_steps),
           "step without --gate-width: gradients see a weight rise over so many steps; 0: S4NN's dt/dV = -1");
  line.add("jump-ahead", o.jump_ahead, real_number(0, most_steps), "step: so many of them after the spike");
  line.add("least-slope", o.least_slope, real_number(0, 1e30), "gradients: slopes below count as this");
  line.add("normalise", o.normalise, on_or_off(), "step: divide each layer's delta by its norm");
  line.add("v-th", o.generator_v_th, real_number(0, 1e30, false), "threshold, generator");
  line.add("d-v-th", o.discriminator_v_th, real_number(0, 1e30, false), "threshold, discriminator");
  line.add("spread", o.generator_spread, real_number(0, 1e6),
           "deviation of initial weights, generator's hidden layers");
  line.add("image-spread", o.image_spread, real_number(0, 1e6), "deviation of initial weights, generator's last layer");
  line.add("d-spread", o.discriminator_spread, real_number(0, 1e6), "deviation of initial weights, discriminator");
  line.add("delay", o.delay, real_number(0, most_steps), "of every projection but the references' [steps]");
  line.add("t-in", o.t_in, real_number(1, most_steps), "length of the image code [steps], a whole number");
  line.add("t-max", o.t_max, real_number(0, most_steps, false), "the window is [0, t_max) [steps]");
  line.add("window-open", o.window_open, real_number(0, most_steps), "generator's time that is read as white [steps]");
}

}  // namespace

void declare(command_line& line, classifier_run& run) {
  auto& o = run.learn;
  declare_run(line, run);
  line.add("kernel", o.kernel, kernels(), "synapse kernel");
  line.add("loss", o.loss, losses(), "loss");
  line.add("epochs", run.epochs, whole_number(1, 1'000'000), "passes over the training images, in all");
  line.add("hidden", o.hidden, layer_sizes(), "sizes of the hidden layers");
  line.add("batch", o.batch, narrowed<std::size_t>(1, 65536), "images a step");
  line.add("optimizer", o.optimizer.rule, one_of<update_rule>({{"sgd", update_rule::sgd}, {"adam", update_rule::adam}}),
           "update rule");
  declare_optimizer(line, "", o.optimizer);
  line.add("schedule", o.schedule, schedules(), "how the learning rate falls to 0 over --epochs");
  line.add("weight-decay", o.optimizer.weight_decay, real_number(0, 1), "lambda: w -= lr lambda w after each step");
  line.add("gamma", o.gamma, real_number(0, most_steps), "s4nn: margin [steps]");
  line.add("beta", o.beta, real_number(0, most_steps, false), "xent, aggressive: softness [steps]");
  line.add("pull", o.pull, real_number(0, 1e6), "aggressive: how much a sure output is drawn earlier");
  line.add("sparsity", o.backprop.sparsity, real_number(0, 1e6), "pull of hidden spikes to behind the decision");
  line.add("jump-length", o.backprop.jump_length, real_number(0, most_steps),
           "step: gradients see a weight rise over so many steps; 0: S4NN's dt/dV = -1");
  line.add("jump-ahead", o.backprop.jump_ahead, real_number(0, most_steps), "step: so many of them after the spike");
  line.add("least-slope", o.backprop.least_slope, real_number(0, 1e30), "gradients: slopes below count as this");
  line.add("shift", o.shift, narrowed<std::uint32_t>(0, 28), "move images learnt by up to so many pixels");
  line.add("shift-share", o.shift_share, real_number(0, 1), "chance that an image is moved");
  line.add("init-hidden", o.init_hidden, distributions(), "initial weights of hidden layers");
  line.add("init-output", o.init_output, distributions(), "initial weights of the output layer");
  line.add("normalise", o.backprop.normalise, on_or_off(), "step: divide each layer's delta by its norm");
  line.add("v-th", o.v_th, real_number(0, 1e30, false), "threshold");
  line.add("delay", o.delay, real_number(0, most_steps), "of every projection [steps]");
  line.add("t-in", o.t_in, real_number(1, most_steps), "length of the input code [steps], a whole number");
  line.add("t-max", o.t_max, real_number(0, most_steps, false), "the window is [0, t_max) [steps]");
  line.add("renew-below", o.renew_below, real_number(0, 0.999),
           "draw hidden neurons anew that fire on fewer images; 0: off");
  line.add("validation", run.validation, whole_number(), "training images set aside to choose the model to keep");
}

void declare(command_line& line, gan_run& run) {
  auto& o = run.learn;
  declare_run(line, run);
  line.add("kernel", o.kernel, kernels(), "synapse kernel");
  line.add("steps", run.steps, whole_number(1, 1'000'000'000), "training steps, in all");
  line.add("batch", o.batch, narrowed<std::size_t>(1, 65536), "images a step");
  line.add("noise", o.noise, narrowed<std::uint32_t>(1, 1u << 24), "noise neurons");
  line.add("hidden", o.generator_hidden, layer_sizes(), "sizes of the generator's hidden layers");
  line.add("d-hidden", o.discriminator_hidden, layer_sizes(), "sizes of the discriminator's hidden layers");
  declare_optimizer(line, "", o.generator_optimizer);
  declare_optimizer(line, "d-", o.discriminator_optimizer);
  line.add("beta", o.beta, real_number(0, most_steps, false), "softness of the discriminator's decision [steps]");
  line.add("real-label", o.real_label, real_number(0.5, 1, false), "what \"real\" is trained towards");
  line.add("pull", o.pull, real_number(0, 1e6),
           "aggressive: how much the discriminator's right output is drawn earlier");
  line.add("schedule", o.schedule, schedules(), "how both learning rates fall to 0 over --steps");
  line.add("average", o.average, real_number(0, 0.999999),
           "samples are drawn from the running mean of the generator's weights, of this decay; 0: from the last ones");
  line.add("conditional", o.conditional, on_or_off(), "tell both networks the class, so that one can be asked for");
  declare_networks(line, o);
  line.add("samples-every", run.samples_every, whole_number(1), "steps between sample grids");
}

void set_defaults(classifier_run& run, const classifier_run& asked) {
  run.learn = classifier_defaults(asked.learn.kernel, asked.learn.loss);
  run.single_precision = asked.learn.kernel == synapse_kernel::step;
  run.epochs = asked.learn.kernel == synapse_kernel::ramp ? 16 : asked.learn.loss == class_loss::s4nn ? 100 : 28;
}

void set_defaults(gan_run& run, const gan_run& asked) {
  run.learn = gan_defaults(asked.learn.kernel, asked.learn.conditional);
  run.single_precision = asked.learn.kernel == synapse_kernel::step;
}

std::map<std::string, std::string> out_of_place(const classifier_run& run) {
  const auto& o = run.learn;
  std::map<std::string, std::string> names;
  if (o.kernel == synapse_kernel::ramp)
    names["normalise"] = names["jump-length"] = names["jump-ahead"] = "--kernel ramp";
  if (o.kernel == synapse_kernel::step && o.backprop.jump_length == 0)
    names["jump-ahead"] = names["least-slope"] = "--kernel step --jump-length 0";
  if (o.shift == 0) names["shift-share"] = "--shift 0";
  if (o.loss != class_loss::s4nn) names["gamma"] = "--loss " + losses().show(o.loss);
  if (o.loss == class_loss::s4nn) names["beta"] = "--loss s4nn";
  if (o.loss != class_loss::aggressive) names["pull"] = "--loss " + losses().show(o.loss);
  if (o.optimizer.rule == update_rule::sgd) names["adam-beta1"] = names["adam-beta2"] = "--optimizer sgd";
  return names;
}

std::map<std::string, std::string> out_of_place(const gan_run& run) {
  const auto& o = run.learn;
  std::map<std::string, std::string> names;
  if (o.kernel == synapse_kernel::ramp)
    names["normalise"] = names["jump-length"] = names["jump-ahead"] = "--kernel ramp";
  if (o.gate_width == 0) names["contrast"] = "--gate-width 0";
  if (o.kernel == synapse_kernel::ramp) names["gate-width"] = names["contrast"] = "--kernel ramp";
  if (o.gate_width > 0) names["slope"] = names["d-slope"] = names["jump-length"] = "a --gate-width";
  if (o.kernel == synapse_kernel::step) names["gate"] = names["d-gate"] = "--kernel step";
  if (o.generator_gate > 0) names["v-th"] = "a --gate, which sets it";
  if (o.discriminator_gate > 0) names["d-v-th"] = "a --d-gate, which sets it";
  if (o.kernel == synapse_kernel::step && o.jump_length == 0)
    names["jump-ahead"] = names["least-slope"] = "--kernel step --jump-length 0";
  return names;
}

bool is_free_to_change(const gan_run& run, const std::string& option) {
  if (option == "steps" && run.learn.schedule != rate_schedule::constant) return false;
  return free_to_change.contains(option);
}

// A falling learning rate is laid out over the epochs: more of them would have been other steps from the start.
bool is_free_to_change(const classifier_run& run, const std::string& option) {
  if (option == "epochs" && run.learn.schedule != rate_schedule::constant) return false;
  return free_to_change.contains(option);
}

}  // namespace firstspike
