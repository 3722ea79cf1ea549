#include "firstspike/apps/commands.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/build_description.hpp"

namespace firstspike {
namespace {

std::string version_text() {
  const auto build = describe_build();
  std::vector<std::string> libraries;
  for (const auto& [name, version] : build.libraries) libraries.push_back(name + " " + version);
  return laid_out(fmt::format("firstspike {}\ncommit     {}\ncompiler   {}\nflags      {}\nlibraries  {}\n",
                              build.version, build.commit, build.compiler, build.flags, joined(libraries)));
}

constexpr std::array table{
    command{"data", "get or list the data sets", run_data, nullptr, data_commands},
    command{"train", "train a classifier or a GAN", run_train, nullptr, train_commands},
    command{"generate", "draw images with a trained generator", run_generate, describe_generate},
    command{"simulate", "run a network over images or spikes", run_simulate, describe_simulate},
    command{"inspect", "one sample's run, event by event: forward, back, why, what if", run_inspect, describe_inspect},
    command{"evaluate", "accuracy, decision time and spikes of a classifier", run_evaluate, describe_evaluate},
    command{"trace", "look into, check and convert spike traces", run_trace, nullptr, trace_commands},
    command{"report", "write an HTML page about a training run", run_report, describe_report},
};

std::vector<std::string> names_of(std::span<const command> choices) {
  std::vector<std::string> names;
  for (const auto& choice : choices) names.emplace_back(choice.name);
  return names;
}

std::string list_of(std::string_view parent, std::string_view summary, std::span<const command> choices) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& choice : choices) {
    rows.push_back({fmt::format("  {}", choice.name), std::string(choice.summary)});
  }
  return fmt::format("usage: {} COMMAND [options]\n{}", parent,
                     laid_out(fmt::format("{}\n\n{}\n{} COMMAND --help tells more of each.", summary,
                                          table_text(rows, false), parent)));
}

/// What went wrong, in one line after the words that name the command.
int print_error(std::span<const std::string> arguments, int exit_code, std::string_view what) {
  std::string path = "firstspike";
  auto choices = commands();
  for (const auto& argument : arguments) {
    const auto chosen = std::ranges::find(choices, argument, &command::name);
    if (chosen == choices.end() && argument == "help" && path == "firstspike") continue;
    if (chosen == choices.end()) break;
    path += " " + argument;
    if (chosen->commands == nullptr) break;
    choices = chosen->commands();
  }
  std::string line(what);
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  message(fmt::format("{}: {}", path, line), true);
  return exit_code;
}

}  // namespace

std::span<const command> commands() { return table; }

int run_chosen(std::string_view parent, std::string_view summary, std::span<const command> choices,
               std::span<const std::string> arguments) {
  const auto names = names_of(choices);
  if (arguments.empty())
    throw usage_error(fmt::format("no command given, allowed: {}; see {} --help", joined(names), parent));
  if (asks_for_help(arguments[0])) {
    print(list_of(parent, summary, choices));
    return exit_done;
  }
  const auto chosen = std::find(names.begin(), names.end(), arguments[0]);
  if (chosen == names.end()) {
    const auto near = nearest_names(arguments[0], names);
    throw usage_error(
        fmt::format("unknown {} '{}', {}", arguments[0].starts_with("-") ? "option" : "command", arguments[0],
                    near.empty() ? fmt::format("allowed: {}", joined(names)) : fmt::format("nearest: {}", near)));
  }
  return choices[static_cast<std::size_t>(chosen - names.begin())].run(arguments.subspan(1));
}

int run_firstspike(std::span<const std::string> arguments) {
  try {
    if (!arguments.empty() && arguments[0] == "--version") {
      if (arguments.size() > 1) throw usage_error(fmt::format("unexpected argument '{}'", arguments[1]));
      print(version_text());
      return exit_done;
    }
    if (!arguments.empty() && arguments[0] == "help") {  // help COMMAND is COMMAND --help
      std::vector<std::string> asked(arguments.begin() + 1, arguments.end());
      asked.emplace_back("--help");
      return run_chosen("firstspike", firstspike_summary, commands(), asked);
    }
    return run_chosen("firstspike", firstspike_summary, commands(), arguments);
  } catch (const output_closed&) {
    return exit_done;
  } catch (const cancelled&) {
    return exit_interrupted;
  } catch (const usage_error& error) {
    return print_error(arguments, exit_usage, error.what());
  } catch (const incomplete_model& error) {
    return print_error(arguments, exit_usage, error.what());
  } catch (const file_exists& error) {
    auto text = std::string(error.what());
    return print_error(arguments, exit_failed, text.replace(text.find("overwrite it"), text.npos, "add --overwrite"));
  } catch (const std::bad_alloc&) {
    return print_error(arguments, exit_failed, "out of memory");
  } catch (const std::exception& error) {
    return print_error(arguments, exit_failed, error.what());
  } catch (...) {
    return print_error(arguments, exit_failed, "an unknown exception, which is a bug");
  }
}

}  // namespace firstspike
