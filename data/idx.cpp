#include "firstspike/data/idx.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// The magic number: two bytes 0, the type of the elements, the number of dimensions.
constexpr std::uint32_t images_magic = 0x00000803;
constexpr std::uint32_t labels_magic = 0x00000801;
constexpr std::size_t largest_count = 0xFFFFFFFF;
constexpr std::size_t read_block = std::size_t{1} << 20;

// One line that starts with the path.
template <class... Args>
[[noreturn]] void refuse(const std::filesystem::path& path, fmt::format_string<Args...> why, Args&&... args) {
  throw std::runtime_error(path.string() + ": " + fmt::format(why, std::forward<Args>(args)...));
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

// Big-endian numbers, signed but for the unsigned bytes of MNIST.
struct element_type {
  std::uint32_t code;
  std::size_t bytes;
  std::string_view name;
};
constexpr std::array element_types{element_type{0x08, 1, "unsigned bytes"}, element_type{0x09, 1, "signed bytes"},
                                   element_type{0x0B, 2, "16-bit integers"}, element_type{0x0C, 4, "32-bit integers"}};

struct idx_header {
  element_type type;
  std::vector<std::size_t> sizes;  // of each dimension
};

// `what` it should be: "images: idx of rank 2 to 4". The magic number is checked first, so that the error for a short
// file of another kind names its kind.
idx_header read_header(content_reader& in, std::size_t least_rank, std::size_t most_rank, std::string_view what) {
  std::array<std::uint8_t, 4> magic{};
  const auto there = in.read(magic);
  if (there == 0) refuse(in.path(), "is empty; fetch or write it again");
  if (there < magic.size())
    refuse(in.path(), "ends within its magic number, after {} bytes; fetch or write it again", there);
  const auto number = big_endian(magic);
  const auto type = std::ranges::find(element_types, std::uint32_t{magic[2]}, &element_type::code);
  const std::size_t rank = magic[3];
  if ((number >> 16) != 0) {
    refuse(in.path(), "magic number 0x{:08x}: no idx file, needed: {}", number, what);
  }
  if (type == element_types.end()) {
    refuse(in.path(), "magic number 0x{:08x}: idx of type 0x{:02x}, allowed: whole numbers of 8, 16 or 32 bits", number,
           magic[2]);
  }
  if (rank < least_rank || rank > most_rank) {
    refuse(in.path(), "magic number 0x{:08x}: idx of {} and rank {}, which {}, needed: {}", number, type->name, rank,
           rank == 1   ? "holds labels"
           : rank == 3 ? "holds images"
                       : "holds neither images nor labels",
           what);
  }
  idx_header header{*type, {}};
  std::vector<std::uint8_t> sizes(4 * rank);
  if (const auto got = in.read(sizes); got < sizes.size()) {
    refuse(in.path(), "ends within its header, after {} of {} bytes; fetch or write it again", 4 + got,
           4 + sizes.size());
  }
  for (std::size_t d = 0; d < rank; ++d) header.sizes.push_back(big_endian(std::span(sizes).subspan(4 * d, 4)));
  return header;
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

// A two's complement number of 1, 2 or 4 bytes.
std::int64_t element_at(std::span<const std::uint8_t> bytes, const element_type& type) {
  if (type.code == element_types[0].code) return bytes[0];
  std::uint32_t number = bytes[0] < 0x80 ? 0 : 0xFFFFFFFF;
  for (std::size_t i = 0; i < type.bytes; ++i) number = number << 8 | bytes[i];
  return static_cast<std::int32_t>(number);
}

// The first element of each row of `row` elements, of `count` rows, as bytes. `what` it is: "label".
std::vector<std::uint8_t> read_elements(content_reader& in, const element_type& type, std::size_t count,
                                        std::size_t row, std::string_view what, std::string_view promise) {
  auto bytes = read_exactly(in, count * row * type.bytes, promise);
  if (row == 1 && type.code == element_types[0].code) return bytes;
  std::vector<std::uint8_t> elements;
  elements.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = element_at(std::span(bytes).subspan(i * row * type.bytes, type.bytes), type);
    if (value < 0 || value > 255) refuse(in.path(), "{} {} = {}, allowed: 0 to 255", what, i, value);
    elements.push_back(static_cast<std::uint8_t>(value));
  }
  return elements;
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
  const auto [type, sizes] = read_header(in, 2, 4, "images, idx of rank 2 to 4");
  const auto count = sizes[0];
  const auto columns = sizes.back();
  std::size_t rows = 1;
  for (std::size_t d = 1; d + 1 < sizes.size(); ++d) rows *= sizes[d];  // below 2^64
  if (count == 0) refuse(path, "has 0 images, needed: 1 or more");
  if (rows == 0 || columns == 0 || rows > longest_image_side || columns > longest_image_side) {
    refuse(path, "images of {} x {} pixels, allowed: 1 x 1 to {} x {}", rows, columns, longest_image_side,
           longest_image_side);
  }
  // Sides below 2^16 and a count below 2^32: the product fits 64 bits, and so do 32-bit integers of half as many.
  if (count > std::numeric_limits<std::size_t>::max() / (rows * columns * type.bytes)) {
    refuse(path, "{} images of {} x {} pixels are more than a computer can hold", count, rows, columns);
  }
  const auto promise = fmt::format("{} images of {} x {}", count, rows, columns);
  return {count, rows, columns, read_elements(in, type, count * rows * columns, 1, "pixel", promise), {}};
}

std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path) {
  content_reader in(path);
  const auto [type, sizes] = read_header(in, 1, 2, "labels, idx of rank 1, or of rank 2 as in QMNIST");
  const auto count = sizes[0];
  const auto row = sizes.size() == 1 ? 1 : sizes[1];
  if (count == 0 || row == 0) refuse(path, "has 0 labels, needed: 1 or more");
  constexpr std::size_t longest_row = 256;
  if (row > longest_row)
    refuse(path, "{} values for each image, allowed: 1 to {}, the first is the label", row, longest_row);
  return read_elements(in, type, count, row, "label", fmt::format("{} labels", count));
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
  require(set.count >= 1 && set.count <= largest_count && set.rows >= 1 && set.rows <= longest_image_side &&
              set.columns >= 1 && set.columns <= longest_image_side,
          "{}: {} images of {} x {} pixels, allowed: 1 or more of 1 x 1 to {} x {}", path.string(), set.count, set.rows,
          set.columns, longest_image_side, longest_image_side);
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
