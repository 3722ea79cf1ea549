#include "firstspike/apps/inspect_words.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "firstspike/apps/output.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {
namespace {

std::optional<double> number_in(const std::string& word) {
  double value = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value)) return {};
  return value;
}

std::vector<std::string> layer_names(std::span<const population> populations) {
  std::vector<std::string> names;
  for (const auto& p : populations) names.push_back(p.name);
  return names;
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream text{std::string(line.substr(0, line.find('#')))};
  std::vector<std::string> found;
  for (std::string word; text >> word;) found.push_back(word);
  return found;
}

std::string neuron_name(std::span<const population> populations, std::uint32_t id) {
  std::size_t p = 0;
  while (id >= populations[p].size) id -= populations[p++].size;
  return fmt::format("{}:{}", populations[p].name, id);
}

std::string some_names(std::span<const population> populations, std::span<const std::uint32_t> ids, std::size_t most) {
  std::vector<std::string> names;
  for (const auto id : ids.first(std::min(most, ids.size()))) names.push_back(neuron_name(populations, id));
  if (ids.size() > most) names.push_back(fmt::format("... ({})", ids.size()));
  return joined(names, " ");
}

std::uint32_t read_layer(std::span<const population> populations, const std::string& word) {
  for (std::uint32_t p = 0; p < populations.size(); ++p) {
    if (populations[p].name == word) return p;
  }
  throw std::invalid_argument(fmt::format("no layer '{}', allowed: {}", word, joined(layer_names(populations))));
}

std::uint32_t read_neuron(std::span<const population> populations, const std::string& word) {
  const auto colon = word.rfind(':');
  require(colon != std::string::npos, "'{}' is no neuron, allowed: LAYER:ID, with a layer of {}", word,
          joined(layer_names(populations)));
  const auto layer = read_layer(populations, word.substr(0, colon));
  const auto* end = word.data() + word.size();
  std::uint32_t index = 0, first = 0;
  const auto read = std::from_chars(word.data() + colon + 1, end, index);
  require(read.ec == std::errc() && read.ptr == end && index < populations[layer].size,
          "'{}' is no neuron, allowed: {}:0 to {}:{}", word, populations[layer].name, populations[layer].name,
          populations[layer].size - 1);
  for (std::uint32_t p = 0; p < layer; ++p) first += populations[p].size;
  return first + index;
}

double read_time(const std::string& word) {
  const auto value = number_in(word);
  require(value && *value >= 0, "'{}' is no time, allowed: a number of steps, 0 or more", word);
  return *value;
}

double read_number(const std::string& word, std::string_view what) {
  const auto value = number_in(word);
  require(value.has_value(), "'{}' is no {}, allowed: a finite number", word, what);
  return *value;
}

std::size_t read_count(words arguments, std::size_t otherwise) {
  if (arguments.empty()) return otherwise;
  const auto& word = arguments.front();
  std::size_t count = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), count);
  require(read.ec == std::errc() && read.ptr == word.data() + word.size() && count > 0,
          "'{}' is no count, allowed: a whole number, 1 or more", word);
  return count;
}

void check_words(words arguments, std::size_t least, std::size_t most, std::string_view usage) {
  if (arguments.size() < least) throw std::invalid_argument(fmt::format("something is missing, allowed: {}", usage));
  if (arguments.size() <= most) return;
  throw std::invalid_argument(fmt::format("'{}' is one word too many, allowed: {}", arguments[most], usage));
}

}  // namespace firstspike
