// Keyed random numbers: a number depends only on (seed, purpose, step, sample), not on earlier draws.
#pragma once

#include <Random123/philox.h>

#include <cstddef>
#include <cstdint>

#include "firstspike/data/draw.hpp"

namespace firstspike {

/// The stream of random numbers of one key: Philox 4x32-10 (Salmon et al. 2011) by Random123. A resumed run needs only
/// the parts of the key.
class random_stream {
 public:
  random_stream(std::uint64_t seed, draw purpose, std::uint64_t step = 0, std::uint32_t sample = 0)
      : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}},
        counter_{{0, sample, static_cast<std::uint32_t>(step),
                  static_cast<std::uint32_t>(step >> 32) ^ static_cast<std::uint32_t>(purpose) << 16}} {}

  std::uint32_t bits() {
    if (used_ == block_.size()) {
      block_ = r123::Philox4x32()(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

  /// Uniform in [0, 1), a multiple of 2^-32.
  double uniform() { return bits() * 0x1p-32; }

  /// Uniform in [0, n), n > 0 (bias below n / 2^32).
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(std::uint64_t{bits()} * n >> 32); }

  /// Mean 0, variance 1: the sum of twelve uniforms minus 6 (Irwin-Hall; tails end at 6). Exact in IEEE arithmetic,
  /// unlike log and cos, whose last bit depends on the machine's libm.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  r123::Philox4x32::key_type key_;
  r123::Philox4x32::ctr_type counter_;
  r123::Philox4x32::ctr_type block_{};
  std::size_t used_ = 4;
};

}  // namespace firstspike
