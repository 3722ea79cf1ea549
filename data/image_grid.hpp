// Many small images in one grey picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "firstspike/data/image_set.hpp"

namespace firstspike {

/// A grey picture.
struct picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels;  ///< [y][x], 0 black to 255 white
};

struct grid_options {
  std::size_t across = 10;  ///< images in a line; fewer if there are not as many
  std::size_t margin = 2;   ///< of dark grey around each image, shared by neighbours [pixels of the images]
  std::size_t scale = 1;    ///< each pixel becomes scale x scale pixels
};

/// The longest side of a picture, which is libpng's own limit [pixels].
inline constexpr std::size_t longest_picture_side = 1'000'000;

/// The images, left to right, then down. Throws std::invalid_argument if a size is 0, does not fit the number of
/// pixels, or makes a side of more than longest_picture_side.
picture draw_grid(const image_set& images, const grid_options& options = {});

}  // namespace firstspike
