#include "firstspike/traces/run_facts.hpp"

#include <fmt/format.h>

namespace firstspike {

std::string fact_text(const run_fact& fact) {
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, fact);
}

}  // namespace firstspike
