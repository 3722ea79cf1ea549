// Kinds of option values, as text.
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
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/layers.hpp"
#include "firstspike/models/learner.hpp"

namespace firstspike {

/// What a text names in the file system.
enum class path_kind : std::uint8_t { none, file, directory };

/// Conversion between text and the value of an option. `read` throws std::invalid_argument "allowed: ..."; the caller
/// adds the option's name and the text before it.
template <class T>
struct option_kind {
  std::string placeholder;
  std::function<T(const std::string&)> read;
  std::function<std::string(const T&)> show;
  std::vector<std::string> words{};  ///< all texts that are allowed; empty: it is no list of words
  path_kind path = path_kind::none;  ///< what the text names
};

/// Decimal digits only, in [lowest, highest].
option_kind<std::uint64_t> whole_number(std::uint64_t lowest = 0,
                                        std::uint64_t highest = std::numeric_limits<std::uint64_t>::max());

/// A finite number in [lowest, highest], or (lowest, highest] with `lowest_allowed` = false.
option_kind<double> real_number(double lowest, double highest = std::numeric_limits<double>::max(),
                                bool lowest_allowed = true);

/// Any text that is not empty.
option_kind<std::string> text(const std::string& placeholder);

/// The path of a file or of a directory; any text that is not empty.
option_kind<std::string> file_path(const std::string& placeholder);
option_kind<std::string> directory_path(const std::string& placeholder);

/// Comma-separated texts: at least one, none empty, no duplicates.
option_kind<std::vector<std::string>> text_list(const std::string& placeholder);

/// The same, where quotes and backslashes keep a comma in a text (engine/text.hpp). They stay in the texts.
option_kind<std::vector<std::string>> typed_list(const std::string& placeholder);

/// The name of a population, and comma-separated ones, as they are typed: quotes and backslashes are read and gone.
option_kind<std::string> layer_name(const std::string& placeholder);
option_kind<std::vector<std::string>> layer_names(const std::string& placeholder);

/// Half-open range A:B with A < B. A: and :B are A to the end, the largest number, and 0 to B.
option_kind<std::pair<std::uint64_t, std::uint64_t>> index_range();

/// One of several words, each with its value.
template <class T>
option_kind<T> one_of(std::vector<std::pair<std::string, T>> choices) {
  std::string names;
  for (const auto& [name, value] : choices) names += (names.empty() ? "" : "|") + name;
  option_kind<T> kind{names, {}, {}};
  for (const auto& [name, value] : choices) kind.words.push_back(name);
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

/// The same for words that are their own values.
option_kind<std::string> one_of(const std::vector<std::string>& words);

/// L,L,...: labels, each 0 to 255, or none.
option_kind<std::vector<std::uint8_t>> label_list();
/// N,N,...: sizes of layers, first to last, each 1 to 2^24.
option_kind<std::vector<std::uint32_t>> layer_sizes();
/// Layers as text (layer_text.hpp), or nothing.
option_kind<std::string> layer_texts();
option_kind<bool> on_or_off();
option_kind<synapse_kernel> kernels();
/// Names of parts, from their tables.
option_kind<std::string> regimes();
option_kind<std::string> rules();
option_kind<std::string> losses();
option_kind<std::string> constraints();
option_kind<update_rule> update_rules();
option_kind<scheduler> schedulers(const std::vector<scheduler>& allowed = {scheduler::automatic, scheduler::heap,
                                                                           scheduler::sweep, scheduler::naive});
option_kind<rate_schedule> rate_schedules();
/// uniform:LOWEST:HIGHEST or normal:MEAN:DEVIATION, and `@N` if they refer to a fan-in of N.
option_kind<weight_distribution> distributions();

/// whole_number in a smaller type, which must contain `highest`.
template <class Small>
option_kind<Small> narrowed(std::uint64_t lowest, std::uint64_t highest) {
  const auto wide = whole_number(lowest, highest);
  option_kind<Small> kind{wide.placeholder, {}, {}};
  kind.read = [wide](const std::string& value) { return static_cast<Small>(wide.read(value)); };
  kind.show = [wide](const Small& value) { return wide.show(value); };
  return kind;
}

/// The `names` nearest to `wrong` by edit distance, as "'a' or 'b'". Empty where `wrong`, without dashes before it, has
/// one letter, or where the nearest name differs in more than one letter and in more than a third of them.
std::string nearest_names(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace firstspike
