// Grey images with labels, as MNIST has them, and the built-in digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/convolution.hpp"

namespace firstspike {

/// Of an image, in pixels.
inline constexpr std::size_t longest_image_side = 65535;

struct image_set {
  std::size_t count = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint8_t> pixels;  ///< [image][row][column], 0 black to 255 white
  std::vector<std::uint8_t> labels;  ///< [image], or empty if the images have none

  friend bool operator==(const image_set&, const image_set&) = default;
};

inline std::size_t pixels_per_image(const image_set& set) { return set.rows * set.columns; }
/// The grid of the pixels of one image.
inline grid pixel_grid(const image_set& set) {
  return {static_cast<std::uint32_t>(set.rows), static_cast<std::uint32_t>(set.columns), 1};
}

/// The pixels [row][column] of one image, index < set.count.
inline std::span<const std::uint8_t> image_at(const image_set& set, std::size_t index) {
  return std::span(set.pixels).subspan(index * pixels_per_image(set), pixels_per_image(set));
}

/// The images [first, end) with their labels. Throws std::invalid_argument unless first <= end <= set.count.
image_set images_between(const image_set& set, std::size_t first, std::size_t end);

/// The labels 0 to 9.
inline std::vector<std::uint8_t> ten_digits() { return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; }

/// The classes of labels: the distinct ones, ascending.
std::vector<std::uint8_t> classes_of(std::span<const std::uint8_t> labels);

/// The index of `label` in `classes`. Throws std::invalid_argument if it is none of them.
std::size_t class_index(std::span<const std::uint8_t> classes, std::uint8_t label);

/// The built-in digits, a replacement for MNIST: `count` digits of 28 x 28 pixels, white on black as in MNIST, numbered
/// from first_index on. Image i shows digit i % 10 and depends only on (seed, i): bit-identical on every machine and
/// for any division into ranges. Throws std::invalid_argument if count is 0.
image_set make_strokes(std::uint64_t seed, std::size_t count, std::uint64_t first_index = 0);

}  // namespace firstspike
