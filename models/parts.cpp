// Lookup of parts by name.
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/engine/require.hpp"
#include "firstspike/models/constraints.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {
namespace {

template <class Part>
const Part& called(std::string_view kind, std::span<const Part> all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Part::name);
  if (found != all.end()) return *found;
  std::string names;
  for (const auto& part : all) names += (names.empty() ? "" : ", ") + std::string(part.name);
  throw std::invalid_argument(fmt::format("{} = {}, allowed: {}", kind, name, names));
}

bool lists(std::string_view names, std::string_view name) {
  return (" " + std::string(names) + " ").find(" " + std::string(name) + " ") != std::string::npos;
}

}  // namespace

const regime& regime_called(std::string_view name) { return called("regime", all_regimes(), name); }
const learning_rule& rule_called(std::string_view name) { return called("rule", all_rules(), name); }
const loss& loss_called(std::string_view name) { return called("loss", all_losses(), name); }
const constraint& constraint_called(std::string_view name) { return called("constraint", all_constraints(), name); }

const learning_rule& rule_for(std::string_view name, std::string_view regime, synapse_kernel kernel) {
  const auto& rule = rule_called(name);
  const auto fits = [&](const learning_rule& r) { return r.regime == regime && r.kernel == kernel; };
  std::string fitting;
  for (const auto& other : all_rules()) fitting += fits(other) ? " " + std::string(other.name) : "";
  require(fits(rule), "rule = {}, allowed with regime {} and kernel {}:{}", name, regime,
          kernel == synapse_kernel::step ? "step" : "ramp", fitting.empty() ? " none" : fitting);
  return rule;
}

bool reads(const loss& l, std::string_view option) { return lists(l.options, option); }
bool reads(const learning_rule& rule, std::string_view option) { return lists(rule.options, option); }

std::vector<double> counted_until(std::span<const double> times, double t_max) {
  std::vector<double> counted(times.begin(), times.end());
  for (auto& t : counted) t = std::min(t, t_max);
  return counted;
}

}  // namespace firstspike
