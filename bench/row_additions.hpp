// The yardstick of the schedulers: the additions of weight rows that a run cannot avoid, without queue, thresholds and
// order in time. All sums of a layer, or of half a layer, stay in vector registers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace firstspike {

/// The weights of one presynaptic neuron.
template <class Real>
struct weight_row {
  Real arrival;         ///< [steps]
  const Real* weights;  ///< [post]
};

/// The sums of registers [First, First + Count) of a layer of `Size` neurons. The last register of a layer overlaps the
/// one before where the size is no multiple of Lanes.
template <class Real, bool Ramp, std::size_t Size, std::size_t Lanes, std::size_t First, std::size_t Count>
void add_rows_of_block(std::span<const weight_row<Real>> rows) {
  using values [[gnu::vector_size(Lanes * sizeof(Real))]] = Real;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    values sum_w[Count] = {}, sum_wt[Count] = {};
    const auto add = [&](std::size_t i, const weight_row<Real>& row) {
      values w;
      std::memcpy(&w, row.weights + std::min((First + i) * Lanes, Size - Lanes), sizeof w);
      asm("" : "+x"(w));  // loaded once: g++ would load it for each use
      sum_w[i] += w;
      if constexpr (Ramp) sum_wt[i] += w * row.arrival;
    };
    for (const auto& row : rows) (add(I, row), ...);
    const auto use = [](values sum) { asm volatile("" : : "x"(sum)); };  // g++ must not drop what nobody reads
    (use(sum_w[I]), ...);
    if constexpr (Ramp) (use(sum_wt[I]), ...);
  }
  (std::make_index_sequence<Count>());
}

/// The sums of a layer of `Size` neurons: of weights and, for the ramp kernel, of weights times arrival times.
template <class Real, bool Ramp, std::size_t Size>
void add_rows(std::span<const weight_row<Real>> rows) {
#ifdef __AVX512F__
  constexpr std::size_t widest = 64 / sizeof(Real), registers = 28;
#else
  constexpr std::size_t widest = 32 / sizeof(Real), registers = 13;
#endif
  constexpr auto lanes = Size >= widest ? widest : widest / 2, needed = (Size + lanes - 1) / lanes;
  constexpr auto most = Ramp ? registers / 2 : registers, blocks = (needed + most - 1) / most;
  [&]<std::size_t... B>(std::index_sequence<B...>) {
    (add_rows_of_block<Real, Ramp, Size, lanes, B * needed / blocks, (B + 1) * needed / blocks - B * needed / blocks>(
         rows),
     ...);
  }
  (std::make_index_sequence<blocks>());
}

}  // namespace firstspike
