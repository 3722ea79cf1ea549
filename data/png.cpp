#include "firstspike/data/png.hpp"

#include <fmt/core.h>
#include <png.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "firstspike/data/idx.hpp"
#include "firstspike/engine/pending_file.hpp"

namespace firstspike {
namespace {

constexpr std::uint8_t margin_grey = 64;
constexpr std::size_t longest_side = 1'000'000;  // libpng's own limit

struct picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels;  // [y][x]
};

// The length of a side, or a value above longest_side; never overflows.
std::size_t side(std::size_t cells, std::size_t size, std::size_t margin) {
  if (std::max({cells, size, margin}) > longest_side) return longest_side + 1;
  return cells * (size + margin) + margin;
}

std::vector<std::uint8_t> compress(const std::filesystem::path& path, const picture& grid) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(grid.width);
  image.height = static_cast<png_uint_32>(grid.height);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::uint8_t> bytes(size);
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, grid.pixels.data(), 0, nullptr) == 0) {
    const std::string reason = image.message;
    png_image_free(&image);
    throw std::runtime_error(fmt::format("{}: cannot be encoded as PNG ({})", path.string(), reason));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

void write_png_grid(const std::filesystem::path& path, std::span<const std::uint8_t> pixels, std::size_t count,
                    std::size_t rows, std::size_t columns, std::size_t grid_columns, std::size_t margin,
                    bool overwrite) {
  if (count == 0 || rows == 0 || columns == 0 || grid_columns == 0) {
    throw std::invalid_argument(fmt::format("{}: {} images of {} x {} pixels, {} to a line, allowed: 1 or more of each",
                                            path.string(), count, rows, columns, grid_columns));
  }
  const std::size_t across = std::min(count, grid_columns);
  const std::size_t down = (count + across - 1) / across;
  picture grid{side(across, columns, margin), side(down, rows, margin), {}};
  if (grid.width > longest_side || grid.height > longest_side) {
    throw std::invalid_argument(
        fmt::format("{}: {} images of {} x {} pixels, {} to a line, make a side of more than {}", path.string(), count,
                    rows, columns, grid_columns, longest_side));
  }
  if (pixels.size() != count * rows * columns) {
    throw std::invalid_argument(fmt::format("{}: {} pixels, but {} images of {} x {} need {}", path.string(),
                                            pixels.size(), count, rows, columns, count * rows * columns));
  }
  grid.pixels.assign(grid.width * grid.height, margin_grey);
  for (std::size_t line = 0; line < count * rows; ++line) {
    const std::size_t image = line / rows;
    const std::size_t y = margin + image / across * (rows + margin) + line % rows;
    const std::size_t x = margin + image % across * (columns + margin);
    std::ranges::copy(pixels.subspan(line * columns, columns),
                      grid.pixels.begin() + static_cast<std::ptrdiff_t>(y * grid.width + x));
  }
  write_whole_file(path, compress(path, grid), overwrite);
}

}  // namespace firstspike
