// Films, read back by giflib's decoder.
#include "firstspike/data/gif.hpp"

#include <doctest/doctest.h>
#include <gif_lib.h>

#include <array>
#include <numeric>

#include "firstspike/tests/data/files.hpp"

using namespace firstspike;
using namespace firstspike::testing;

namespace {

picture counting(std::size_t width, std::size_t height, std::uint8_t first) {
  picture p{width, height, std::vector<std::uint8_t>(width * height)};
  std::iota(p.pixels.begin(), p.pixels.end(), first);
  return p;
}

struct read_gif {
  std::vector<picture> frames;
  std::vector<int> delays;  // [1/100 s]

  explicit read_gif(const std::filesystem::path& path) {
    int error = 0;
    auto* gif = DGifOpenFileName(path.c_str(), &error);
    REQUIRE(gif != nullptr);
    REQUIRE(DGifSlurp(gif) == GIF_OK);
    for (int k = 0; k < gif->ImageCount; ++k) {
      const auto& image = gif->SavedImages[k];
      const auto& map = *gif->SColorMap;
      picture p{static_cast<std::size_t>(image.ImageDesc.Width), static_cast<std::size_t>(image.ImageDesc.Height), {}};
      for (std::size_t i = 0; i < p.width * p.height; ++i) {
        const auto color = map.Colors[image.RasterBits[i]];
        CHECK((color.Red == color.Green && color.Green == color.Blue));
        p.pixels.push_back(color.Red);
      }
      frames.push_back(std::move(p));
      GraphicsControlBlock control{};
      REQUIRE(DGifSavedExtensionToGCB(gif, k, &control) == GIF_OK);
      delays.push_back(control.DelayTime);
    }
    DGifCloseFile(gif, &error);
  }
};

}  // namespace

TEST_CASE("gif: a decoder reads back every frame and its delay, and the film repeats") {
  const scratch_directory directory;
  const std::array frames{counting(20, 13, 0), counting(20, 13, 100), counting(20, 13, 7)};
  write_gif(directory / "a.gif", frames, {4, 90});
  const read_gif read(directory / "a.gif");
  REQUIRE(read.frames.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK((read.frames[k].width == 20 && read.frames[k].height == 13));
    CHECK(read.frames[k].pixels == frames[k].pixels);
  }
  CHECK(read.delays == std::vector{4, 4, 90});
  const auto bytes = read_bytes(directory / "a.gif");
  CHECK(bytes.starts_with("GIF89a"));
  CHECK(contains(bytes, std::string("NETSCAPE2.0\x03\x01\0\0", 15)));
  CHECK(entries_in(directory.path()) == 1);
}

TEST_CASE("gif: the same frames give the same bytes, and an existing file is replaced only with overwrite") {
  const scratch_directory directory;
  const std::array frames{counting(3, 2, 5)};
  write_gif(directory / "a.gif", frames);
  write_gif(directory / "b.gif", frames);
  CHECK(read_bytes(directory / "a.gif") == read_bytes(directory / "b.gif"));
  CHECK(contains(message_of([&] { write_gif(directory / "a.gif", frames); }), "a.gif: exists; choose another name"));
  write_gif(directory / "a.gif", frames, {}, true);
}

TEST_CASE("gif: no frames, frames of different sizes, and sizes that do not fit are refused by name") {
  const scratch_directory directory;
  const auto path = directory / "a.gif";
  const auto refused = [&](const std::vector<picture>& frames) { return message_of([&] { write_gif(path, frames); }); };
  CHECK(refused({}) == path.string() + ": no frames, needed: 1 or more");
  CHECK(
      contains(refused({counting(3, 2, 0), counting(2, 3, 0)}), "6 pixels for a frame of 2 x 3, allowed: sides of 1"));
  CHECK(contains(refused({{3, 2, {}}}), "0 pixels for a frame of 3 x 2"));
  CHECK(contains(refused({{0, 0, {}}}), "0 pixels for a frame of 0 x 0"));
  CHECK(contains(refused({counting(65536, 1, 0)}), "65536 pixels for a frame of 65536 x 1"));
  CHECK(refused({counting(65535, 1, 0)}).empty());
  CHECK(entries_in(directory.path()) == 1);
}
