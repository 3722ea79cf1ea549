// PNG files of grey pictures.
#pragma once

#include <filesystem>

#include "firstspike/data/image_grid.hpp"

namespace firstspike {

/// Writes an 8-bit grey PNG. The same pixels give the same bytes (for one version of libpng and zlib). The file is
/// written atomically and replaces an older one only if `overwrite` is set. Throws std::invalid_argument for a picture
/// without pixels or larger than longest_picture_side, std::runtime_error if the file cannot be written.
void write_png(const std::filesystem::path& path, const picture& image, bool overwrite = false);

}  // namespace firstspike
