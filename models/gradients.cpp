#include "models/gradients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <type_traits>

#include "engine/parallel.hpp"

namespace firstspike {

template <class Real>
gradients<Real>::gradients(const network<Real>& net) {
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    dw.emplace_back(net.weights(i).size());
    reached.emplace_back(net.populations()[net.pre(i)].size);
  }
}

template <class Real>
std::span<Real> gradients<Real>::row(std::size_t projection, std::size_t pre) {
  const auto length = dw[projection].size() / reached[projection].size();
  reached[projection][pre] = 1;
  return std::span(dw[projection]).subspan(pre * length, length);
}

template <class Real>
std::span<const Real> gradients<Real>::row(std::size_t projection, std::size_t pre) const {
  const auto length = dw[projection].size() / reached[projection].size();
  return std::span(dw[projection]).subspan(pre * length, length);
}

template <class Real>
void gradients<Real>::clear() {
  for (std::size_t i = 0; i < dw.size(); ++i) {
    for (std::size_t pre = 0; pre < reached[i].size(); ++pre) {
      if (reached[i][pre] == 0) continue;
      std::ranges::fill(row(i, pre), Real{0});
      reached[i][pre] = 0;
    }
  }
}

namespace {

template <class Real>
void add_row(gradients<Real>& into, const gradients<Real>& from, std::size_t projection, std::size_t pre) {
  if (from.reached[projection][pre] == 0) return;
  const auto source = from.row(projection, pre);
  const auto target = into.row(projection, pre);
  for (std::size_t j = 0; j < source.size(); ++j) target[j] += source[j];
}

}  // namespace

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
          for (auto pre = part * rows_at_once; pre < end; ++pre) add_row(into, from, i, pre);
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
      const auto word = std::bit_cast<bits>(value + Real{0});  // -0 and 0 are one gradient
      for (std::size_t shift = 0; shift < 8 * sizeof word; shift += 8) {
        hash ^= word >> shift & 0xff;
        hash *= 0x100000001b3u;
      }
    }
  }
  return fmt::format("{:016x}", hash);
}

template struct gradients<float>;
template struct gradients<double>;
template void add_blocks(std::span<gradients<float>>, unsigned);
template void add_blocks(std::span<gradients<double>>, unsigned);
template std::string gradient_hash(const gradients<float>&);
template std::string gradient_hash(const gradients<double>&);

}  // namespace firstspike
