// Gradients of a network's weights, and the order in which they are added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/network.hpp"

namespace firstspike {

/// Samples whose gradients are added one after the other, in sample order. Blocks are then added by a fixed tree: the
/// sum depends neither on threads nor on processes.
inline constexpr std::size_t gradient_block = 8;

/// dL/dw of every dense projection of a network. Rows that no spike has reached are known to be zero.
template <class Real>
struct gradients {
  std::vector<std::vector<Real>> dw;               ///< [projection][pre][post], row-major
  std::vector<std::vector<std::uint8_t>> reached;  ///< [projection][pre]: 0 = the row is all zero

  explicit gradients(const network<Real>& net);
  /// The row of one pre neuron, to be added to.
  std::span<Real> row(std::size_t projection, std::size_t pre);
  std::span<const Real> row(std::size_t projection, std::size_t pre) const;
  void clear();
};

/// blocks[0] += all the others, by a tree over block numbers: 0+1, 2+3, ..., then 0+2, 4+6, ... Others are used up.
template <class Real>
void add_blocks(std::span<gradients<Real>> blocks, unsigned threads);

/// FNV-1a (64 bits, hex) over the bytes of all gradients, low to high, projection by projection.
template <class Real>
std::string gradient_hash(const gradients<Real>& g);

}  // namespace firstspike
