#include "apps/train_option_kinds.hpp"

#include <fmt/format.h>

#include "apps/output.hpp"

namespace firstspike {

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

option_kind<class_loss> losses() {
  return one_of<class_loss>(
      {{"s4nn", class_loss::s4nn}, {"aggressive", class_loss::aggressive}, {"xent", class_loss::xent}});
}

option_kind<rate_schedule> schedules() {
  return one_of<rate_schedule>(
      {{"constant", rate_schedule::constant}, {"linear", rate_schedule::linear}, {"square", rate_schedule::square}});
}

option_kind<weight_distribution> distributions() {
  using shape = weight_distribution::shape;
  option_kind<weight_distribution> kind{"uniform:A:B|normal:M:S", {}, {}};
  kind.read = [](const std::string& value) {
    const auto first = value.find(':'), second = value.find(':', first + 1);
    const auto name = value.substr(0, first);
    if ((name != "uniform" && name != "normal") || first == std::string::npos || second == std::string::npos)
      throw usage_error("allowed: uniform:LOWEST:HIGHEST or normal:MEAN:DEVIATION");
    const auto number = real_number(-1e6, 1e6);
    weight_distribution d{name == "uniform" ? shape::uniform : shape::normal,
                          number.read(value.substr(first + 1, second - first - 1)),
                          number.read(value.substr(second + 1))};
    if (d.form == shape::normal ? d.b < 0 : d.b < d.a)
      throw usage_error("allowed: uniform with the lowest first, normal with a deviation of 0 or more");
    return d;
  };
  kind.show = [](const weight_distribution& d) {
    return fmt::format("{}:{}:{}", d.form == shape::uniform ? "uniform" : "normal", d.a, d.b);
  };
  return kind;
}

}  // namespace firstspike
