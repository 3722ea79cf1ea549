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

picture read_png(const std::filesystem::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
  CHECK(image.format == PNG_FORMAT_GRAY);
  picture read{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  REQUIRE(png_image_finish_read(&image, nullptr, read.pixels.data(), 0, nullptr) != 0);
  return read;
}

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> pixels(size);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  return pixels;
}

}  // namespace

TEST_CASE("png: libpng reads back the picture pixel by pixel") {
  const scratch_directory directory;
  const picture wanted{7, 5, counting(35)};
  write_png(directory / "g.png", wanted);
  const auto read = read_png(directory / "g.png");
  CHECK((read.width == 7 && read.height == 5));
  CHECK(read.pixels == wanted.pixels);
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("png: the same pixels give the same bytes, without the time") {
  const scratch_directory directory;
  const picture image{28, 112, counting(784 * 4)};
  write_png(directory / "a.png", image);
  write_png(directory / "b.png", image);
  CHECK(read_bytes(directory / "a.png") == read_bytes(directory / "b.png"));
  CHECK(!contains(read_bytes(directory / "a.png"), "tIME"));
}

TEST_CASE("png: an existing file is replaced only with overwrite") {
  const scratch_directory directory;
  const auto path = directory / "g.png";
  write_bytes(path, "mine");
  const picture image{2, 2, counting(4)};
  CHECK(message_of([&] { write_png(path, image); }) ==
        path.string() + ": exists; choose another name, or overwrite it");
  CHECK(read_bytes(path) == "mine");
  write_png(path, image, true);
  CHECK(read_png(path).pixels == image.pixels);
}

TEST_CASE("png: sizes that are 0, too large or do not fit the pixels are refused by name") {
  const scratch_directory directory;
  const auto path = directory / "g.png";
  const auto refused = [&](std::size_t width, std::size_t height) {
    const auto message = message_of([&] { write_png(path, {width, height, counting(8)}); });
    return message.starts_with(path.string() + ": 8 pixels for a picture of ") && !contains(message, "\n");
  };
  CHECK(refused(0, 8));
  CHECK(refused(8, 0));
  CHECK(refused(3, 3));
  CHECK(refused(1'000'001, 1));
  CHECK(refused(std::numeric_limits<std::size_t>::max(), 8));
  CHECK(message_of([&] { write_png(path, {2, 4, counting(8)}); }).empty());
  CHECK_THROWS_AS(write_png(directory / "no/g.png", {2, 4, counting(8)}), std::runtime_error);
  CHECK(entries_in(directory.path()) == 1);
}
