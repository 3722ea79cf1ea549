#include "firstspike/data/coding.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

void check_t_in(double t_in) {
  require(t_in >= 1 && t_in <= longest_window && std::floor(t_in) == t_in,
          "t_in = {}, allowed: a whole number of steps from 1 to 2^32", t_in);
}

// `times` [height][width] of one image: moves the value at (y, x) to (y + down, x + right).
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

// The product is a whole number below 2^53, and the quotient is rounded once: it cannot reach the next whole number.
double encode_pixel(std::uint8_t pixel, double t_in) {
  check_t_in(t_in);
  return pixel == 0 ? never : std::floor((255 - pixel) * t_in / 255);
}

std::uint8_t decode_time(double t, double t_in) {
  check_t_in(t_in);
  require(!std::isnan(t), "firing time NaN, allowed: a number of steps, or never");
  return t >= t_in ? 0 : static_cast<std::uint8_t>(std::min(std::floor((t_in - t) * 255 / t_in), 255.0));
}

namespace {

// [grey level]
std::array<double, 256> code_of_levels(double t_in) {
  std::array<double, 256> times;
  for (std::size_t level = 0; level < times.size(); ++level) {
    times[level] = encode_pixel(static_cast<std::uint8_t>(level), t_in);
  }
  return times;
}

}  // namespace

std::vector<double> encode_image(std::span<const std::uint8_t> pixels, double t_in) {
  const auto times = code_of_levels(t_in);
  std::vector<double> encoded(pixels.size());
  std::ranges::transform(pixels, encoded.begin(), [&](std::uint8_t pixel) { return times[pixel]; });
  return encoded;
}

std::vector<double> encode_images(const image_set& set, std::span<const std::uint32_t> images, double t_in) {
  const auto times = code_of_levels(t_in);
  std::vector<double> encoded(images.size() * pixels_per_image(set));
  auto next = encoded.begin();
  for (const auto image : images) {
    next = std::ranges::transform(image_at(set, image), next, [&](std::uint8_t pixel) { return times[pixel]; }).out;
  }
  return encoded;
}

std::vector<std::uint8_t> decode_image(std::span<const double> times, double t_in) {
  check_t_in(t_in);
  std::vector<std::uint8_t> pixels;
  for (const double t : times) pixels.push_back(decode_time(t, t_in));
  return pixels;
}

void shift_images(std::span<double> times, std::size_t rows, std::size_t columns, std::uint32_t most, double share,
                  std::uint64_t seed, std::uint64_t step) {
  const auto pixels = rows * columns;
  const auto reach = static_cast<std::ptrdiff_t>(most);
  for (std::size_t k = 0; k < times.size() / pixels; ++k) {
    random_stream stream(seed, draw::augmentation, step, static_cast<std::uint32_t>(k));
    if (stream.uniform() >= share) continue;
    const auto down = static_cast<std::ptrdiff_t>(stream.below(2 * most + 1)) - reach;
    const auto right = static_cast<std::ptrdiff_t>(stream.below(2 * most + 1)) - reach;
    if (down != 0 || right != 0) move_image(times.subspan(k * pixels, pixels), rows, columns, down, right);
  }
}

}  // namespace firstspike
