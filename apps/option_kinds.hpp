// What the value of an option may be.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firstspike {

/// Wrong usage of the command: exit 2. what() is one line that names the option and what is allowed.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How the text after an option becomes a value. `read` throws usage_error "allowed: ..."; the option's name and the
/// text are put before it.
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
    throw usage_error("allowed: " + names);
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

/// Those of `names` that are nearest to `wrong` by edit distance and near enough to be meant, as "'a' or 'b'"; empty
/// for none.
std::string nearest_names(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace firstspike
