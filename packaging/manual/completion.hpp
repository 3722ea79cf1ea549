// Completion for shells.
#pragma once

#include <span>
#include <string>

#include "firstspike/packaging/manual/manual_entries.hpp"

namespace firstspike {

/// A file for bash-completion, or for bash to source.
std::string bash_completion(std::span<const manual_entry> entries);

/// A file for a folder of zsh's fpath, of the name _firstspike.
std::string zsh_completion(std::span<const manual_entry> entries);

}  // namespace firstspike
