#include "firstspike/data/gif.hpp"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

constexpr std::size_t longest_gif_side = 65535;

int append(GifFileType* gif, const GifByteType* bytes, int count) {
  auto& file = *static_cast<std::vector<std::uint8_t>*>(gif->UserData);
  file.insert(file.end(), bytes, bytes + count);
  return count;
}

// An encoder that writes into `bytes`. Each call of giflib returns GIF_ERROR where it fails.
class encoder {
 public:
  encoder(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes) : path_(path) {
    int error = 0;
    gif_ = EGifOpen(&bytes, append, &error);
    if (gif_ == nullptr) fail(error);
  }
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;
  ~encoder() {
    if (gif_ != nullptr) EGifCloseFile(gif_, nullptr);
  }

  GifFileType* get() const { return gif_; }
  void check(int result) const {
    if (result == GIF_ERROR) fail(gif_->Error);
  }
  void close() {
    int error = 0;
    if (EGifCloseFile(std::exchange(gif_, nullptr), &error) == GIF_ERROR) fail(error);
  }

 private:
  [[noreturn]] void fail(int error) const {
    const auto* reason = GifErrorString(error);
    throw std::runtime_error(path_.string() + ": cannot be encoded as GIF (" +
                             (reason == nullptr ? "unknown error" : reason) + ")");
  }

  std::filesystem::path path_;
  GifFileType* gif_ = nullptr;
};

// The extension that makes browsers repeat the film; 0: for ever.
void put_loop(const encoder& e) {
  constexpr std::array<GifByteType, 3> times{1, 0, 0};
  e.check(EGifPutExtensionLeader(e.get(), APPLICATION_EXT_FUNC_CODE));
  e.check(EGifPutExtensionBlock(e.get(), 11, "NETSCAPE2.0"));
  e.check(EGifPutExtensionBlock(e.get(), static_cast<int>(times.size()), times.data()));
  e.check(EGifPutExtensionTrailer(e.get()));
}

void put_frame(const encoder& e, const picture& frame, std::uint16_t delay) {
  const GraphicsControlBlock control{DISPOSE_DO_NOT, false, delay, NO_TRANSPARENT_COLOR};
  std::array<GifByteType, 4> bytes{};
  EGifGCBToExtension(&control, bytes.data());
  e.check(EGifPutExtension(e.get(), GRAPHICS_EXT_FUNC_CODE, static_cast<int>(bytes.size()), bytes.data()));
  const auto width = static_cast<int>(frame.width), height = static_cast<int>(frame.height);
  e.check(EGifPutImageDesc(e.get(), 0, 0, width, height, false, nullptr));
  std::vector<GifPixelType> line(frame.width);
  for (std::size_t y = 0; y < frame.height; ++y) {
    std::ranges::copy(std::span(frame.pixels).subspan(y * frame.width, frame.width), line.begin());
    e.check(EGifPutLine(e.get(), line.data(), width));
  }
}

}  // namespace

void write_gif(const std::filesystem::path& path, std::span<const picture> frames, const gif_options& options,
               bool overwrite) {
  require(!frames.empty(), "{}: no frames, needed: 1 or more", path.string());
  const auto width = frames[0].width, height = frames[0].height;
  for (const auto& f : frames) {
    require(f.width == width && f.height == height && width > 0 && height > 0 &&
                std::max(width, height) <= longest_gif_side && f.pixels.size() == width * height,
            "{}: {} pixels for a frame of {} x {}, allowed: sides of 1 to {}, all frames of one size, a pixel for each "
            "place",
            path.string(), f.pixels.size(), f.width, f.height, longest_gif_side);
  }
  constexpr int greys = 256;
  const std::unique_ptr<ColorMapObject, void (*)(ColorMapObject*)> map(GifMakeMapObject(greys, nullptr),
                                                                       GifFreeMapObject);
  if (!map) throw std::bad_alloc();
  for (int grey = 0; grey < greys; ++grey) {
    const auto level = static_cast<GifByteType>(grey);
    map->Colors[grey] = {level, level, level};
  }
  std::vector<std::uint8_t> bytes;
  encoder e(path, bytes);
  EGifSetGifVersion(e.get(), true);
  e.check(EGifPutScreenDesc(e.get(), static_cast<int>(width), static_cast<int>(height), 8, 0, map.get()));
  put_loop(e);
  for (std::size_t k = 0; k < frames.size(); ++k) {
    put_frame(e, frames[k], k + 1 < frames.size() ? options.delay : options.last_delay);
  }
  e.close();
  write_whole_file(path, bytes, overwrite);
}

}  // namespace firstspike
