// Loops over the inputs of a layer with shared weights (engine/convolution.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "firstspike/engine/convolution.hpp"
#include "firstspike/engine/instruction_set.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {

/// The connectivity from a layer back to the pooled grid before it: neuron j reaches the neurons whose spikes reach j.
/// Its weights are [postsynaptic channel][kernel row][kernel column][presynaptic channel] of `c`.
inline convolution reverse(const convolution& c) {
  auto back = c;
  back.transposed = !c.transposed;
  back.pool = 1;
  return back;
}

/// The patch with weights and postsynaptic neurons exchanged.
inline patch exchanged(const patch& p) {
  auto other = p;
  std::swap(other.weight, other.post);
  std::swap(other.weight_row, other.post_row);
  std::swap(other.weight_column, other.post_column);
  return other;
}

/// Calls visit(presynaptic index, its patch, arrival) for the inputs of a projection with shared weights that arrive
/// before `end`, by index.
template <class Real, class Visit>
void for_each_patch(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t sample, double end,
                    const Visit& visit) {
  const auto pres = pass.net.populations()[pass.net.pre(projection)].size;
  for (std::uint32_t pre = 0; pre < pres; ++pre) {
    const double arrival = pass.arrival(sample, projection, pre);
    if (arrival < end) visit(pre, pass.net.patch_from(projection, pre), arrival);
  }
}

/// Calls visit(sum of charge(arrival) over the neurons of a window that arrive before `end`, their patch) for the
/// neurons of the pooled grid, by index, unless the sum is 0.
template <class Real, class Charge, class Visit>
void for_each_window(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t sample, double end,
                     const Charge& charge, const Visit& visit) {
  const auto& p = pass.net.describe(projection);
  const auto pool = p.shared->pool;
  const auto& shape = pass.net.populations()[p.pre].shape;
  const auto times = pass.times_of(sample).subspan(pass.net.first_id(p.pre), shape.size());
  // Some at a time, so that no branch depends on whether a neuron fires: it would be mispredicted.
  std::array<std::uint32_t, 64> neurons;
  std::array<Real, 64> sums;
  std::size_t count = 0;
  const auto visit_all = [&] {
    for (std::size_t k = 0; k < count; ++k) visit(sums[k], pass.net.patch_from(projection, neurons[k]));
    count = 0;
  };
  for (std::uint32_t row = 0; row + pool <= shape.rows; row += pool) {
    for (std::uint32_t column = 0; column + pool <= shape.columns; column += pool) {
      const auto corner = (row * shape.columns + column) * shape.channels;
      for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
        Real sum = 0;
        for (std::uint32_t r = 0; r < pool; ++r) {
          for (std::uint32_t c = 0; c < pool; ++c) {
            const double arrival = times[corner + channel + (r * shape.columns + c) * shape.channels] + p.delay;
            sum += arrival < end ? charge(arrival) : Real{0};
          }
        }
        neurons[count] = corner + channel;
        sums[count] = sum;
        count += sum != 0;
        if (count == sums.size()) visit_all();
      }
    }
  }
  visit_all();
}

/// Sets `to_pre` [presynaptic neuron] to value(index, index in the pooled grid), or 0 outside of all windows.
template <class Real, class Value>
void spread(const convolution& c, const grid& pre, std::span<Real> to_pre, const Value& value) {
  const auto small = pooled(c, pre);
  std::size_t i = 0;
  for (std::uint32_t row = 0; row < pre.rows; ++row) {
    for (std::uint32_t column = 0; column < pre.columns; ++column) {
      const bool inside = row / c.pool < small.rows && column / c.pool < small.columns;
      const auto window = (std::size_t{row / c.pool} * small.columns + column / c.pool) * pre.channels;
      for (std::uint32_t channel = 0; channel < pre.channels; ++channel, ++i) {
        to_pre[i] = inside ? value(i, window + channel) : 0;
      }
    }
  }
}

}  // namespace firstspike
