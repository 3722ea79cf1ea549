#include "firstspike/data/png.hpp"

#include <png.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {

void write_png(const std::filesystem::path& path, const picture& image, bool overwrite) {
  const auto sides = std::minmax(image.width, image.height);
  require(sides.first > 0 && sides.second <= longest_picture_side && image.pixels.size() == image.width * image.height,
          "{}: {} pixels for a picture of {} x {}, allowed: sides of 1 to {}, a pixel for each place", path.string(),
          image.pixels.size(), image.width, image.height, longest_picture_side);
  png_image file{};
  file.version = PNG_IMAGE_VERSION;
  file.width = static_cast<png_uint_32>(image.width);
  file.height = static_cast<png_uint_32>(image.height);
  file.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(file);
  std::vector<std::uint8_t> bytes(size);
  if (png_image_write_to_memory(&file, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    const std::string reason = file.message;
    png_image_free(&file);
    throw std::runtime_error(path.string() + ": cannot be encoded as PNG (" + reason + ")");
  }
  bytes.resize(size);
  write_whole_file(path, bytes, overwrite);
}

}  // namespace firstspike
