#include "apps/train_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apps/output.hpp"
#include "apps/train_option_kinds.hpp"
#include "apps/training_state.hpp"
#include "traces/checkpoint.hpp"

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
  line.add("slope", o.slope, real_number(-1e6, 1e6), "sum of a neuron's initial weights");
  line.add("hold-slope", o.hold_slope, on_or_off(),
           "keep those sums there: ramp, the generator's; step, all but the pixels'");
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
  line.add("samples-every", run.samples_every, whole_number(1), "steps between sample grids");
}

void set_defaults(classifier_run& run, const classifier_run& asked) {
  run.learn = classifier_defaults(asked.learn.kernel, asked.learn.loss);
  run.single_precision = asked.learn.kernel == synapse_kernel::step;
  run.epochs = asked.learn.kernel == synapse_kernel::ramp ? 16 : asked.learn.loss == class_loss::s4nn ? 100 : 28;
}

void set_defaults(gan_run& run, const gan_run& asked) {
  run.learn = gan_defaults(asked.learn.kernel);
  run.single_precision = asked.learn.kernel == synapse_kernel::step;
}

// Options that mean nothing with the kernel, loss or update rule chosen: refused rather than ignored, and not recorded.
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
  if (run.learn.kernel == synapse_kernel::ramp) return {{"normalise", "--kernel ramp"}};
  return {};
}

bool is_free_to_change(const gan_run&, const std::string& option) { return free_to_change.contains(option); }

// A falling learning rate is laid out over the epochs: more of them would have been other steps from the start.
bool is_free_to_change(const classifier_run& run, const std::string& option) {
  if (option == "epochs" && run.learn.schedule != rate_schedule::constant) return false;
  return free_to_change.contains(option);
}

std::vector<std::string> as_arguments(const std::map<std::string, std::string>& options) {
  std::vector<std::string> arguments;
  for (const auto& [name, value] : options) {
    arguments.push_back("--" + name);
    arguments.push_back(value);
  }
  return arguments;
}

// Which options the arguments, or their configuration file, give; and kernel, loss and --resume as they say.
template <class Run>
struct first_look {
  Run asked;
  command_line line;
  bool help;

  first_look(const std::string& name, std::span<const std::string> arguments) : line(name, "") {
    std::vector<std::string> without_help(arguments.begin(), arguments.end());
    help = std::erase(without_help, "--help") > 0;
    declare(line, asked);
    line.parse(without_help);
  }
};

template <class Run>
void check_combinations(const command_line& line, Run& run) {
  if (run.images.has_value() != run.labels.has_value()) throw usage_error("--images and --labels go together");
  line.refuse_both("images", "set");
  line.refuse_both("images", "data");
  line.refuse_both("out", "resume");
  line.refuse_both("overwrite", "resume");
  if (run.data && run.set == "strokes")
    throw usage_error("--data has no meaning with --set strokes, which are built in");
  if (run.record_every > 0 && !run.record) throw usage_error("--record-every needs --record");
  if (run.out.empty() && !run.resume) throw usage_error("--out or --resume is needed");
  if (run.resume) run.out = *run.resume;
}

// Read twice: kernel and loss decide what the defaults of all else are.
template <class Run>
std::optional<Run> read_run(const std::string& name, std::span<const std::string> arguments) {
  const first_look<Run> first(name, arguments);
  Run run;
  set_defaults(run, first.asked);
  command_line line(name, "Trains; leaves model.h5, checkpoint.h5, metrics.csv and samples in a run directory.");
  declare(line, run);
  if (!line.parse(arguments)) return {};
  run.learn.seed = run.common.seed;
  const auto misplaced = out_of_place(run);
  for (const auto& [option, with] : misplaced) {
    if (line.given(option)) throw usage_error(fmt::format("--{} has no meaning with {}", option, with));
  }
  check_combinations(line, run);
  for (const auto& [option, value] : line.in_force()) {
    const bool other_set = option == "set" && run.images;
    if (!is_free_to_change(run, option) && !misplaced.contains(option) && !other_set)
      run.in_force.emplace(option, value);
  }
  return run;
}

// The options recorded in a run stand for those not given; those given must agree.
template <class Run>
std::optional<Run> read_run_or_resume(const std::string& name, std::span<const std::string> arguments) {
  const first_look<Run> first(name, arguments);
  if (!first.asked.resume || first.help) return read_run<Run>(name, arguments);
  const auto path = checkpoint_path(*first.asked.resume);
  const auto recorded = recorded_options(path, read_checkpoint(path).values, name);
  std::map<std::string, std::string> missing;
  for (const auto& [option, value] : recorded) {
    if (!first.line.given(option)) missing.emplace(option, value);
  }
  std::vector<std::string> all(arguments.begin(), arguments.end());
  std::ranges::copy(as_arguments(missing), std::back_inserter(all));
  auto run = read_run<Run>(name, all);
  for (const auto& [option, value] : recorded) {
    if (run->in_force[option] == value) continue;
    throw usage_error(
        fmt::format("--{} = '{}', allowed with --resume: {}, as the run began", option, run->in_force[option], value));
  }
  return run;
}

template <class Run>
Run run_from(const std::string& path, const std::string& name, const std::map<std::string, std::string>& recorded) {
  try {
    auto arguments = as_arguments(recorded);
    arguments.insert(arguments.end(), {"--out", "none"});
    auto run = read_run<Run>(name, arguments);
    for (const auto& [option, value] : recorded) {
      if (option == "help" || is_free_to_change(*run, option))
        throw usage_error(fmt::format("--{} is recorded", option));
    }
    check(run->learn);
    return *run;
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: recorded options of {}: {}", path, name, error.what()));
  }
}

}  // namespace

std::optional<classifier_run> read_classifier_run(std::span<const std::string> arguments) {
  return read_run_or_resume<classifier_run>("train classifier", arguments);
}

std::optional<gan_run> read_gan_run(std::span<const std::string> arguments) {
  return read_run_or_resume<gan_run>("train gan", arguments);
}

gan_options gan_options_from(const std::string& path, const std::map<std::string, std::string>& recorded) {
  return run_from<gan_run>(path, "train gan", recorded).learn;
}

classifier_options classifier_options_from(const std::string& path,
                                           const std::map<std::string, std::string>& recorded) {
  return run_from<classifier_run>(path, "train classifier", recorded).learn;
}

}  // namespace firstspike
