#include "firstspike/apps/option_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "firstspike/apps/output.hpp"

namespace firstspike {
namespace {

constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();

/// The whole of `value` as a number, or nothing said of what it is.
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

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto change = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, change});
    }
  }
  return row.back();
}

}  // namespace

option_kind<std::uint64_t> whole_number(std::uint64_t lowest, std::uint64_t highest) {
  option_kind<std::uint64_t> kind{"N", {}, {}};
  kind.read = [=](const std::string& value) {
    std::uint64_t number = 0;
    if (!reads_as(value, number) || number < lowest || number > highest) {
      throw usage_error(allowed_whole(lowest, highest));
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
    if (!inside) throw usage_error(allowed_real(lowest, highest, lowest_allowed));
    return number;
  };
  kind.show = [](double number) { return fmt::format("{}", number); };
  return kind;
}

option_kind<std::string> text(const std::string& placeholder) {
  option_kind<std::string> kind{placeholder, {}, {}};
  kind.read = [placeholder](const std::string& value) {
    if (value.empty()) throw usage_error("needed: " + placeholder);
    return value;
  };
  kind.show = [](const std::string& value) { return value; };
  return kind;
}

option_kind<std::vector<std::string>> text_list(const std::string& placeholder) {
  option_kind<std::vector<std::string>> kind{placeholder, {}, {}};
  kind.read = [](const std::string& value) {
    auto parts = split(value);
    const bool any_empty = std::find(parts.begin(), parts.end(), "") != parts.end();
    if (any_empty || std::set(parts.begin(), parts.end()).size() != parts.size()) {
      throw usage_error("allowed: names between commas, each once");
    }
    return parts;
  };
  kind.show = [](const std::vector<std::string>& parts) { return joined(parts, ","); };
  return kind;
}

option_kind<std::pair<std::uint64_t, std::uint64_t>> index_range() {
  option_kind<std::pair<std::uint64_t, std::uint64_t>> kind{"A:B", {}, {}};
  kind.read = [](const std::string& value) {
    std::pair<std::uint64_t, std::uint64_t> range;
    const auto colon = std::min(value.find(':'), value.size());
    const auto rest = colon < value.size() ? std::string_view(value).substr(colon + 1) : std::string_view();
    if (!reads_as(std::string_view(value).substr(0, colon), range.first) || !reads_as(rest, range.second) ||
        range.first >= range.second) {
      throw usage_error("allowed: A:B with A below B; A is the first, B the one after the last");
    }
    return range;
  };
  kind.show = [](const std::pair<std::uint64_t, std::uint64_t>& range) {
    return fmt::format("{}:{}", range.first, range.second);
  };
  return kind;
}

option_kind<std::string> one_of(const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> choices;
  for (const auto& word : words) choices.emplace_back(word, word);
  return one_of<std::string>(std::move(choices));
}

std::string nearest_names(std::string_view wrong, const std::vector<std::string>& names) {
  std::size_t least = wrong.size() / 2 + 1;
  for (const auto& name : names) least = std::min(least, edit_distance(wrong, name));
  std::string list;
  for (const auto& name : names) {
    if (edit_distance(wrong, name) > least || least > wrong.size() / 2) continue;
    list += fmt::format("{}'{}'", list.empty() ? "" : " or ", name);
  }
  return list;
}

}  // namespace firstspike
