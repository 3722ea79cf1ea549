// Gradients of a network's weights, and the order of their summation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// Samples per block. Gradients of a block are added in sample order, and blocks by a fixed tree, so the sum does not
/// depend on the number of threads or processes.
inline constexpr std::size_t gradient_block = 8;

/// dL/dw of every projection of a network that is not sparse, with marks for rows that are zero because no spike has
/// reached them. Where weights are shared, a row is that of a presynaptic channel.
template <class Real>
struct gradients {
  std::vector<std::vector<Real>> dw;               ///< [projection] in the order of the weights
  std::vector<std::vector<std::uint8_t>> reached;  ///< [projection][row]: 0 = the row is all zero

  explicit gradients(const network<Real>& net) {
    for (std::size_t i = 0; i < net.projection_count(); ++i) {
      dw.emplace_back(net.weights(i).size());
      const auto& pre = net.populations()[net.pre(i)];
      reached.emplace_back(net.describe(i).shared ? pre.shape.channels : pre.size);
    }
  }
  /// The row of one presynaptic neuron or channel, to write; marks it as reached.
  std::span<Real> row(std::size_t projection, std::size_t pre) {
    const auto length = dw[projection].size() / reached[projection].size();
    reached[projection][pre] = 1;
    return std::span(dw[projection]).subspan(pre * length, length);
  }
  std::span<const Real> row(std::size_t projection, std::size_t pre) const {
    const auto length = dw[projection].size() / reached[projection].size();
    return std::span(dw[projection]).subspan(pre * length, length);
  }
  void clear(std::size_t projection, std::size_t pre) {
    if (reached[projection][pre] == 0) return;
    std::ranges::fill(row(projection, pre), Real{0});
    reached[projection][pre] = 0;
  }
};

/// FNV-1a (64 bits, hex) over the bytes of all gradients, low to high, projection by projection.
template <class Real>
std::string gradient_hash(const gradients<Real>& g);

}  // namespace firstspike
