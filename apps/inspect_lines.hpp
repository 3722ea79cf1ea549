// Where the lines of an inspection come from: a terminal with line editing and history, a script, or a pipe.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace firstspike {

struct line_source {
  std::function<std::optional<std::string>()> next;  ///< without its end; none after the last
  bool interactive = false;                          ///< a person sees the prompt and can mend a line
  std::string name;                                  ///< for messages: the file, or "standard input"
};

/// What stands before each line, on the terminal and where lines are echoed.
inline constexpr auto inspect_prompt = "(inspect) ";

/// The lines of `script`, where given, else those of standard input: with editing and history (libedit) where that is a
/// terminal. With `quiet` the prompt goes to stderr. Throws std::runtime_error for a script that cannot be read.
line_source open_lines(const std::optional<std::string>& script, bool quiet);

}  // namespace firstspike
