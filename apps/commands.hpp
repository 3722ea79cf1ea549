// The subcommands of `firstspike`, and how one is chosen.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "firstspike/apps/command_description.hpp"

namespace firstspike {

/// Exit codes of the command.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_interrupted = 130;

inline constexpr std::string_view firstspike_summary =
    "Event-driven simulation of spiking networks whose neurons fire at most once.";

struct command {
  std::string_view name;
  std::string_view summary;                            ///< one line for --help
  int (*run)(std::span<const std::string> arguments);  ///< what follows the name; gives an exit code or throws
  command_description (*describe)();                   ///< its command line; null where it has commands of its own
  std::span<const command> (*commands)() = nullptr;    ///< these
};

/// The command line that `Line(options)` makes, with the defaults of the options.
template <class Options, class Line>
command_description described_line(Line (*line)(Options& options)) {
  Options options;
  return line(options).description();
}
template <auto Line>
command_description described() {
  return described_line(Line);
}

/// All subcommands, in the order in which --help lists them.
std::span<const command> commands();

/// Runs the one of `choices` that arguments[0] names, with the arguments after it. `parent` is what was typed before
/// ("firstspike trace"). --help or -h in its place lists the choices; a missing or unknown name is a usage_error that
/// gives those that come nearest.
int run_chosen(std::string_view parent, std::string_view summary, std::span<const command> choices,
               std::span<const std::string> arguments);

/// The whole program: arguments without the program's name, to exit code. Catches everything and says it in one line.
int run_firstspike(std::span<const std::string> arguments);

int run_data(std::span<const std::string> arguments);
int run_train(std::span<const std::string> arguments);
int run_trace(std::span<const std::string> arguments);
int run_trace_export(std::span<const std::string> arguments);
int run_report(std::span<const std::string> arguments);
int run_simulate(std::span<const std::string> arguments);
int run_inspect(std::span<const std::string> arguments);
int run_evaluate(std::span<const std::string> arguments);
int run_generate(std::span<const std::string> arguments);

std::span<const command> data_commands();
std::span<const command> train_commands();
std::span<const command> trace_commands();

command_description describe_trace_export();
command_description describe_report();
command_description describe_simulate();
command_description describe_inspect();
command_description describe_evaluate();
command_description describe_generate();

}  // namespace firstspike
