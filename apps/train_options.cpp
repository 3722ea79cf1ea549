#include "firstspike/apps/train_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <thread>

#include "firstspike/apps/output.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {
namespace {

// Options on which the defaults of others depend.
constexpr std::array decisive{"kernel", "regime", "loss", "hidden", "conditional"};

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

template <class Options>
void declare(command_line& line, const option_table<Options>& table, Options& options, train_request& request) {
  line.add("out", request.out, text("RUN_DIR"), "directory for model, checkpoint, metrics and samples");
  line.add("resume", request.resume, text("RUN_DIR"), "go on with this run; it stays the run directory");
  line.flag("json", request.json, "print one JSON object");
  line.flag("overwrite", request.overwrite, "replace files that exist");
  line.config_file();
  line.add_table(table, options);
  line.old_spelling("least-slope", "min-slope");
  declare_gone(line);
  line.note("Defaults depend on --kernel, --regime, --loss and --hidden: shown are those for the ones given.\n");
  describe_parts(line, "regimes:", all_regimes());
  describe_parts(line, "rules:", all_rules());
  describe_parts(line, "losses:", all_losses());
  describe_parts(line, "constraints:", all_constraints());
}

template <class Options, class From>
std::optional<train_request> read_request(const std::string& name, std::span<const std::string> arguments,
                                          const option_table<Options>& table, const From& from) {
  constexpr auto summary = "Trains; leaves model.h5, checkpoint.h5, metrics.csv and samples in a run directory.";
  std::vector<std::string> without_help(arguments.begin(), arguments.end());
  const bool help = std::erase(without_help, "--help") > 0;
  train_request request;
  Options scratch;
  command_line line(name, summary);
  declare(line, table, scratch, request);
  line.parse(without_help);
  for (const auto& o : table) {
    if (line.given(o.name)) request.given.emplace(o.name, o.show(scratch));
  }
  if (help) {
    auto decisive_given = request.given;
    std::erase_if(decisive_given, [](const auto& o) { return std::ranges::find(decisive, o.first) == decisive.end(); });
    auto defaults = from(decisive_given);
    train_request none;
    command_line shown(name, summary);
    declare(shown, table, defaults, none);
    shown.parse(std::vector<std::string>{"--help"});
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
  return read_request("train classifier", arguments, classifier_training_table(), classifier_training_options_from);
}

std::optional<train_request> read_gan_request(std::span<const std::string> arguments) {
  return read_request("train gan", arguments, gan_training_table(), gan_training_options_from);
}

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
