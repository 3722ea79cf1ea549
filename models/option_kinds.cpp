#include "firstspike/models/option_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "firstspike/engine/text.hpp"
#include "firstspike/models/constraints.hpp"
#include "firstspike/models/layer_text.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {
namespace {

constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();

/// The complete text `value` as a number; nothing if it is not a number.
template <class T>
bool reads_as(std::string_view value, T& number) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc{} && end == value.data() + value.size();
}

std::string allowed_whole(std::uint64_t lowest, std::uint64_t highest) {
  if (highest == unbounded) return fmt::format("allowed: whole numbers from {} up", lowest);
  return fmt::format("allowed: whole numbers from {} to {}", lowest, highest);
}

std::string allowed_real(double lowest, double highest, bool lowest_allowed) {
  const bool bounded_below = lowest > std::numeric_limits<double>::lowest();
  const bool bounded_above = highest < std::numeric_limits<double>::max();
  if (!bounded_below && !bounded_above) return "allowed: numbers";
  const auto low = bounded_below ? fmt::format(" {} {}", lowest_allowed ? "from" : "above", lowest) : std::string();
  const auto high = bounded_above ? fmt::format(" up to {}", highest) : lowest_allowed ? std::string(" up") : "";
  return fmt::format("allowed: numbers{}{}", low, high);
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts{""};
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Two neighbours that are swapped count as one difference.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, above, row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({row[j] + 1, above[j + 1] + 1, above[j] + (a[i] != b[j])});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
  }
  return row.back();
}

template <class Part>
option_kind<std::string> names_of(std::span<const Part> parts) {
  std::vector<std::string> names;
  for (const auto& part : parts) names.emplace_back(part.name);
  return one_of(names);
}

template <class Split>
option_kind<std::vector<std::string>> list_of(const std::string& placeholder, const Split& parts_of) {
  option_kind<std::vector<std::string>> kind{placeholder, {}, {}};
  kind.read = [parts_of](const std::string& value) {
    auto parts = parts_of(value);
    const bool any_empty = std::find(parts.begin(), parts.end(), "") != parts.end();
    if (any_empty || std::set(parts.begin(), parts.end()).size() != parts.size()) {
      throw std::invalid_argument("allowed: names between commas, each once");
    }
    return parts;
  };
  kind.show = [](const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ",")); };
  return kind;
}

}  // namespace

option_kind<std::uint64_t> whole_number(std::uint64_t lowest, std::uint64_t highest) {
  option_kind<std::uint64_t> kind{"N", {}, {}};
  kind.read = [=](const std::string& value) {
    std::uint64_t number = 0;
    if (!reads_as(value, number) || number < lowest || number > highest) {
      throw std::invalid_argument(allowed_whole(lowest, highest));
    }
    return number;
  };
  kind.show = [](std::uint64_t number) { return std::to_string(number); };
  return kind;
}

option_kind<double> real_number(double lowest, double highest, bool lowest_allowed) {
  option_kind<double> kind{"X", {}, {}};
  kind.read = [=](const std::string& value) {
    double number = 0;
    const bool inside = reads_as(value, number) && number >= lowest && number <= highest &&
                        (lowest_allowed || number > lowest);  // false for nan
    if (!inside) throw std::invalid_argument(allowed_real(lowest, highest, lowest_allowed));
    return number;
  };
  kind.show = [](double number) { return fmt::format("{}", number); };
  return kind;
}

option_kind<std::string> text(const std::string& placeholder) {
  option_kind<std::string> kind{placeholder, {}, {}};
  kind.read = [placeholder](const std::string& value) {
    if (value.empty()) throw std::invalid_argument("needed: " + placeholder);
    return value;
  };
  kind.show = [](const std::string& value) { return value; };
  return kind;
}

option_kind<std::string> file_path(const std::string& placeholder) {
  auto kind = text(placeholder);
  kind.path = path_kind::file;
  return kind;
}

option_kind<std::string> directory_path(const std::string& placeholder) {
  auto kind = text(placeholder);
  kind.path = path_kind::directory;
  return kind;
}

option_kind<std::vector<std::string>> text_list(const std::string& placeholder) { return list_of(placeholder, split); }

option_kind<std::vector<std::string>> typed_list(const std::string& placeholder) {
  return list_of(placeholder, [](const std::string& value) {
    unquoted(value);  // refuses quotes that do not end
    return split_unquoted(value, ",");
  });
}

option_kind<std::string> layer_name(const std::string& placeholder) {
  auto kind = text(placeholder);
  kind.read = [plain = kind.read](const std::string& value) { return plain(unquoted(value)); };
  return kind;
}

option_kind<std::vector<std::string>> layer_names(const std::string& placeholder) {
  return list_of(placeholder, [](const std::string& value) {
    unquoted(value);
    auto names = split_unquoted(value, ",");
    for (auto& name : names) name = unquoted(name);
    return names;
  });
}

option_kind<std::pair<std::uint64_t, std::uint64_t>> index_range() {
  option_kind<std::pair<std::uint64_t, std::uint64_t>> kind{"A:B", {}, {}};
  kind.read = [](const std::string& value) {
    std::pair<std::uint64_t, std::uint64_t> range;
    const auto colon = std::min(value.find(':'), value.size());
    const auto start = std::string_view(value).substr(0, colon);
    const auto rest = colon < value.size() ? std::string_view(value).substr(colon + 1) : std::string_view();
    const bool open = colon < value.size() && value.size() > 1;
    if (open && rest.empty()) range.second = unbounded;
    if (!(open && start.empty() ? true : reads_as(start, range.first)) ||
        !(open && rest.empty() ? true : reads_as(rest, range.second)) || range.first >= range.second) {
      throw std::invalid_argument("allowed: A:B with A below B, A: or :B; A is the first, B the one after the last");
    }
    return range;
  };
  kind.show = [](const std::pair<std::uint64_t, std::uint64_t>& range) {
    return range.second == unbounded ? fmt::format("{}:", range.first)
                                     : fmt::format("{}:{}", range.first, range.second);
  };
  return kind;
}

option_kind<std::string> one_of(const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> choices;
  for (const auto& word : words) choices.emplace_back(word, word);
  return one_of<std::string>(std::move(choices));
}

option_kind<std::vector<std::uint8_t>> label_list() {
  option_kind<std::vector<std::uint8_t>> kind{"L,L,...", {}, {}};
  kind.read = [](const std::string& value) {
    std::vector<std::uint8_t> labels;
    if (value == "none") return labels;
    for (const auto& label : text_list("").read(value)) {
      labels.push_back(static_cast<std::uint8_t>(whole_number(0, 255).read(label)));
    }
    return labels;
  };
  kind.show = [](const std::vector<std::uint8_t>& labels) {
    std::vector<std::string> texts;
    for (const auto label : labels) texts.push_back(std::to_string(label));
    return labels.empty() ? std::string("none") : joined(texts, ",");
  };
  return kind;
}

option_kind<std::vector<std::uint32_t>> layer_sizes() {
  option_kind<std::vector<std::uint32_t>> kind{"N,N,...", {}, {}};
  kind.read = [](const std::string& value) {
    std::vector<std::uint32_t> sizes;
    for (const auto& part : split(value)) {
      sizes.push_back(static_cast<std::uint32_t>(whole_number(1, 1u << 24).read(part)));
    }
    return sizes;
  };
  kind.show = [](const std::vector<std::uint32_t>& sizes) { return fmt::format("{}", fmt::join(sizes, ",")); };
  return kind;
}

option_kind<std::string> layer_texts() {
  option_kind<std::string> kind{"TEXT", {}, {}};
  kind.read = [](const std::string& value) {
    if (!value.empty()) count_layers(value);
    return value;
  };
  kind.show = [](const std::string& value) { return value; };
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

option_kind<update_rule> update_rules() {
  return one_of<update_rule>({{"sgd", update_rule::sgd}, {"adam", update_rule::adam}});
}

option_kind<scheduler> schedulers(const std::vector<scheduler>& allowed) {
  std::vector<std::pair<std::string, scheduler>> choices{{"auto", scheduler::automatic},
                                                         {"heap", scheduler::heap},
                                                         {"sweep", scheduler::sweep},
                                                         {"naive", scheduler::naive}};
  std::erase_if(choices,
                [&](const auto& choice) { return std::ranges::find(allowed, choice.second) == allowed.end(); });
  return one_of<scheduler>(std::move(choices));
}

option_kind<rate_schedule> rate_schedules() {
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
      throw std::invalid_argument(
          "allowed: uniform:LOWEST:HIGHEST or normal:MEAN:DEVIATION, and @N if they refer to a fan-in of N");
    const auto number = real_number(-1e6, 1e6);
    weight_distribution d{name == "uniform" ? shape::uniform : shape::normal,
                          number.read(numbers.substr(first + 1, second - first - 1)),
                          number.read(numbers.substr(second + 1))};
    if (at < value.size()) d.fan_in = real_number(0, 1e9, false).read(value.substr(at + 1));
    if (d.form == shape::normal ? d.b < 0 : d.b < d.a)
      throw std::invalid_argument("allowed: uniform with the lowest first, normal with a deviation of 0 or more");
    return d;
  };
  kind.show = [](const weight_distribution& d) {
    return fmt::format("{}:{}:{}{}", d.form == shape::uniform ? "uniform" : "normal", d.a, d.b,
                       d.fan_in > 0 ? fmt::format("@{}", d.fan_in) : "");
  };
  return kind;
}

std::string nearest_names(std::string_view wrong, const std::vector<std::string>& names) {
  const auto letters = wrong.size() - std::min(wrong.find_first_not_of('-'), wrong.size());
  if (letters < 2) return "";
  auto least = std::max<std::size_t>(letters / 3, 1);
  for (const auto& name : names) least = std::min(least, edit_distance(wrong, name));
  std::string list;
  for (const auto& name : names) {
    if (edit_distance(wrong, name) > least) continue;
    list += fmt::format("{}'{}'", list.empty() ? "" : " or ", name);
  }
  return list;
}

}  // namespace firstspike
