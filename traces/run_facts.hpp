// Named facts about a run that files carry along: seed, t_max, version, command ...
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace firstspike {

using run_fact = std::variant<std::int64_t, double, std::string>;
using run_facts = std::map<std::string, run_fact>;

/// A fact as text: a number is the shortest text that reads back the same.
std::string fact_text(const run_fact& fact);

}  // namespace firstspike
