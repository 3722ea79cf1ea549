#include "firstspike/training/build_description.hpp"

#include <fmt/core.h>

#include <limits>

namespace firstspike {

run_metadata metadata_of_run(std::string command, std::optional<std::uint64_t> seed, std::optional<double> t_max) {
  const auto build = describe_build();
  run_metadata metadata{{"firstspike_version", build.version},
                        {"firstspike_commit", build.commit},
                        {"firstspike_build", fmt::format("{}, {}", build.compiler, build.flags)},
                        {"command", std::move(command)}};
  // A whole number of metadata is a signed number: the upper half of all seeds is written in digits.
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (seed && *seed <= largest) metadata.emplace("seed", static_cast<std::int64_t>(*seed));
  if (seed && *seed > largest) metadata.emplace("seed", std::to_string(*seed));
  if (t_max) metadata.emplace("t_max", *t_max);
  return metadata;
}

}  // namespace firstspike
