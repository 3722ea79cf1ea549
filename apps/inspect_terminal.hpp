// Lines of `firstspike inspect` that a person types: editing, completion and history (libedit).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/inspect/command_words.hpp"

namespace firstspike {

/// What stands before each line, on the terminal and where lines are echoed.
inline constexpr auto inspect_prompt = "(inspect) ";

/// Where the lines of earlier sessions are: `firstspike/inspect_history` in $XDG_STATE_HOME, else in ~/.local/state;
/// empty where neither variable is set.
std::string history_path();

/// What Tab offers from now on, in the one session of the program: words for the last one of a line.
void complete_with(std::function<completions(const std::string& line)> complete);

/// Lines from a terminal. One at a time.
class typed_lines {
 public:
  /// Reads the history. The prompt goes to stdout or, with `quiet` or where that is no terminal, to stderr.
  explicit typed_lines(bool quiet);
  /// Adds the lines to the history; one message where that fails.
  ~typed_lines();
  typed_lines(const typed_lines&) = delete;
  typed_lines& operator=(const typed_lines&) = delete;

  /// The next line; none at the end. Ctrl-C gives a new prompt. Throws `cancelled` where another signal came.
  std::optional<std::string> next();

 private:
  std::vector<std::string> typed_;
};

}  // namespace firstspike
