// Manual pages and completions, made from the descriptions of all commands.
#pragma once

#include <span>
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

/// The page of `entry`, which is one of `all`, as man(7) reads it.
std::string manual_page(const manual_entry& entry, std::span<const manual_entry> all, const std::string& version);

/// A file for bash-completion, or for bash to source.
std::string bash_completion(std::span<const manual_entry> entries);

/// A file for a folder of zsh's fpath, of the name _firstspike.
std::string zsh_completion(std::span<const manual_entry> entries);

}  // namespace firstspike
