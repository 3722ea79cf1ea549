// What was built, from what, and the metadata that every file of a run has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

struct build_description {
  std::string version;
  std::string commit;                                          ///< "unknown" if it was not built from a git checkout
  std::string compiler;                                        ///< "gcc 12.2.0"
  std::string flags;                                           ///< those that could change results or speed
  std::vector<std::pair<std::string, std::string>> libraries;  ///< name, version
};

build_description describe_build();

/// Metadata for the files of a run: firstspike_version, firstspike_commit, firstspike_build, command, seed, and t_max
/// [steps] if given. `command` is a text that says how the run was started.
run_metadata metadata_of_run(std::string command, std::optional<std::uint64_t> seed, std::optional<double> t_max = {});

}  // namespace firstspike
