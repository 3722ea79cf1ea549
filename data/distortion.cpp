#include "firstspike/data/distortion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/parallel.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

constexpr std::size_t between_control_points = 6;  // pixels

double between(random_stream& stream, double most) { return (2 * stream.uniform() - 1) * most; }

// Of a pixel relative to the centre, and of the place that its grey level is read at.
struct place {
  double y = 0, x = 0;
};

// The linear part: from a place in the result to the place in the image.
struct affine {
  place of_y, of_x;  // images of one pixel down and one to the right

  place operator()(const place& p) const { return {of_y.y * p.y + of_x.y * p.x, of_y.x * p.y + of_x.x * p.x}; }
};

affine draw_affine(random_stream& stream, const distortion& d) {
  // Sine and cosine from the tangent of half the angle, up to the first two terms of its series: exact in IEEE
  // arithmetic on every machine, unlike sin and cos. The angle is right to 1 % at 90 degrees.
  constexpr double half_degree = 3.14159265358979323846 / 360;
  const double half = between(stream, d.rotate) * half_degree;
  const double t = half * (1 + half * half / 3 * (1 + half * half * 0.4));
  const double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
  const double tall = 1 / (1 + between(stream, d.zoom)), wide = 1 / (1 + between(stream, d.zoom));
  const double shear = between(stream, d.shear);
  return {{tall * cosine, wide * (shear * cosine - sine)}, {tall * sine, wide * (shear * sine + cosine)}};
}

// The weights of four neighbouring control points at `at` [0, 1) between the second and the third.
std::array<double, 4> spline_weights(double at) {
  const double back = 1 - at;
  return {back * back * back / 6, (3 * at * at * at - 6 * at * at + 4) / 6,
          (3 * back * back * back - 6 * back * back + 4) / 6, at * at * at / 6};
}

class elastic_field {
 public:
  elastic_field(random_stream& stream, std::size_t rows, std::size_t columns, double deviation)
      : across_(columns / between_control_points + 4) {
    points_.resize((rows / between_control_points + 4) * across_);
    for (auto& p : points_) p = {deviation * stream.normal(), deviation * stream.normal()};
    for (std::size_t at = 0; at < between_control_points; ++at) {
      weights_[at] = spline_weights(static_cast<double>(at) / between_control_points);
    }
  }

  // The displacement of a pixel.
  place at(std::size_t row, std::size_t column) const {
    const auto &down = weights_[row % between_control_points], &right = weights_[column % between_control_points];
    const auto* first = &points_[row / between_control_points * across_ + column / between_control_points];
    place sum;
    for (std::size_t i = 0; i < 4; ++i, first += across_) {
      place of_row;
      for (std::size_t j = 0; j < 4; ++j) {
        of_row.y += right[j] * first[j].y;
        of_row.x += right[j] * first[j].x;
      }
      sum.y += down[i] * of_row.y;
      sum.x += down[i] * of_row.x;
    }
    return sum;
  }

 private:
  std::size_t across_;
  std::vector<place> points_;  // [row][column]
  std::array<std::array<double, 4>, between_control_points> weights_;
};

// The grey level between four pixels; black outside of the image.
std::uint8_t interpolated(std::span<const std::uint8_t> pixels, std::size_t rows, std::size_t columns, place p) {
  const auto height = static_cast<double>(rows), width = static_cast<double>(columns);
  if (!(p.y > -1 && p.x > -1 && p.y < height && p.x < width)) return 0;
  const double top = std::floor(p.y), left = std::floor(p.x);
  const auto level = [&](double y, double x) -> double {
    if (y < 0 || x < 0 || y >= height || x >= width) return 0;
    return pixels[static_cast<std::size_t>(y) * columns + static_cast<std::size_t>(x)];
  };
  const double down = p.y - top, right = p.x - left;
  const double upper = (1 - right) * level(top, left) + right * level(top, left + 1);
  const double lower = (1 - right) * level(top + 1, left) + right * level(top + 1, left + 1);
  return static_cast<std::uint8_t>((1 - down) * upper + down * lower + 0.5);
}

}  // namespace

void check(const distortion& d) {
  require(d.rotate >= 0 && d.rotate <= 90, "rotate = {}, allowed: [0, 90] degrees", d.rotate);
  require(d.zoom >= 0 && d.zoom <= 0.9, "zoom = {}, allowed: [0, 0.9]", d.zoom);
  require(d.shear >= 0 && d.shear <= 1, "shear = {}, allowed: [0, 1]", d.shear);
  require(d.elastic >= 0 && d.elastic <= 16, "elastic = {}, allowed: [0, 16] pixels", d.elastic);
  require(d.share >= 0 && d.share <= 1, "distort_share = {}, allowed: [0, 1]", d.share);
}

std::vector<std::uint8_t> distorted(std::span<const std::uint8_t> pixels, std::size_t rows, std::size_t columns,
                                    const distortion& d, std::uint64_t seed, std::uint64_t step,
                                    std::uint32_t place_in_batch) {
  random_stream stream(seed, draw::distortion, step, place_in_batch);
  std::vector<std::uint8_t> result(pixels.begin(), pixels.end());
  if (stream.uniform() >= d.share) return result;
  const auto to_image = draw_affine(stream, d);
  std::optional<elastic_field> field;
  if (d.elastic > 0) field.emplace(stream, rows, columns, d.elastic);
  const place centre{(static_cast<double>(rows) - 1) / 2, (static_cast<double>(columns) - 1) / 2};
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      auto p = to_image({static_cast<double>(row) - centre.y, static_cast<double>(column) - centre.x});
      if (field) {
        const auto moved = field->at(row, column);
        p = {p.y + moved.y, p.x + moved.x};
      }
      result[row * columns + column] = interpolated(pixels, rows, columns, {p.y + centre.y, p.x + centre.x});
    }
  }
  return result;
}

std::vector<std::uint8_t> distorted_images(const image_set& set, std::span<const std::uint32_t> images,
                                           const distortion& d, std::uint64_t seed, std::uint64_t step,
                                           unsigned threads) {
  constexpr std::size_t at_once = 8;
  const auto size = pixels_per_image(set);
  std::vector<std::uint8_t> batch(images.size() * size);
  parallel_for((images.size() + at_once - 1) / at_once, threads, [&](std::size_t block) {
    for (auto k = block * at_once; k < std::min(images.size(), (block + 1) * at_once); ++k) {
      const auto pixels =
          distorted(image_at(set, images[k]), set.rows, set.columns, d, seed, step, static_cast<std::uint32_t>(k));
      std::ranges::copy(pixels, batch.begin() + static_cast<std::ptrdiff_t>(k * size));
    }
  });
  return batch;
}

}  // namespace firstspike
