#include "firstspike/data/png.hpp"

#include <doctest/doctest.h>
#include <png.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "firstspike/tests/data/files.hpp"

using namespace firstspike;
using namespace firstspike::testing;

namespace {

struct grey_picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels;
  std::uint8_t at(std::size_t x, std::size_t y) const { return pixels[y * width + x]; }
};

grey_picture read_png(const std::filesystem::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
  CHECK(image.format == PNG_FORMAT_GRAY);
  grey_picture picture{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  REQUIRE(png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) != 0);
  return picture;
}

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> pixels(size);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  return pixels;
}

}  // namespace

TEST_CASE("png: libpng reads back the grid pixel by pixel") {
  const scratch_directory directory;
  constexpr std::size_t count = 5, rows = 4, columns = 7, across = 3, margin = 2;
  const auto pixels = counting(count * rows * columns);
  write_png_grid(directory / "g.png", pixels, count, rows, columns, across, margin);
  const auto picture = read_png(directory / "g.png");
  REQUIRE(picture.width == 3 * 7 + 4 * 2);
  REQUIRE(picture.height == 2 * 4 + 3 * 2);
  std::vector<std::uint8_t> expected(picture.pixels.size(), 64);
  for (std::size_t k = 0; k < pixels.size(); ++k) {
    const std::size_t image = k / (rows * columns), y = k / columns % rows, x = k % columns;
    const std::size_t top = margin + image / across * (rows + margin);
    const std::size_t left = margin + image % across * (columns + margin);
    expected[(top + y) * picture.width + left + x] = pixels[k];
  }
  CHECK(picture.pixels == expected);
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("png: without a margin one image is the whole picture, and unused columns are omitted") {
  const scratch_directory directory;
  const auto pixels = counting(256);
  write_png_grid(directory / "g.png", pixels, 1, 16, 16, 10, 0);
  const auto picture = read_png(directory / "g.png");
  CHECK(picture.width == 16);
  CHECK(picture.pixels == pixels);
}

TEST_CASE("png: the same pixels give the same bytes, without the time") {
  const scratch_directory directory;
  const auto pixels = counting(784 * 4);
  write_png_grid(directory / "a.png", pixels, 4, 28, 28, 2);
  write_png_grid(directory / "b.png", pixels, 4, 28, 28, 2);
  CHECK(read_bytes(directory / "a.png") == read_bytes(directory / "b.png"));
  CHECK(!contains(read_bytes(directory / "a.png"), "tIME"));
}

TEST_CASE("png: an existing file is replaced only with overwrite") {
  const scratch_directory directory;
  const auto path = directory / "g.png";
  write_bytes(path, "mine");
  CHECK(message_of([&] { write_png_grid(path, counting(4), 1, 2, 2, 1); }) ==
        path.string() + ": exists already; give another name, or ask to overwrite it");
  CHECK(read_bytes(path) == "mine");
  write_png_grid(path, counting(4), 1, 2, 2, 1, 0, true);
  CHECK(read_png(path).pixels == counting(4));
}

TEST_CASE("png: sizes that are 0, too large or do not fit the pixels are refused by name") {
  const scratch_directory directory;
  const auto path = directory / "g.png";
  const auto pixels = counting(8);
  constexpr auto huge = std::numeric_limits<std::size_t>::max();
  const auto refused = [&](std::size_t count, std::size_t rows, std::size_t columns, std::size_t across,
                           std::size_t margin) {
    const auto message = message_of([&] { write_png_grid(path, pixels, count, rows, columns, across, margin); });
    return message.starts_with(path.string() + ": ") && !contains(message, "\n");
  };
  CHECK(refused(0, 2, 2, 1, 0));
  CHECK(refused(2, 0, 2, 1, 0));
  CHECK(refused(2, 2, 0, 1, 0));
  CHECK(refused(2, 2, 2, 0, 0));
  CHECK(refused(1, 2, 2, 1, 0));
  CHECK(refused(3, 2, 2, 1, 0));
  CHECK(refused(huge, 2, 2, 1, 0));
  CHECK(refused(huge, huge, 2, huge, huge));
  CHECK(refused(2, 2, 2, 1, huge));
  CHECK(refused(2, huge, 4, 1, 0));
  CHECK_THROWS_AS(write_png_grid(path, pixels, 3, 2, 2, 1), std::invalid_argument);
  CHECK_THROWS_AS(write_png_grid(directory / "no/g.png", pixels, 2, 2, 2, 1), std::runtime_error);
  CHECK(entries_in(directory.path()) == 0);
}
