#include "firstspike/data/image_grid.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>
#include <tuple>

#include "firstspike/tests/refusal.hpp"

using namespace firstspike;

namespace {

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> pixels(size);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  return pixels;
}

}  // namespace

TEST_CASE("grid: every pixel stands at its place, neighbours share a margin, free places stay grey") {
  constexpr std::size_t count = 5, rows = 4, columns = 7, across = 3, margin = 2;
  const image_set images{count, rows, columns, counting(count * rows * columns), {}};
  const auto grid = draw_grid(images, {across, margin});
  REQUIRE(grid.width == 3 * 7 + 4 * 2);
  REQUIRE(grid.height == 2 * 4 + 3 * 2);
  std::vector<std::uint8_t> expected(grid.width * grid.height, 64);
  for (std::size_t k = 0; k < images.pixels.size(); ++k) {
    const std::size_t image = k / (rows * columns), y = k / columns % rows, x = k % columns;
    const std::size_t top = margin + image / across * (rows + margin);
    const std::size_t left = margin + image % across * (columns + margin);
    expected[(top + y) * grid.width + left + x] = images.pixels[k];
  }
  CHECK(grid.pixels == expected);
}

TEST_CASE("grid: with a scale each pixel is a square") {
  const auto grid = draw_grid({2, 1, 2, {10, 20, 30, 40}, {}}, {2, 1, 2});
  CHECK((grid.width == 14 && grid.height == 6));
  const std::vector<std::uint8_t> grey(14, 64);
  const std::vector<std::uint8_t> line{64, 64, 10, 10, 20, 20, 64, 64, 30, 30, 40, 40, 64, 64};
  std::vector<std::uint8_t> expected;
  for (const auto* part : {&grey, &grey, &line, &line, &grey, &grey}) {
    expected.insert(expected.end(), part->begin(), part->end());
  }
  CHECK(grid.pixels == expected);
}

TEST_CASE("grid: without a margin one image is the whole picture, and unused columns are omitted") {
  const auto grid = draw_grid({1, 16, 16, counting(256), {}}, {10, 0});
  CHECK(grid.width == 16);
  CHECK(grid.pixels == counting(256));
}

TEST_CASE("grid: sizes that are 0, too large or do not fit the pixels are refused") {
  constexpr auto huge = std::numeric_limits<std::size_t>::max();
  const auto refused = [](std::size_t count, std::size_t rows, std::size_t columns, const grid_options& options) {
    return refusal([&] { draw_grid({count, rows, columns, counting(8), {}}, options); });
  };
  CHECK(refused(0, 2, 2, {1, 0}) == "grid: 0 images of 2 x 2 pixels, 1 to a line, scale 1, allowed: 1 or more of each");
  CHECK(refused(2, 0, 2, {1, 0}).ends_with("1 or more of each"));
  CHECK(refused(2, 2, 0, {1, 0}).ends_with("1 or more of each"));
  CHECK(refused(2, 2, 2, {0, 0}).ends_with("1 or more of each"));
  CHECK(refused(2, 2, 2, {1, 0, 0}).ends_with("1 or more of each"));
  CHECK(refused(1, 2, 2, {1, 0}) == "grid: 8 pixels, but 1 images of 2 x 2 need 4");
  CHECK(refused(3, 2, 2, {1, 0}).ends_with("need 12"));
  CHECK(refused(2, 2, 2, {1, 0}).empty());
  for (const auto& [count, rows, options] :
       {std::tuple{huge, std::size_t{2}, grid_options{1, 0}}, std::tuple{huge, huge, grid_options{huge, huge}},
        std::tuple{std::size_t{2}, std::size_t{2}, grid_options{1, huge}},
        std::tuple{std::size_t{2}, huge, grid_options{1, 0}},
        std::tuple{std::size_t{2}, std::size_t{2}, grid_options{1, 0, huge}},
        std::tuple{std::size_t{2}, std::size_t{2}, grid_options{1, 0, 500'000}}}) {
    CHECK(refused(count, rows, 2, options).ends_with("make a side of more than 1000000"));
  }
}
