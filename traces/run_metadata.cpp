#include "firstspike/traces/run_metadata.hpp"

#include <fmt/core.h>

namespace firstspike {

std::string metadata_text(const metadata_value& metadata) {
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, metadata);
}

}  // namespace firstspike
