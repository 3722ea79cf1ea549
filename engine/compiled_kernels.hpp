// Finds the loops for an instruction set in a table. Apart from instruction_set.hpp, which files for one instruction
// set include: they may compile nothing of require.hpp.
#pragma once

#include <cstddef>
#include <span>

#include "firstspike/engine/instruction_set.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {

/// The one for `set`, of those that the program is compiled for, in the order of `instruction_set`.
template <class Kernels>
const Kernels& compiled_for(instruction_set set, std::span<const Kernels* const> kernels) {
  const auto index = static_cast<std::size_t>(set);
  require(index < kernels.size(), "this program is not compiled for the instruction set");
  return *kernels[index];
}

}  // namespace firstspike
