#include "models/augmentation.hpp"

#include <vector>

#include "engine/time.hpp"
#include "models/random.hpp"

namespace firstspike {
namespace {

// `times` [height][width] of one image: what was at (y, x) comes to (y + down, x + right).
void move_image(std::span<double> times, std::size_t rows, std::size_t columns, std::ptrdiff_t down,
                std::ptrdiff_t right) {
  const std::vector<double> was(times.begin(), times.end());
  const auto height = static_cast<std::ptrdiff_t>(rows), width = static_cast<std::ptrdiff_t>(columns);
  for (std::ptrdiff_t y = 0; y < height; ++y) {
    for (std::ptrdiff_t x = 0; x < width; ++x) {
      const auto from_y = y - down, from_x = x - right;
      const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
      times[static_cast<std::size_t>(y * width + x)] =
          inside ? was[static_cast<std::size_t>(from_y * width + from_x)] : never;
    }
  }
}

}  // namespace

void shift_images(std::span<double> times, std::size_t rows, std::size_t columns, std::uint32_t most, double share,
                  const shift_key& key) {
  const auto pixels = rows * columns;
  const auto reach = static_cast<std::ptrdiff_t>(most);
  for (std::size_t k = 0; k < times.size() / pixels; ++k) {
    random_stream stream(key.seed, draw::augmentation, key.step, static_cast<std::uint32_t>(k));
    if (stream.uniform() >= share) continue;
    const auto down = static_cast<std::ptrdiff_t>(stream.below(2 * most + 1)) - reach;
    const auto right = static_cast<std::ptrdiff_t>(stream.below(2 * most + 1)) - reach;
    if (down != 0 || right != 0) move_image(times.subspan(k * pixels, pixels), rows, columns, down, right);
  }
}

}  // namespace firstspike
