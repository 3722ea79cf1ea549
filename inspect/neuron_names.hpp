// Neurons by name: "POPULATION:INDEX" for a global id, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// A population's name as a person types it: in quotes where it needs them (quoted_name() in engine/text.hpp) or has
/// a ':'.
std::string population_name(const std::string& name);

/// "hidden:3" of a neuron of a population, which neuron_id() reads back: "\"my layer\":3" where the name needs quotes.
std::string neuron_name(const std::string& population, std::uint64_t index);
/// The same of a global id. `populations` are those of a network, in its order, here and below.
std::string neuron_name(std::span<const population> populations, std::uint32_t id);

/// The position of a neuron in the grid of its population; none where the population has no shape.
std::optional<grid_position> position_of(std::span<const population> populations, std::uint32_t id);
/// "hidden:37 (row 3, column 1, channel 5)", for people; only the name where the population has no shape.
std::string located_name(std::span<const population> populations, std::uint32_t id);

/// The parts of LAYER:ID, without quotes; the last ':' that is not quoted ends the layer.
struct neuron_address {
  std::string population;
  std::optional<std::string> index;  ///< none where there is no such ':'
};
/// Throws std::invalid_argument, one line, for quotes that do not end.
neuron_address read_neuron_address(const std::string& typed);

/// The index of the population called `name`. Throws std::invalid_argument, one line, that lists the names.
std::uint32_t population_index(std::span<const population> populations, const std::string& name);

/// The global id of neuron `index` of a population. Throws std::invalid_argument, one line, if it does not exist.
std::uint32_t neuron_id(std::span<const population> populations, const std::string& population, std::uint32_t index);

/// The global id of "hidden:3" as it is typed. Throws the same; also if the text is not of the form POPULATION:INDEX.
std::uint32_t neuron_id(std::span<const population> populations, const std::string& name);

}  // namespace firstspike
