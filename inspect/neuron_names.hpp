// Neurons by name: "POPULATION:INDEX" for a global id, and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// "hidden:3" of a global id. `populations` are those of a network, in its order, here and below.
std::string neuron_name(std::span<const population> populations, std::uint32_t id);

/// The index of the population called `name`. Throws std::invalid_argument, one line, that lists the names.
std::uint32_t population_index(std::span<const population> populations, const std::string& name);

/// The global id of neuron `index` of a population. Throws std::invalid_argument, one line, if it does not exist.
std::uint32_t neuron_id(std::span<const population> populations, const std::string& population, std::uint32_t index);

/// The global id of "hidden:3". Throws the same; also if the text is not of the form POPULATION:INDEX.
std::uint32_t neuron_id(std::span<const population> populations, const std::string& name);

}  // namespace firstspike
