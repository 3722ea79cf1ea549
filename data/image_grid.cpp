#include "firstspike/data/image_grid.hpp"

#include <algorithm>
#include <span>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

constexpr std::uint8_t margin_grey = 64;

// The length of a side, or a value above longest_picture_side; never overflows.
std::size_t side_length(std::size_t cells, std::size_t size, const grid_options& o) {
  if (std::max({cells, size, o.margin, o.scale}) > longest_picture_side) return longest_picture_side + 1;
  const auto unscaled = cells * (size + o.margin) + o.margin;
  return unscaled > longest_picture_side ? unscaled : unscaled * o.scale;
}

}  // namespace

picture draw_grid(const image_set& images, const grid_options& o) {
  const auto count = images.count, rows = images.rows, columns = images.columns;
  require(count > 0 && rows > 0 && columns > 0 && o.across > 0 && o.scale > 0,
          "grid: {} images of {} x {} pixels, {} to a line, scale {}, allowed: 1 or more of each", count, rows, columns,
          o.across, o.scale);
  const auto across = std::min(count, o.across);
  const auto down = (count + across - 1) / across;
  picture grid{side_length(across, columns, o), side_length(down, rows, o), {}};
  require(std::max(grid.width, grid.height) <= longest_picture_side,
          "grid: {} images of {} x {} pixels, {} to a line, scale {}, make a side of more than {}", count, rows,
          columns, o.across, o.scale, longest_picture_side);
  require(images.pixels.size() == count * rows * columns, "grid: {} pixels, but {} images of {} x {} need {}",
          images.pixels.size(), count, rows, columns, count * rows * columns);
  grid.pixels.assign(grid.width * grid.height, margin_grey);
  for (std::size_t line = 0; line < count * rows; ++line) {
    const auto image = line / rows;
    const auto y = (o.margin + image / across * (rows + o.margin) + line % rows) * o.scale;
    const auto x = (o.margin + image % across * (columns + o.margin)) * o.scale;
    const auto from = std::span(images.pixels).subspan(line * columns, columns);
    for (std::size_t k = 0; k < columns * o.scale * o.scale; ++k) {
      const auto right = k % (columns * o.scale), below = k / (columns * o.scale);
      grid.pixels[(y + below) * grid.width + x + right] = from[right / o.scale];
    }
  }
  return grid;
}

}  // namespace firstspike
