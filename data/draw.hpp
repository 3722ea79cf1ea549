// The purposes of random numbers, which are part of their keys.
#pragma once

#include <cstdint>

namespace firstspike {

/// Purposes of random numbers. The values determine the numbers of every seed: append, never renumber.
enum class draw : std::uint32_t {
  initial_weights = 1,
  epoch_order = 2,
  noise = 3,
  dequantisation = 4,
  validation_split = 5,
  dead_neurons = 6,
  strokes = 7,
  real_choice = 8,
  tests = 9,
  samples = 10,
  augmentation = 11,
  noise_images = 12,
  distortion = 13,
  dither = 14,
};

}  // namespace firstspike
