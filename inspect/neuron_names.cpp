#include "firstspike/inspect/neuron_names.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"

namespace firstspike {
namespace {

std::string names_of(std::span<const population> populations) {
  std::vector<std::string> names;
  for (const auto& p : populations) names.push_back(population_name(p.name));
  return joined(names);
}

std::uint32_t first_id(std::span<const population> populations, std::uint32_t population) {
  std::uint32_t first = 0;
  for (const auto& p : populations.first(population)) first += p.size;
  return first;
}

void require_index(bool holds, const population& p, const std::string& name) {
  require(holds, "'{}' is no neuron, allowed: {}:0 to {}:{}", name, quoted_name(p.name), quoted_name(p.name),
          p.size - 1);
}

/// What to write for `typed`, which is no LAYER:ID: "write LAYER:ID, such as output:7".
std::string advice_for(std::span<const population> populations, const std::string& typed) {
  const auto layer = std::ranges::find(populations, typed, &population::name);
  const auto neurons =
      std::ranges::find(populations.rbegin(), populations.rend(), population_kind::neurons, &population::kind);
  const auto& last = neurons == populations.rend() ? populations.back() : *neurons;
  const auto& example = layer == populations.end() ? last : *layer;
  std::uint32_t index = 0;
  const auto* end = typed.data() + typed.size();
  const auto read = std::from_chars(typed.data(), end, index);
  const bool counts = read.ec == std::errc() && read.ptr == end;
  return fmt::format("write LAYER:ID, such as {}{}",
                     neuron_name(example.name, counts && index < example.size ? index : 0),
                     counts || layer != populations.end() ? "" : "; layers: " + names_of(populations));
}

}  // namespace

std::string population_name(const std::string& name) { return quoted_name(name, ":"); }

std::string neuron_name(const std::string& population, std::uint64_t index) {
  return fmt::format("{}:{}", quoted_name(population), index);
}

std::string neuron_name(std::span<const population> populations, std::uint32_t id) {
  std::size_t p = 0;
  while (id >= populations[p].size) id -= populations[p++].size;
  return neuron_name(populations[p].name, id);
}

std::optional<grid_position> position_of(std::span<const population> populations, std::uint32_t id) {
  std::size_t p = 0;
  while (id >= populations[p].size) id -= populations[p++].size;
  if (populations[p].shape == grid{}) return {};
  return position_in(populations[p].shape, id);
}

std::string located_name(std::span<const population> populations, std::uint32_t id) {
  const auto name = neuron_name(populations, id);
  const auto at = position_of(populations, id);
  return at ? fmt::format("{} (row {}, column {}, channel {})", name, at->row, at->column, at->channel) : name;
}

neuron_address read_neuron_address(const std::string& typed) {
  const auto colon = rfind_unquoted(typed, ":");
  if (colon == std::string::npos) return {unquoted(typed), {}};
  return {unquoted(typed.substr(0, colon)), unquoted(typed.substr(colon + 1))};
}

std::uint32_t population_index(std::span<const population> populations, const std::string& name) {
  for (std::uint32_t p = 0; p < populations.size(); ++p) {
    if (populations[p].name == name) return p;
  }
  throw std::invalid_argument(fmt::format("no layer '{}', allowed: {}", name, names_of(populations)));
}

std::uint32_t neuron_id(std::span<const population> populations, const std::string& population, std::uint32_t index) {
  const auto p = population_index(populations, population);
  require_index(index < populations[p].size, populations[p], neuron_name(population, index));
  return first_id(populations, p) + index;
}

std::uint32_t neuron_id(std::span<const population> populations, const std::string& name) {
  const auto [population, digits] = read_neuron_address(name);
  if (!digits) {
    throw std::invalid_argument(fmt::format("'{}' is no neuron, {}", name, advice_for(populations, population)));
  }
  const auto p = population_index(populations, population);
  std::uint32_t index = 0;
  const auto* end = digits->data() + digits->size();
  const auto read = std::from_chars(digits->data(), end, index);
  require_index(read.ec == std::errc() && read.ptr == end && index < populations[p].size, populations[p], name);
  return first_id(populations, p) + index;
}

}  // namespace firstspike
