#include "firstspike/data/distortion.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace firstspike;

namespace {

constexpr std::size_t side = 29, middle = side / 2;
using image = std::vector<std::uint8_t>;

image black() { return image(side * side); }

// White in a block of rows and columns around the centre.
image bar(std::size_t half_rows, std::size_t half_columns) {
  auto made = black();
  for (auto y = middle - half_rows; y <= middle + half_rows; ++y) {
    for (auto x = middle - half_columns; x <= middle + half_columns; ++x) made[y * side + x] = 255;
  }
  return made;
}

image distorted_once(const image& of, const distortion& d, std::uint32_t place, std::uint64_t step = 5) {
  return distorted(of, side, side, d, 3, step, place);
}

// Mass, centre and second moments of an image, in pixels from its middle.
struct moments {
  double mass = 0, y = 0, x = 0, yy = 0, xx = 0, xy = 0;
  explicit moments(const image& of) {
    for (std::size_t row = 0; row < side; ++row) {
      for (std::size_t column = 0; column < side; ++column) {
        const double level = of[row * side + column];
        const double dy = static_cast<double>(row) - middle, dx = static_cast<double>(column) - middle;
        mass += level, y += level * dy, x += level * dx;
        yy += level * dy * dy, xx += level * dx * dx, xy += level * dx * dy;
      }
    }
    for (auto* sum : {&y, &x, &yy, &xx, &xy}) *sum /= mass;
  }
  double degrees() const { return 0.5 * std::atan2(2 * xy, xx - yy) * 180 / std::numbers::pi; }
};

std::string refusal(const distortion& d) {
  try {
    check(d);
    return "";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("distortion: an image without distortion, or with a share of 0, stays as it is") {
  const auto digit = bar(9, 2);
  CHECK_FALSE(distorts({}));
  CHECK_FALSE(distorts({.rotate = 20, .share = 0}));
  CHECK(distorts({.elastic = 0.1}));
  for (std::uint32_t k = 0; k < 50; ++k) {
    CHECK(distorted_once(digit, {}, k) == digit);
    CHECK(distorted_once(digit, {20, 0.2, 0.2, 2, 0}, k) == digit);
  }
}

TEST_CASE("distortion: images are distorted with the given probability") {
  int same = 0;
  for (std::uint32_t k = 0; k < 900; ++k)
    same += distorted_once(bar(9, 2), {.rotate = 20, .share = 0.5}, k) == bar(9, 2);
  CHECK(same > 390);  // 450 and a few rotations too small to see; 60 is four deviations
  CHECK(same < 530);
}

TEST_CASE("distortion: rotations are uniform between both ends, around the centre, and keep the area") {
  const auto line = bar(1, 10);
  double least = 90, most = -90, sum = 0;
  for (std::uint32_t k = 0; k < 400; ++k) {
    const moments m(distorted_once(line, {.rotate = 30}, k));
    CHECK(std::abs(m.y) < 0.05);
    CHECK(std::abs(m.x) < 0.05);
    CHECK(m.mass == doctest::Approx(moments(line).mass).epsilon(0.03));
    CHECK(m.xx + m.yy == doctest::Approx(moments(line).xx + moments(line).yy).epsilon(0.03));
    least = std::min(least, m.degrees());
    most = std::max(most, m.degrees());
    sum += m.degrees();
  }
  CHECK(least < -28.5);
  CHECK(least > -30.5);
  CHECK(most > 28.5);
  CHECK(most < 30.5);
  CHECK(std::abs(sum / 400) < 3.5);  // four deviations of 30 / sqrt(3 * 400)
}

TEST_CASE("distortion: a right angle turns a line into its transpose") {
  // The most that can be drawn is nearly 90 degrees: of many images, the nearest to the transpose is close.
  const auto line = bar(1, 10);
  double closest = 90;
  for (std::uint32_t k = 0; k < 400; ++k) {
    closest = std::min(closest, 90 - std::abs(moments(distorted_once(line, {.rotate = 90}, k)).degrees()));
  }
  CHECK(closest < 1.5);
}

TEST_CASE("distortion: height and width are scaled apart") {
  const auto square = bar(6, 6);
  const moments before(square);
  double least = 9, most = 0;
  std::set<bool> taller;
  for (std::uint32_t k = 0; k < 400; ++k) {
    const moments m(distorted_once(square, {.zoom = 0.2}, k));
    const double tall = std::sqrt(m.yy / before.yy), wide = std::sqrt(m.xx / before.xx);
    CHECK(std::abs(m.xy) < 0.05);
    CHECK(m.mass / before.mass == doctest::Approx(tall * wide).epsilon(0.03));
    least = std::min({least, tall, wide});
    most = std::max({most, tall, wide});
    taller.insert(tall > wide);
  }
  CHECK(least == doctest::Approx(0.8).epsilon(0.02));
  CHECK(most == doctest::Approx(1.2).epsilon(0.02));
  CHECK(taller.size() == 2);
}

TEST_CASE("distortion: a shear moves rows, in proportion to their distance from the centre") {
  const auto line = bar(10, 1);
  double most = 0;
  for (std::uint32_t k = 0; k < 400; ++k) {
    const moments m(distorted_once(line, {.shear = 0.3}, k));
    CHECK(m.yy == doctest::Approx(moments(line).yy).epsilon(0.02));  // no row moves up or down
    most = std::max(most, std::abs(m.xy / m.yy));
  }
  CHECK(most == doctest::Approx(0.3).epsilon(0.02));
}

TEST_CASE("distortion: elastic displacements are smooth, and as large as they should be") {
  // Spots of 3 x 3 pixels, in the middle of the image and three columns to the right.
  auto spot = black(), neighbour = black();
  for (const auto y : {middle - 1, middle, middle + 1}) {
    for (const auto x : {middle - 1, middle, middle + 1}) spot[y * side + x] = neighbour[y * side + x + 3] = 255;
  }
  double sum = 0, apart = 0;
  const int count = 2000;
  for (int k = 0; k < count; ++k) {
    const distortion d{.elastic = 2};
    const moments a(distorted_once(spot, d, static_cast<std::uint32_t>(k)));
    const moments b(distorted_once(neighbour, d, static_cast<std::uint32_t>(k)));
    sum += a.y * a.y + a.x * a.x;
    apart += (b.y - a.y) * (b.y - a.y) + (b.x - 3 - a.x) * (b.x - 3 - a.x);
  }
  // The middle, 14 = 2 * 6 + 2, is a third of the way between control points: the weights of a cubic B-spline are 8,
  // 93, 60 and 1 of 162 there. Sums over both directions have the variance (sum of squares)^2.
  const double squares = (8 * 8 + 93 * 93 + 60 * 60 + 1) / (162. * 162);
  CHECK(std::sqrt(sum / count / 2) == doctest::Approx(2 * squares).epsilon(0.08));
  CHECK(std::sqrt(apart / sum) < 0.75);  // half a control distance apart: independent ones would differ by 1.41
}

TEST_CASE("distortion: numbers depend on the seed, the training step and the place in the batch only") {
  const distortion d{15, 0.1, 0.1, 1, 1};
  const auto digit = bar(9, 2);
  CHECK(distorted_once(digit, d, 4) == distorted_once(digit, d, 4));
  std::set<image> of_places, of_steps, of_seeds;
  for (std::uint32_t k = 0; k < 20; ++k) {
    of_places.insert(distorted_once(digit, d, k));
    of_steps.insert(distorted_once(digit, d, 0, k));
    of_seeds.insert(distorted(digit, side, side, d, k, 0, 0));
  }
  CHECK(of_places.size() == 20);
  CHECK(of_steps.size() == 20);
  CHECK(of_seeds.size() == 20);
}

TEST_CASE("distortion: images of any size") {
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 1}, {1, 40}, {5, 9}, {64, 3}}) {
    const image white(rows * columns, 255);
    CHECK(distorted(white, rows, columns, {90, 0.9, 1, 16, 1}, 1, 2, 3).size() == white.size());
  }
}

TEST_CASE("distortion: numbers out of range are refused by name") {
  CHECK(refusal({}).empty());
  CHECK(refusal({90, 0.9, 1, 16, 1}).empty());
  CHECK(refusal({.rotate = 91}) == "rotate = 91, allowed: [0, 90] degrees");
  CHECK(refusal({.rotate = std::nan("")}).starts_with("rotate = nan"));
  CHECK(refusal({.zoom = -0.1}) == "zoom = -0.1, allowed: [0, 0.9]");
  CHECK(refusal({.shear = 1.5}) == "shear = 1.5, allowed: [0, 1]");
  CHECK(refusal({.elastic = 17}) == "elastic = 17, allowed: [0, 16] pixels");
  CHECK(refusal({.share = 2}) == "distort_share = 2, allowed: [0, 1]");
}
