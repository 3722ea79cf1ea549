// Animated GIF files of grey pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "firstspike/data/image_grid.hpp"

namespace firstspike {

struct gif_options {
  std::uint16_t delay = 6;         ///< of each frame but the last [1/100 s]
  std::uint16_t last_delay = 120;  ///< of the last frame, after which the film begins again [1/100 s]
};

/// Writes the frames as a film that repeats for ever, with 256 grey levels. The file is written atomically and replaces
/// an older one only if `overwrite` is set. Throws std::invalid_argument without a frame, for frames of different or
/// wrong sizes, and for sides of more than 65,535 pixels; std::runtime_error if the file cannot be written.
void write_gif(const std::filesystem::path& path, std::span<const picture> frames, const gif_options& options = {},
               bool overwrite = false);

}  // namespace firstspike
