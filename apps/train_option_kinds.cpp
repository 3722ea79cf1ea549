#include "firstspike/apps/train_option_kinds.hpp"

#include <fmt/format.h>

#include "firstspike/apps/output.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {
namespace {

template <class Part>
option_kind<std::string> names_of(std::span<const Part> parts) {
  std::vector<std::string> names;
  for (const auto& part : parts) names.emplace_back(part.name);
  return one_of(names);
}

}  // namespace

option_kind<std::vector<std::uint32_t>> layer_sizes() {
  option_kind<std::vector<std::uint32_t>> kind{"N,N,...", {}, {}};
  kind.read = [](const std::string& value) {
    std::vector<std::uint32_t> sizes;
    std::string part;
    for (const char c : value + ",") {
      if (c != ',') {
        part += c;
        continue;
      }
      sizes.push_back(static_cast<std::uint32_t>(whole_number(1, 1u << 24).read(part)));
      part.clear();
    }
    return sizes;
  };
  kind.show = [](const std::vector<std::uint32_t>& sizes) {
    std::vector<std::string> shown;
    for (const auto size : sizes) shown.push_back(std::to_string(size));
    return joined(shown, ",");
  };
  return kind;
}

option_kind<bool> on_or_off() { return one_of<bool>({{"on", true}, {"off", false}}); }

option_kind<synapse_kernel> kernels() {
  return one_of<synapse_kernel>({{"step", synapse_kernel::step}, {"ramp", synapse_kernel::ramp}});
}

option_kind<std::string> regimes() { return names_of(all_regimes()); }
option_kind<std::string> rules() { return names_of(all_rules()); }
option_kind<std::string> losses() { return names_of(all_losses()); }
option_kind<std::string> constraints() { return names_of(all_constraints()); }

option_kind<rate_schedule> schedules() {
  return one_of<rate_schedule>(
      {{"constant", rate_schedule::constant}, {"linear", rate_schedule::linear}, {"square", rate_schedule::square}});
}

option_kind<weight_distribution> distributions() {
  using shape = weight_distribution::shape;
  option_kind<weight_distribution> kind{"uniform:A:B[@N]|normal:M:S[@N]", {}, {}};
  kind.read = [](const std::string& value) {
    const auto at = std::min(value.find('@'), value.size());
    const auto numbers = value.substr(0, at);
    const auto first = numbers.find(':'), second = numbers.find(':', first + 1);
    const auto name = numbers.substr(0, first);
    if ((name != "uniform" && name != "normal") || first == std::string::npos || second == std::string::npos)
      throw usage_error(
          "allowed: uniform:LOWEST:HIGHEST or normal:MEAN:DEVIATION, and @N where they hold for a fan-in of N");
    const auto number = real_number(-1e6, 1e6);
    weight_distribution d{name == "uniform" ? shape::uniform : shape::normal,
                          number.read(numbers.substr(first + 1, second - first - 1)),
                          number.read(numbers.substr(second + 1))};
    if (at < value.size()) d.fan_in = real_number(0, 1e9, false).read(value.substr(at + 1));
    if (d.form == shape::normal ? d.b < 0 : d.b < d.a)
      throw usage_error("allowed: uniform with the lowest first, normal with a deviation of 0 or more");
    return d;
  };
  kind.show = [](const weight_distribution& d) {
    return fmt::format("{}:{}:{}{}", d.form == shape::uniform ? "uniform" : "normal", d.a, d.b,
                       d.fan_in > 0 ? fmt::format("@{}", d.fan_in) : "");
  };
  return kind;
}

}  // namespace firstspike
