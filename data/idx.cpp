#include "firstspike/data/idx.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// The fourth byte is the number of dimensions, the third the element type: 8 = unsigned byte.
constexpr std::uint32_t images_magic = 0x00000803;
constexpr std::uint32_t labels_magic = 0x00000801;
constexpr std::size_t longest_side = 65535;
constexpr std::size_t largest_count = 0xFFFFFFFF;
constexpr std::size_t read_block = std::size_t{1} << 20;

// One line that starts with the path.
template <class... Args>
[[noreturn]] void refuse(const std::filesystem::path& path, fmt::format_string<Args...> why, Args&&... args) {
  throw std::runtime_error(path.string() + ": " + fmt::format(why, std::forward<Args>(args)...));
}

struct file_kind {
  std::string_view name, advice;
};

// The kind of file with this magic number, and advice if it is given in place of the other kind.
file_kind kind_of(std::uint32_t magic) {
  if (magic == images_magic) return {"idx3 of unsigned bytes: images", "give the label file here"};
  if (magic == labels_magic) return {"idx1 of unsigned bytes: labels", "give the image file here"};
  constexpr std::uint32_t rank_mask = 0xff, of_bytes = 0x0800;
  if ((magic & ~rank_mask) == of_bytes) {
    return {"idx of unsigned bytes, but neither of images (rank 3) nor of labels (rank 1)",
            "give a file in MNIST's format"};
  }
  if ((magic >> 16) == 0) return {"no idx file of unsigned bytes", "give a file in MNIST's format"};
  return {"no idx file", "give a file in MNIST's format"};
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

// The words of a header without its magic number. The magic number is checked first, so that the error for a short file
// of another kind names its kind.
template <std::size_t Words>
std::array<std::size_t, Words> read_header(content_reader& in, std::uint32_t magic) {
  constexpr std::size_t length = 4 * (Words + 1);
  std::array<std::uint8_t, length> bytes{};
  const std::size_t there = in.read(bytes);
  if (there == 0) refuse(in.path(), "is empty; fetch or write it again");
  if (const auto found = big_endian(bytes); there >= 4 && found != magic) {
    refuse(in.path(), "magic number 0x{:08x} ({}), wanted 0x{:08x} ({}); {}", found, kind_of(found).name, magic,
           kind_of(magic).name, kind_of(found).advice);
  }
  if (there < length) {
    refuse(in.path(), "ends within its header, after {} of {} bytes; fetch or write it again", there, length);
  }
  std::array<std::size_t, Words> words{};
  for (std::size_t i = 0; i < Words; ++i) words[i] = big_endian(std::span(bytes).subspan(4 * (i + 1), 4));
  return words;
}

// A header may declare more data than the file or the memory has: allocation grows with the bytes read.
std::vector<std::uint8_t> read_exactly(content_reader& in, std::size_t size, std::string_view promise) {
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < size) {
    const std::size_t before = bytes.size();
    const std::size_t wanted = std::min(std::max(read_block, before), size - before);
    bytes.resize(before + wanted);
    const std::size_t there = in.read(std::span(bytes).subspan(before));
    if (there < wanted) {
      refuse(in.path(), "ends after {} of the {} data bytes that its header promises ({}); fetch or write it again",
             before + there, size, promise);
    }
  }
  std::array<std::uint8_t, 1> more{};
  if (in.read(more) != 0) {
    refuse(in.path(), "has more than the {} data bytes that its header promises ({}); fetch or write it again", size,
           promise);
  }
  return bytes;
}

void write_idx(const std::filesystem::path& path, std::initializer_list<std::size_t> header,
               std::span<const std::uint8_t> data, bool overwrite) {
  std::vector<std::uint8_t> bytes;
  for (const auto word : header) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  bytes.insert(bytes.end(), data.begin(), data.end());
  write_whole_file(path, bytes, overwrite);
}

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

void content_reader::closer::operator()(gzFile_s* file) const { gzclose_r(file); }

content_reader::content_reader(std::filesystem::path path) : path_(std::move(path)) {
  if (std::filesystem::is_directory(path_)) refuse(path_, "is a directory; give a file");
  errno = 0;
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (!file_) refuse(path_, "cannot be opened ({}); check path and permissions", reason(errno));
  gzbuffer(file_.get(), 1 << 17);
}

std::size_t content_reader::read(std::span<std::uint8_t> bytes) {
  std::size_t there = 0;
  while (there < bytes.size()) {
    const auto wanted = static_cast<unsigned>(std::min(bytes.size() - there, read_block));
    const int got = gzread(file_.get(), bytes.data() + there, wanted);
    if (got > 0) there += static_cast<std::size_t>(got);
    if (got < static_cast<int>(wanted)) break;
  }
  int error = Z_OK;
  const char* text = gzerror(file_.get(), &error);
  if (error == Z_BUF_ERROR) refuse(path_, "gzip data are cut short; fetch the file again");
  if (error == Z_ERRNO) refuse(path_, "cannot be read ({})", reason(errno));
  if (error != Z_OK && error != Z_STREAM_END) {
    // zlib puts the path before its reason.
    const std::string_view all = text;
    const auto cut = all.rfind(": ");
    refuse(path_, "gzip data are damaged ({}); fetch the file again", cut == all.npos ? all : all.substr(cut + 2));
  }
  return there;
}

image_set read_idx_images(const std::filesystem::path& path) {
  content_reader in(path);
  const auto [count, rows, columns] = read_header<3>(in, images_magic);
  if (count == 0) refuse(path, "has 0 images, needed: 1 or more");
  if (rows == 0 || columns == 0 || rows > longest_side || columns > longest_side) {
    refuse(path, "images of {} x {} pixels, allowed: 1 x 1 to {} x {}", rows, columns, longest_side, longest_side);
  }
  // Sides below 2^16 and a count below 2^32: the product fits 64 bits.
  const auto promise = fmt::format("{} images of {} x {}", count, rows, columns);
  return {count, rows, columns, read_exactly(in, count * rows * columns, promise), {}};
}

std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path) {
  content_reader in(path);
  const auto [count] = read_header<1>(in, labels_magic);
  if (count == 0) refuse(path, "has 0 labels, needed: 1 or more");
  return read_exactly(in, count, fmt::format("{} labels", count));
}

image_set read_image_set(const std::filesystem::path& images, const std::filesystem::path& labels) {
  image_set set = read_idx_images(images);
  set.labels = read_idx_labels(labels);
  if (set.labels.size() != set.count) {
    refuse(labels, "has {} labels, but {} has {} images; give files that belong together", set.labels.size(),
           images.string(), set.count);
  }
  return set;
}

void write_idx_images(const std::filesystem::path& path, const image_set& set, bool overwrite) {
  require(set.count >= 1 && set.count <= largest_count && set.rows >= 1 && set.rows <= longest_side &&
              set.columns >= 1 && set.columns <= longest_side,
          "{}: {} images of {} x {} pixels, allowed: 1 or more of 1 x 1 to {} x {}", path.string(), set.count, set.rows,
          set.columns, longest_side, longest_side);
  const auto needed = set.count * pixels_per_image(set);
  require(set.pixels.size() == needed, "{}: {} pixels, but {} images of {} x {} need {}", path.string(),
          set.pixels.size(), set.count, set.rows, set.columns, needed);
  write_idx(path, {images_magic, set.count, set.rows, set.columns}, set.pixels, overwrite);
}

void write_idx_labels(const std::filesystem::path& path, std::span<const std::uint8_t> labels, bool overwrite) {
  require(!labels.empty() && labels.size() <= largest_count, "{}: {} labels, allowed: 1 or more, below 2^32",
          path.string(), labels.size());
  write_idx(path, {labels_magic, labels.size()}, labels, overwrite);
}

}  // namespace firstspike
