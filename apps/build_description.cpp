#include "firstspike/apps/build_description.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace firstspike {
namespace {

std::string quoted(const std::string& argument) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
  std::string inner;
  for (const char c : argument) inner += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return fmt::format("'{}'", inner);
}

}  // namespace

std::string version_text() {
  const auto metadata = describe_build();
  std::string libraries;
  for (const auto& [name, version] : metadata.libraries) {
    libraries += fmt::format("{}{} {}", libraries.empty() ? "" : ", ", name, version);
  }
  return fmt::format("firstspike {}\ncommit     {}\ncompiler   {}\nflags      {}\nlibraries  {}\n", metadata.version,
                     metadata.commit, metadata.compiler, metadata.flags, libraries);
}

std::string command_text(std::string_view command, std::span<const std::string> arguments) {
  auto text = fmt::format("firstspike {}", command);
  for (const auto& argument : arguments) text += fmt::format(" {}", quoted(argument));
  return text;
}

run_metadata metadata_of_run(std::string_view command, std::span<const std::string> arguments, std::uint64_t seed,
                             std::optional<double> t_max) {
  const auto build = describe_build();
  run_metadata metadata{{"firstspike_version", build.version},
                        {"firstspike_commit", build.commit},
                        {"firstspike_build", fmt::format("{}, {}", build.compiler, build.flags)},
                        {"command", command_text(command, arguments)}};
  // A whole number of metadata is a signed number: the upper half of all seeds is written in digits.
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (seed <= largest) {
    metadata.emplace("seed", static_cast<std::int64_t>(seed));
  } else {
    metadata.emplace("seed", std::to_string(seed));
  }
  if (t_max) metadata.emplace("t_max", *t_max);
  return metadata;
}

}  // namespace firstspike
