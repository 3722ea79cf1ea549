// The instruction sets for which vector_kernels.cpp is compiled.
#pragma once

#include <cstdint>
#include <span>

#include "firstspike/engine/vector_kernels.hpp"

namespace firstspike {

enum class instruction_set : std::uint8_t { portable, avx2, avx512 };

/// Those that this machine has and this program is compiled for, from slow to fast; never empty.
std::span<const instruction_set> instruction_sets();

/// The loops for one of instruction_sets(). Results do not depend on it.
template <class Real>
const vector_kernels<Real>& kernels_for(instruction_set set);

/// The loops for the best of them.
template <class Real>
const vector_kernels<Real>& best_kernels() {
  static const vector_kernels<Real>& best = kernels_for<Real>(instruction_sets().back());
  return best;
}

}  // namespace firstspike
