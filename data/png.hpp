// Grids of many small images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace firstspike {

/// Writes 8-bit grey images [count][rows][columns] as one PNG: left to right, then down, grid_columns to a line, each
/// with `margin` pixels of dark grey around it (neighbours share a margin). The same pixels give the same bytes (for
/// one version of libpng and zlib). The file is written atomically and replaces an older one only if `overwrite` is
/// set. Throws std::invalid_argument if a size is 0 or does not fit the pixels, std::runtime_error if the file cannot
/// be written.
void write_png_grid(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, std::size_t count,
                    std::size_t rows, std::size_t columns, std::size_t grid_columns, std::size_t margin = 2,
                    bool overwrite = false);

}  // namespace firstspike
