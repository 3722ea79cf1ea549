// The sum of one gradient row over blocks of samples.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>

#include "firstspike/models/gradients.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {

static_assert(gradient_block == rows_at_once);

/// Sets `row` to the sum of blocks [0, blocks), added by a tree over block numbers: 0+1, 2+3, ..., then 0+2, 4+6, ...
/// add_block(b, first, sum, add) sets the numbers `sum`, those from index `first` of the row, to the sum of block b, or
/// adds it to them; it returns false, and leaves them, if nothing in this block has reached the row. Returns whether
/// any block did; if none, `row` is unchanged.
///
/// The sums that wait for their partner in the tree are on the stack, at most one for each level: up to 2^19 blocks.
template <class Real, class AddBlock>
bool sum_blocks(std::span<Real> row, std::size_t blocks, const AddBlock& add_block) {
  constexpr std::size_t part = 1024, most_waiting = 20;
  struct partial_sum {
    unsigned level;  // of 2^level blocks
    bool reached;
  };
  std::array<Real, part*(most_waiting - 1)> scratch;  // of all waiting sums but the first, which is in `row`
  bool any = false;
  for (std::size_t first = 0; first < row.size(); first += part) {
    const auto length = std::min(part, row.size() - first);
    std::array<partial_sum, most_waiting> waiting;
    std::size_t count = 0;
    const auto sum_of = [&](std::size_t k) {
      return k == 0 ? row.subspan(first, length) : std::span(scratch).subspan((k - 1) * part, length);
    };
    const auto merge_last_two = [&] {
      auto &into = waiting[count - 2], &from = waiting[count - 1];
      if (from.reached && into.reached) {
        kernels<Real>().add(sum_of(count - 2).data(), sum_of(count - 1).data(), length);
      } else if (from.reached) {
        std::ranges::copy(sum_of(count - 1), sum_of(count - 2).begin());
      }
      into = {from.level + 1, into.reached || from.reached};
      --count;
    };
    for (std::size_t b = 0; b < blocks; ++b) {
      if (b % 2 == 1) {  // its partner is the last one
        auto& left = waiting[count - 1];
        left = {1, add_block(b, first, sum_of(count - 1), left.reached) || left.reached};
      } else {
        assert(count < most_waiting);
        waiting[count] = {0, false};
        waiting[count].reached = add_block(b, first, sum_of(count), false);
        ++count;
      }
      while (count > 1 && waiting[count - 1].level == waiting[count - 2].level) merge_last_two();
    }
    while (count > 1) merge_last_two();
    any |= blocks > 0 && waiting[0].reached;
  }
  return any;
}

}  // namespace firstspike
