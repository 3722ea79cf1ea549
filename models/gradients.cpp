#include "firstspike/models/gradients.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <type_traits>

#include "firstspike/engine/parallel.hpp"

namespace firstspike {

template <class Real>
void add_blocks(std::span<gradients<Real>> blocks, unsigned threads) {
  constexpr std::size_t rows_at_once = 64;
  for (std::size_t stride = 1; stride < blocks.size(); stride *= 2) {
    for (std::size_t b = 0; b + stride < blocks.size(); b += 2 * stride) {
      auto& into = blocks[b];
      const auto& from = blocks[b + stride];
      for (std::size_t i = 0; i < into.dw.size(); ++i) {
        const auto rows = into.reached[i].size();
        parallel_for((rows + rows_at_once - 1) / rows_at_once, threads, [&](std::size_t part) {
          const auto end = std::min(rows, (part + 1) * rows_at_once);
          for (auto pre = part * rows_at_once; pre < end; ++pre) {
            if (from.reached[i][pre] == 0) continue;
            std::ranges::transform(into.row(i, pre), from.row(i, pre), into.row(i, pre).begin(), std::plus{});
          }
        });
      }
    }
  }
}

template <class Real>
std::string gradient_hash(const gradients<Real>& g) {
  using bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const auto& projection : g.dw) {
    for (const auto value : projection) {
      const auto word = std::bit_cast<bits>(value + Real{0});  // -0 and 0 give the same hash
      for (std::size_t shift = 0; shift < 8 * sizeof word; shift += 8) {
        hash ^= word >> shift & 0xff;
        hash *= 0x100000001b3u;
      }
    }
  }
  return fmt::format("{:016x}", hash);
}

template void add_blocks(std::span<gradients<float>> blocks, unsigned threads);
template void add_blocks(std::span<gradients<double>> blocks, unsigned threads);
template std::string gradient_hash(const gradients<float>& g);
template std::string gradient_hash(const gradients<double>& g);

}  // namespace firstspike
