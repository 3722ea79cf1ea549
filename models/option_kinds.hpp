// What the value of an option may be, as text.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/models/layers.hpp"
#include "firstspike/models/learner.hpp"

namespace firstspike {

/// How a text becomes the value of an option, and back. `read` throws std::invalid_argument "allowed: ...", before
/// which the caller puts the option's name and the text.
template <class T>
struct option_kind {
  std::string placeholder;
  std::function<T(const std::string&)> read;
  std::function<std::string(const T&)> show;
};

/// Decimal digits only, in [lowest, highest].
option_kind<std::uint64_t> whole_number(std::uint64_t lowest = 0,
                                        std::uint64_t highest = std::numeric_limits<std::uint64_t>::max());

/// A finite number in [lowest, highest]; `lowest_allowed` = false leaves lowest itself out.
option_kind<double> real_number(double lowest, double highest = std::numeric_limits<double>::max(),
                                bool lowest_allowed = true);

/// Any text but none.
option_kind<std::string> text(const std::string& placeholder);

/// Texts between commas, at least one, none empty, none twice.
option_kind<std::vector<std::string>> text_list(const std::string& placeholder);

/// Half-open range A:B with A < B.
option_kind<std::pair<std::uint64_t, std::uint64_t>> index_range();

/// One of several words, each with its value.
template <class T>
option_kind<T> one_of(std::vector<std::pair<std::string, T>> choices) {
  std::string names;
  for (const auto& [name, value] : choices) names += (names.empty() ? "" : "|") + name;
  option_kind<T> kind{names, {}, {}};
  kind.read = [choices, names](const std::string& given) {
    for (const auto& [name, value] : choices) {
      if (given == name) return value;
    }
    throw std::invalid_argument("allowed: " + names);
  };
  kind.show = [choices](const T& shown) {
    for (const auto& [name, value] : choices) {
      if (value == shown) return name;
    }
    return std::string();
  };
  return kind;
}

/// The same for words that stand for themselves.
option_kind<std::string> one_of(const std::vector<std::string>& words);

/// N,N,...: sizes of layers, first to last, each 1 to 2^24.
option_kind<std::vector<std::uint32_t>> layer_sizes();
option_kind<bool> on_or_off();
option_kind<synapse_kernel> kernels();
/// Names of parts, from their tables.
option_kind<std::string> regimes();
option_kind<std::string> rules();
option_kind<std::string> losses();
option_kind<std::string> constraints();
option_kind<update_rule> update_rules();
option_kind<rate_schedule> schedules();
/// uniform:LOWEST:HIGHEST or normal:MEAN:DEVIATION, and @N where they hold for a fan-in of N.
option_kind<weight_distribution> distributions();

/// whole_number kept in a smaller type; `highest` must fit it.
template <class Small>
option_kind<Small> narrowed(std::uint64_t lowest, std::uint64_t highest) {
  const auto wide = whole_number(lowest, highest);
  option_kind<Small> kind{wide.placeholder, {}, {}};
  kind.read = [wide](const std::string& value) { return static_cast<Small>(wide.read(value)); };
  kind.show = [wide](const Small& value) { return wide.show(value); };
  return kind;
}

/// Those of `names` that are nearest to `wrong` by edit distance and near enough to be meant, as "'a' or 'b'"; empty
/// for none.
std::string nearest_names(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace firstspike
