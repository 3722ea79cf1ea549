#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/require.hpp"

// Images must be bit-identical on every machine: the code uses only + - * / sqrt floor and comparisons, which IEEE
// rounds alike everywhere, and no sin, exp or pow.
namespace firstspike {
namespace {

constexpr std::size_t side = 28;
constexpr std::size_t digits = 10;

/// x to the right, y down, in hundredths of the digit's box. A point given twice is a corner; `lift` ends a stroke.
struct point {
  double x, y;
  friend bool operator==(const point&, const point&) = default;
};
constexpr point lift{-1, -1};

const std::vector<point> eight_rings = {{52, 46}, {26, 32}, {30, 8},  {52, 2},  {76, 12}, {72, 36}, {50, 46},
                                        {20, 62}, {18, 88}, {50, 99}, {82, 88}, {78, 60}, {46, 46}};

/// Strokes of each digit. If a digit has two variants, the first is drawn twice as often.
const std::vector<std::vector<point>> hands[digits] = {
    {{{58, 4}, {28, 10}, {8, 48}, {20, 88}, {50, 98}, {80, 86}, {93, 48}, {78, 12}, {46, 2}},
     {{70, 10}, {40, 3}, {16, 30}, {14, 72}, {40, 98}, {76, 86}, {88, 46}, {66, 12}, {34, 14}}},
    {{{52, 2}, {51, 34}, {50, 66}, {49, 98}},
     {{30, 22}, {54, 3}, {54, 3}, {52, 50}, {51, 98}},
     {{30, 20}, {52, 2}, {52, 2}, {51, 50}, {50, 97}, lift, {22, 97}, {50, 96}, {80, 97}}},
    {{{14, 26}, {26, 8}, {52, 2}, {78, 13}, {78, 34}, {58, 60}, {34, 80}, {10, 97}, {10, 97}, {46, 95}, {90, 96}},
     {{14, 22}, {40, 3}, {76, 10}, {76, 36}, {50, 68}, {24, 92}, {8, 88}, {20, 76}, {46, 86}, {70, 97}, {94, 90}}},
    {{{16, 14}, {42, 2}, {74, 10}, {74, 32}, {40, 46}, {40, 46}, {78, 58}, {84, 80}, {58, 98}, {26, 96}, {10, 84}},
     {{14, 5}, {50, 4}, {80, 5}, {80, 5}, {46, 40}, {46, 40}, {78, 52}, {84, 78}, {54, 98}, {12, 90}}},
    {{{24, 3}, {16, 30}, {12, 56}, {12, 56}, {48, 57}, {90, 54}, lift, {72, 6}, {67, 52}, {63, 98}},
     {{66, 98}, {67, 50}, {68, 2}, {68, 2}, {38, 34}, {8, 66}, {8, 66}, {50, 66}, {94, 65}},
     {{30, 4}, {18, 44}, {18, 44}, {44, 50}, {74, 42}, lift, {80, 3}, {74, 50}, {66, 98}}},
    {{{28, 6}, {22, 43}, {22, 43}, {58, 40}, {84, 64}, {72, 90}, {42, 98}, {10, 88}, lift, {28, 6}, {56, 5}, {88, 3}},
     {{86, 4}, {56, 5}, {28, 5}, {28, 5}, {18, 46}, {18, 46}, {52, 38}, {84, 56}, {82, 84}, {48, 98}, {12, 90}}},
    {{{72, 4}, {38, 20}, {14, 56}, {18, 86}, {48, 99}, {80, 84}, {78, 60}, {50, 52}, {20, 72}},
     {{54, 2}, {32, 34}, {18, 70}, {30, 95}, {60, 97}, {80, 76}, {60, 58}, {34, 66}, {22, 84}}},
    {{{10, 9}, {48, 6}, {88, 4}, {88, 4}, {62, 48}, {42, 98}},
     {{12, 8}, {48, 6}, {86, 4}, {86, 4}, {60, 50}, {40, 98}, lift, {32, 54}, {56, 51}, {84, 50}},
     {{10, 24}, {14, 7}, {14, 7}, {50, 8}, {86, 5}, {86, 5}, {70, 40}, {56, 68}, {50, 98}}},
    {{{78, 16}, {50, 2}, {22, 16}, {34, 38}, {66, 58}, {84, 80}, {50, 99}, {16, 82}, {32, 60}, {66, 38}, {76, 12}},
     eight_rings},
    {{{80, 18}, {54, 3}, {22, 16}, {18, 40}, {46, 52}, {76, 36}, {82, 10}, {82, 10}, {80, 54}, {72, 98}},
     {{76, 22}, {52, 3}, {22, 18}, {22, 44}, {50, 52}, {76, 34}, {79, 16}, {80, 56}, {66, 92}, {38, 98}, {14, 86}}},
};

/// Position and radius of the pen [pixels].
struct pen {
  double x, y, radius;
};
using pen_stroke = std::vector<pen>;

double between(random_stream& random, double low, double high) { return low + (high - low) * random.uniform(); }

/// Random parameters of each image, besides the jitter of its points.
struct style {
  double width, height;  // of the digit's box [pixels]
  double cosine, sine;   // of its rotation
  double slant;          // x per y
  double radius;         // of the pen [pixels]
};

style draw_style(random_stream& random) {
  const double height = between(random, 16, 20);
  const double width = height * between(random, 0.5, 0.95);
  const double half = between(random, -0.13, 0.13);  // tangent of half the angle: 15 degrees at most
  const double cosine = (1 - half * half) / (1 + half * half);
  const double sine = 2 * half / (1 + half * half);
  const double slant = -0.1 + 0.19 * random.normal();
  return {width, height, cosine, sine, slant, between(random, 0.75, 1.85)};
}

pen place(point p, const style& s, random_stream& random) {
  constexpr double jitter = 0.038;
  const double x = s.width * ((p.x - 50) / 100 + jitter * random.normal());
  const double y = s.height * ((p.y - 50) / 100 + jitter * random.normal());
  const double slanted = x + s.slant * y;
  const double radius = s.radius * std::clamp(1 + 0.12 * random.normal(), 0.7, 1.3);
  return {s.cosine * slanted - s.sine * y, s.sine * slanted + s.cosine * y, radius};
}

std::vector<pen_stroke> place(std::span<const point> points, const style& s, random_stream& random) {
  std::vector<pen_stroke> strokes(1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == lift) {
      strokes.emplace_back();
    } else if (i > 0 && points[i] == points[i - 1]) {
      strokes.back().push_back(strokes.back().back());
    } else {
      strokes.back().push_back(place(points[i], s, random));
    }
  }
  return strokes;
}

/// Uniform Catmull-Rom spline: through b at t = 0 and c at t = 1.
double spline(double a, double b, double c, double d, double t) {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

pen_stroke smooth(const pen_stroke& knots) {
  constexpr int steps = 5;
  pen_stroke line{knots.front()};
  for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
    const pen& b = knots[i];
    const pen& c = knots[i + 1];
    if (b.x == c.x && b.y == c.y) continue;  // a corner
    const pen& a = knots[i == 0 ? 0 : i - 1];
    const pen& d = knots[std::min(i + 2, knots.size() - 1)];
    for (int k = 1; k <= steps; ++k) {
      const double t = static_cast<double>(k) / steps;
      line.push_back(
          {spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t), b.radius + t * (c.radius - b.radius)});
    }
  }
  return line;
}

/// Moves the centre of the bounding box to the centre of the image plus a random shift.
void centre(std::vector<pen_stroke>& strokes, random_stream& random) {
  pen low = strokes.front().front();
  pen high = low;
  for (const auto& line : strokes) {
    for (const pen& p : line) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y), 0};
      high = {std::max(high.x, p.x), std::max(high.y, p.y), 0};
    }
  }
  constexpr double middle = static_cast<double>(side) / 2;
  const double dx = middle - (low.x + high.x) / 2 + between(random, -1.8, 1.8);
  const double dy = middle - (low.y + high.y) / 2 + between(random, -1.8, 1.8);
  for (auto& line : strokes) {
    for (pen& p : line) p = {p.x + dx, p.y + dy, p.radius};
  }
}

/// Ink coverage of each pixel [row][column], 0..1.
using coverage = std::array<double, side * side>;

std::size_t to_pixel(double v) {
  return static_cast<std::size_t>(std::clamp(std::floor(v), 0.0, static_cast<double>(side)));
}

/// Inks the pixels near the segment a-b: fully within the pen's radius less half a pixel, then fading over one pixel.
void ink(coverage& page, const pen& a, const pen& b) {
  const double reach = std::max(a.radius, b.radius) + 0.5;
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const std::size_t x_end = to_pixel(std::max(a.x, b.x) + reach + 1);
  const std::size_t y_end = to_pixel(std::max(a.y, b.y) + reach + 1);
  for (std::size_t row = to_pixel(std::min(a.y, b.y) - reach); row < y_end; ++row) {
    for (std::size_t column = to_pixel(std::min(a.x, b.x) - reach); column < x_end; ++column) {
      const double px = static_cast<double>(column) + 0.5 - a.x;
      const double py = static_cast<double>(row) + 0.5 - a.y;
      const double along = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0.0;
      const double ex = px - along * dx, ey = py - along * dy;
      const double radius = a.radius + along * (b.radius - a.radius);
      const double covered = std::clamp(radius + 0.5 - std::sqrt(ex * ex + ey * ey), 0.0, 1.0);
      page[row * side + column] = std::max(page[row * side + column], covered);
    }
  }
}

void draw_digit(std::size_t digit, random_stream& random, std::span<std::uint8_t> pixels) {
  const auto& hand = hands[digit][random.below(3) % hands[digit].size()];
  auto strokes = place(hand, draw_style(random), random);
  for (auto& line : strokes) line = smooth(line);
  centre(strokes, random);
  coverage page{};
  for (const auto& line : strokes) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) ink(page, line[i], line[i + 1]);
  }
  const double white = between(random, 225, 255.999);
  std::ranges::transform(page, pixels.begin(), [&](double c) { return static_cast<std::uint8_t>(c * white); });
}

}  // namespace

image_set make_strokes(std::uint64_t seed, std::size_t count, std::uint64_t first_index) {
  require(count > 0, "strokes: 0 images, allowed: 1 or more");
  image_set set{count, side, side, std::vector<std::uint8_t>(count * side * side), std::vector<std::uint8_t>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t index = first_index + i;
    const std::size_t digit = index % digits;
    random_stream random(seed, draw::strokes, index);
    draw_digit(digit, random, std::span(set.pixels).subspan(i * side * side, side * side));
    set.labels[i] = static_cast<std::uint8_t>(digit);
  }
  return set;
}

}  // namespace firstspike
