// The orders of NIR and of firstspike. NIR has the channel of a signal first, (channel, row, column), and firstspike
// has it last (engine/convolution.hpp). Kernels in NIR are [out][in][row][column], transposed ones
// [in][out][row][column].
#pragma once

#include <cstddef>
#include <vector>

#include "firstspike/engine/convolution.hpp"

namespace firstspike {

/// NIR's index of the neuron with our index; the same for neurons without a grid.
inline std::size_t nir_index(const grid& g, std::size_t ours) {
  if (g.size() == 0) return ours;
  return ours % g.channels * (std::size_t{g.rows} * g.columns) + ours / g.channels;
}
/// Our index of the neuron with NIR's index.
inline std::size_t our_index(const grid& g, std::size_t in_nir) {
  if (g.size() == 0) return in_nir;
  const auto plane = std::size_t{g.rows} * g.columns;
  return in_nir % plane * g.channels + in_nir / plane;
}

/// The values of all neurons in our order, from NIR's, and in NIR's from ours.
inline std::vector<double> in_our_order(const grid& g, const std::vector<double>& values) {
  std::vector<double> moved(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) moved[our_index(g, i)] = values[i];
  return moved;
}
inline std::vector<double> in_nir_order(const grid& g, const std::vector<double>& values) {
  std::vector<double> moved(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) moved[nir_index(g, i)] = values[i];
  return moved;
}

/// A kernel of `in` x `out` channels. Calls visit(our index, NIR's index) for each weight, in our order.
template <class Visit>
void for_each_weight(const convolution& c, std::size_t in, std::size_t out, const Visit& visit) {
  const auto cells = std::size_t{c.kernel_rows} * c.kernel_columns;
  for (std::size_t i = 0; i < in; ++i) {
    for (std::size_t k = 0; k < cells; ++k) {
      for (std::size_t o = 0; o < out; ++o) {
        visit((i * cells + k) * out + o, (c.transposed ? i * out + o : o * in + i) * cells + k);
      }
    }
  }
}

}  // namespace firstspike
