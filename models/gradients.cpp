#include "firstspike/models/gradients.hpp"

#include <fmt/core.h>

#include <bit>
#include <cstdint>
#include <type_traits>

namespace firstspike {

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

template std::string gradient_hash(const gradients<float>& g);
template std::string gradient_hash(const gradients<double>& g);

}  // namespace firstspike
