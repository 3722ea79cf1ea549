// Sums over many numbers in eight lanes, which are added up at the end: bit-identical for any vector width.
//
// Lanes are one value of g++'s vector extension. With loops over arrays of eight floats, g++ split and reassembled the
// lanes for each addition, and training of GANs took up to twice as long (bench/README.md).
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

namespace firstspike {

/// Numbers that go into one sum.
inline constexpr std::size_t lanes = 8;

template <class Real>
struct lane_type {
  using values [[gnu::vector_size(lanes * sizeof(Real))]] = Real;
};

template <class Real>
using lane_values = typename lane_type<Real>::values;

/// The next `lanes` numbers.
template <class Real>
lane_values<Real> load_lanes(const Real* from) {
  lane_values<Real> values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

template <class Real>
void store_lanes(const lane_values<Real>& values, Real* to) {
  std::memcpy(to, &values, sizeof values);
}

/// Their sum, first to last.
template <class Real>
Real add_lanes(const lane_values<Real>& sums) {
  Real total = 0;
  for (std::size_t k = 0; k < lanes; ++k) total += sums[k];
  return total;
}

/// The sum of a[j] b[j].
template <class Real>
Real dot(std::span<const Real> a, std::span<const Real> b) {
  lane_values<Real> sums{};
  const auto whole = a.size() / lanes * lanes;
  for (std::size_t j = 0; j < whole; j += lanes) sums += load_lanes(&a[j]) * load_lanes(&b[j]);
  for (auto j = whole; j < a.size(); ++j) sums[j - whole] += a[j] * b[j];
  return add_lanes<Real>(sums);
}

}  // namespace firstspike
