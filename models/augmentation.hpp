// Variety that training images do not have themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace firstspike {

/// Which random numbers a batch is shifted by: the streams (seed, draw::augmentation, step, place in the batch).
struct shift_key {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/// Moves each image, with the chance `share`, by -`most` to `most` pixels down and as many right, every offset alike.
/// What leaves the frame is lost, what enters it is silent. `times` [image][row][column], [steps], in place.
void shift_images(std::span<double> times, std::size_t rows, std::size_t columns, std::uint32_t most, double share,
                  const shift_key& key);

}  // namespace firstspike
