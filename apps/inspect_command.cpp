// firstspike inspect: an event debugger over one sample.
#include <fmt/core.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/inspect_session.hpp"
#include "firstspike/apps/inspect_terminal.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike {
namespace {

struct inspect_options {
  common_options common;
  model_options model;
  sample_options samples;
  sample_choice index;
  std::uint64_t memory = 1024;
  std::optional<std::string> script;
};

command_line inspect_line(inspect_options& o) {
  command_line line("inspect", "Look at one sample's run, event by event: forward, back, why, and what if.\n\n" +
                                   inspect_verbs_text() +
                                   "\nLines come from --script, or standard input. A line that is not allowed ends a "
                                   "script or a pipe with exit code 1;\non a terminal the session goes on.");
  add_model_options(line, o.model, true);
  add_sample_options(line, o.samples, true);
  line.add("index", o.index, sample_choices(), "which sample, or which of the misclassified ones, counted from 0");
  line.group("Run");
  line.add("script", o.script, file_path("FILE"), "commands, one a line, instead of standard input");
  line.file("~/.local/state/firstspike/inspect_history", "the last 1,000 lines typed on a terminal");
  line.environment("XDG_STATE_HOME", "the folder of inspect_history, in place of ~/.local/state");
  line.add("memory", o.memory, whole_number(1, 1 << 20), "for checkpoints, which make going back fast [MiB]");
  add_common(line, o.common, {.threads = true});
  return line;
}

bool parse(command_line& line, const inspect_options& o, std::span<const std::string> arguments) {
  if (!line.parse(arguments)) return false;
  check_network_and_input(line, o.model, o.samples);
  if (line.given("threads") && !o.index.wrong)
    throw usage_error("--threads needs --index wrong:N, which runs all samples");
  if (o.model.engine != scheduler::heap && o.model.engine != scheduler::automatic) {
    throw usage_error("--engine, allowed for inspect: heap, whose events are looked at");
  }
  return true;
}

/// Where lines come from: a terminal with line editing and history, a script, or a pipe.
struct line_source {
  std::function<std::optional<std::string>()> next;  ///< without its end; none after the last
  bool interactive = false;                          ///< a person sees the prompt and can mend a line
  std::string name;                                  ///< for messages: the file, or "standard input"
};

std::optional<std::string> line_of(std::istream& from) {
  std::string line;
  if (!std::getline(from, line)) return {};
  if (line.ends_with('\r')) line.pop_back();  // from a file with the line ends of DOS
  return line;
}

/// The lines of `script`, where given, else those of standard input: with editing and history where that is a terminal.
/// With `quiet` the prompt goes to stderr. Throws std::runtime_error for a script that cannot be read.
line_source open_lines(const std::optional<std::string>& script, bool quiet) {
  if (script) {
    const auto file = std::make_shared<std::ifstream>(*script);
    if (!*file || file->peek() == std::ifstream::traits_type::eof()) {
      throw std::runtime_error(
          fmt::format("--script {}: cannot be read, or is empty; allowed: a file with one "
                      "command a line",
                      *script));
    }
    return {[file] { return line_of(*file); }, false, *script};
  }
  if (isatty(STDIN_FILENO) == 0) return {[] { return line_of(std::cin); }, false, "standard input"};
  const auto lines = std::make_shared<typed_lines>(quiet);
  return {[lines] { return lines->next(); }, true, "standard input"};
}

void give(const answer& a, bool json) {
  if (!json) print(a.text);
  for (const auto& object : a.objects) {
    if (json) print_json(object);
  }
}

/// Answers all lines. A line that is none is told of, and the next one read, where a person types them; elsewhere it
/// ends the session, as what follows may rest on it. So does Ctrl-C, which stops what a person asked for.
void converse(const session_frame& session, const line_source& lines, bool json) {
  for (std::size_t number = 1; !session.ended(); ++number) {
    const auto line = lines.next();
    if (interrupted() && !(lines.interactive && forget_key())) throw cancelled();
    if (!line) break;
    if (!lines.interactive && !json) print(fmt::format("{}{}\n", inspect_prompt, printable(*line, "\t")));
    try {
      give(session.ask(*line), json);
    } catch (const std::invalid_argument& refused) {
      if (!lines.interactive) throw std::runtime_error(fmt::format("{}:{}: {}", lines.name, number, refused.what()));
      std::istringstream rows(fitted(printable(refused.what()), 80));
      for (std::string row; std::getline(rows, row);) message(row, true);
    } catch (const cancelled&) {
      if (!lines.interactive || !forget_key()) throw;
      message(fmt::format("interrupted at {}", session.place()));
    }
    if (lines.interactive) forget_key();  // it came when the answer was there
  }
}

}  // namespace

command_description describe_inspect() { return described<inspect_line>(); }

int run_inspect(std::span<const std::string> arguments) {
  inspect_options o;
  auto line = inspect_line(o);
  if (!parse(line, o, arguments)) return exit_done;
  // Large arrays go back to the system when they are freed: without this, checkpoints of different sizes leave holes.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  const auto lines = open_lines(o.script, o.common.json);
  o.model.import.encodes_images = !o.samples.spikes;
  const auto model = load_model(line, o.model);
  const auto input = load_samples(line, o.samples, model);
  const auto index = with_options_named(line, [&] {
    return chosen_sample(o.index, model, input, {scheduler::automatic, o.common.threads}, until_interrupted());
  });
  const auto session = open_session(model, input.times(index, index + 1), o.memory << 20);
  if (!o.common.json) {
    const auto label = input.labels.empty() ? "" : fmt::format(", label {}", input.labels[index]);
    print(fmt::format("{}: sample {}{}\n\n", printable(input.from), index, label));
  }
  give(session.opening, o.common.json);
  complete_with([&session](const std::string& typed) { return session.complete(typed); });
  converse(session, lines, o.common.json);
  return exit_done;
}

}  // namespace firstspike
