#include "firstspike/apps/train_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firstspike/apps/train_declarations.hpp"
#include "firstspike/apps/training_state.hpp"
#include "firstspike/traces/checkpoint.hpp"

namespace firstspike {
namespace {

std::vector<std::string> as_arguments(const std::map<std::string, std::string>& options) {
  std::vector<std::string> arguments;
  for (const auto& [name, value] : options) {
    arguments.push_back("--" + name);
    arguments.push_back(value);
  }
  return arguments;
}

// Which options the arguments, or their configuration file, give; and those that others' defaults hang on, as they say.
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

void check_parts(const std::string& regime, synapse_kernel kernel, const std::string& rule) {
  const auto& r = regime_called(regime);
  if (r.kernel && *r.kernel != kernel) {
    throw usage_error(fmt::format("--regime = '{}', allowed with --kernel {} only", regime,
                                  *r.kernel == synapse_kernel::step ? "step" : "ramp"));
  }
  try {
    rule_for(rule, regime, kernel);
  } catch (const std::invalid_argument& error) {
    throw usage_error(fmt::format("--{}", error.what()));
  }
}

void check_parts(const classifier_run& run) {
  check_parts(run.learn.regime, run.learn.kernel, run.learn.learning.rule);
}

void check_parts(const gan_run& run) { check_parts(run.learn.regime, run.learn.kernel, run.learn.rule); }

// Read twice: kernel, regime, loss and whether classes are told decide what the defaults of all else are.
template <class Run>
std::optional<Run> read_run(const std::string& name, std::span<const std::string> arguments) {
  const first_look<Run> first(name, arguments);
  Run run;
  set_defaults(run, first.asked, first.line);
  command_line line(name, "Trains; leaves model.h5, checkpoint.h5, metrics.csv and samples in a run directory.");
  declare(line, run);
  if (!line.parse(arguments)) return {};
  run.learn.seed = run.common.seed;
  check_parts(run);
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
