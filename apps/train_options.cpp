#include "firstspike/apps/train_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "firstspike/apps/output.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {
namespace {

template <class Part>
void describe_parts(command_line& line, const std::string& title, std::span<const Part> parts) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& part : parts) rows.push_back({fmt::format("  {}", part.name), std::string(part.summary)});
  line.note(title + "\n" + table_text(rows, false));
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

// What all commands that train have in common, and one of them.
template <class Options>
struct train_command {
  const char* name;
  const option_table<Options>& table;
  Options (*from)(const std::map<std::string, std::string>& given);
  std::vector<std::string> decisive;  // options on which the defaults of others depend
};

train_command<classifier_training_options> classifier_command() {
  return {"train classifier",
          classifier_training_table(),
          classifier_training_options_from,
          {"kernel", "regime", "loss", "hidden"}};
}

train_command<gan_training_options> gan_command() {
  return {"train gan", gan_training_table(), gan_training_options_from, {"kernel", "regime", "conditional"}};
}

void name_files(command_line& line, bool gan) {
  line.file("RUN_DIR/model.h5", gan ? "the generator, a NIR graph" : "the trained network, a NIR graph");
  if (gan) line.file("RUN_DIR/discriminator.h5", "the discriminator");
  line.file("RUN_DIR/checkpoint.h5", "all that --resume needs");
  line.file("RUN_DIR/metrics.csv", "loss and rates during training");
  if (gan) line.file("RUN_DIR/samples*.png", "samples drawn during training");
  name_data_folders(line);
}

// The command line of a command that trains. Options of the run are read into `options`, all others into `request`.
template <class Options>
command_line train_line(const train_command<Options>& command, Options& options, train_request& request) {
  constexpr bool gan = std::is_same_v<Options, gan_training_options>;
  const std::string left = gan ? "models, checkpoint, metrics and samples" : "model, checkpoint and metrics";
  command_line line(command.name, fmt::format("Trains; leaves {} in a run directory.", left));
  line.defaults_depend_on(command.decisive);
  line.add_table(command.table, options);
  line.show_default("threads", all_processors);
  line.group("Run");
  line.add("out", request.out, directory_path("RUN_DIR"), "directory for " + left);
  line.add("resume", request.resume, directory_path("RUN_DIR"), "go on with this run; it stays the run directory");
  line.group("General");
  line.flag("json", request.json, "print one JSON object");
  line.flag("overwrite", request.overwrite, "replace files that exist");
  line.config_file();
  line.old_spelling("least-slope", "min-slope");
  declare_gone(line);
  if (gan) {
    line.of_another("epochs", "--steps counts the length of a GAN's run; --epochs is an option of train classifier");
  } else {
    line.of_another("steps", "--epochs counts the length of a classifier's run; --steps is an option of train gan");
  }
  describe_parts(line, "regimes:", all_regimes());
  describe_parts(line, "rules:", all_rules());
  describe_parts(line, "losses:", all_losses());
  if (gan) describe_parts(line, "constraints:", all_constraints());
  name_files(line, gan);
  return line;
}

template <class Options>
command_description describe(const train_command<Options>& command,
                             const std::map<std::string, std::string>& given = {}) {
  auto shown = given;
  std::erase_if(shown,
                [&](const auto& o) { return std::ranges::find(command.decisive, o.first) == command.decisive.end(); });
  auto defaults = command.from(shown);
  train_request none;
  return train_line(command, defaults, none).description();
}

template <class Options>
std::optional<train_request> read_request(const train_command<Options>& command,
                                          std::span<const std::string> arguments) {
  std::vector<std::string> without_help(arguments.begin(), arguments.end());
  const bool help = std::erase_if(without_help, asks_for_help) > 0;
  train_request request;
  Options scratch;
  auto line = train_line(command, scratch, request);
  line.parse(without_help);
  for (const auto& o : command.table) {
    if (line.given(o.name)) request.given.emplace(o.name, o.show(scratch));
  }
  if (help) {
    print(help_text(describe(command, request.given)));
    return {};
  }
  line.refuse_both("out", "resume");
  line.refuse_both("overwrite", "resume");
  if (request.out.empty() && !request.resume) throw usage_error("--out or --resume is needed");
  request.given.emplace("threads", std::to_string(std::max(1u, std::thread::hardware_concurrency())));
  return request;
}

}  // namespace

std::optional<train_request> read_classifier_request(std::span<const std::string> arguments) {
  return read_request(classifier_command(), arguments);
}

std::optional<train_request> read_gan_request(std::span<const std::string> arguments) {
  return read_request(gan_command(), arguments);
}

command_description describe_train_classifier() { return describe(classifier_command()); }
command_description describe_train_gan() { return describe(gan_command()); }

usage_error as_usage_error(const std::invalid_argument& error) {
  const auto is_option = [](const std::string& name) {
    const auto is_in = [&](const auto& table) {
      return std::ranges::any_of(table, [&](const auto& o) { return o.name == name; });
    };
    return is_in(classifier_training_table()) || is_in(gan_training_table());
  };
  return usage_error(naming_an_option(error.what(), is_option).value_or(error.what()));
}

}  // namespace firstspike
