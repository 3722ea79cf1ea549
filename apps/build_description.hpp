// What was built, from what, and the metadata that every file of a run carries.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

struct build_description {
  std::string version;
  std::string commit;                                          ///< "unknown" where it was not built from a git checkout
  std::string compiler;                                        ///< "gcc 12.2.0"
  std::string flags;                                           ///< those that could change results or speed
  std::vector<std::pair<std::string, std::string>> libraries;  ///< name, version
};

build_description describe_build();

/// The text of --version.
std::string version_text();

/// What was typed, quoted so that a shell would read it back.
std::string command_text(std::string_view command, std::span<const std::string> arguments);

/// Metadata for a file's attributes: firstspike_version, firstspike_commit, firstspike_build, command, seed, and t_max
/// where given.
run_metadata metadata_of_run(std::string_view command, std::span<const std::string> arguments, std::uint64_t seed,
                             std::optional<double> t_max = {});

}  // namespace firstspike
