// All commands as data, of which manual pages and completions are made.
#pragma once

#include <string>
#include <vector>

#include "firstspike/apps/command_description.hpp"

namespace firstspike {

/// `firstspike` itself, commands with a common first word such as `trace`, or one command.
struct manual_entry {
  std::string name;                  ///< what follows "firstspike": "", "trace", "trace diff"
  std::string summary;               ///< one line
  std::vector<named_text> commands;  ///< those below it, each by its last word
  command_description line{};        ///< of a command without others below it
};

/// Each above those below it; `firstspike` is the first.
std::vector<manual_entry> manual_entries();

/// "firstspike-trace-diff"
std::string page_name(const std::string& command);

}  // namespace firstspike
