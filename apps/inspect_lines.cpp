#include "firstspike/apps/inspect_lines.hpp"

#include <editline/readline.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>

namespace firstspike {
namespace {

std::optional<std::string> edited_line() {
  const std::unique_ptr<char, void (*)(void*)> line(readline(inspect_prompt), std::free);
  if (!line) return {};
  if (*line != '\0') add_history(line.get());
  return line.get();
}

std::optional<std::string> line_of(std::istream& from) {
  std::string line;
  if (!std::getline(from, line)) return {};
  return line;
}

}  // namespace

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
  if (quiet) rl_outstream = stderr;
  using_history();
  return {edited_line, true, "standard input"};
}

}  // namespace firstspike
