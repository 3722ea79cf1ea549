// The idx files that MNIST comes in (http://yann.lecun.com/exdb/mnist): idx3 of unsigned bytes for images,
// idx1 for labels, big-endian headers.
//
// Reading: a file is plain or gzip, told by its content, not its name. Every failure is a std::runtime_error
// of one line that starts with the path. A header is checked before anything is allocated for it, and memory
// grows with the bytes that are really there. More or fewer bytes than the header promises are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "firstspike/data/image_set.hpp"

struct gzFile_s;  // zlib's

namespace firstspike {

/// Images without labels: 1 or more, of 1 x 1 to 65,535 x 65,535 pixels.
image_set read_idx_images(const std::filesystem::path& path);

/// Labels [image], any byte: what they may be is the caller's business.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path);

/// Images with labels; the files must hold equally many.
image_set read_image_set(const std::filesystem::path& images, const std::filesystem::path& labels);

/// Writing: plain files, whole or not at all (PATH.tmp, renamed at the end). Where PATH exists it is replaced
/// only if `overwrite` is set. Throws std::invalid_argument where the set is empty, is not a size that can be
/// read back or contradicts itself, std::runtime_error where the file cannot be written.
void write_idx_images(const std::filesystem::path& path, const image_set& set, bool overwrite = false);
void write_idx_labels(const std::filesystem::path& path, std::span<const std::uint8_t> labels, bool overwrite = false);

/// A file's content from its start: gunzipped where the file is gzip.
class content_reader {
 public:
  explicit content_reader(std::filesystem::path path);

  /// Fills `bytes` as far as the content goes and says how far that was. A damaged or cut gzip file is an error, at the
  /// latest when its end is read.
  std::size_t read(std::span<std::uint8_t> bytes);

  const std::filesystem::path& path() const { return path_; }

 private:
  struct closer {
    void operator()(gzFile_s* file) const;
  };
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, closer> file_;
};

/// Writes bytes to PATH as above: whole or not at all.
void write_whole_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes, bool overwrite);

}  // namespace firstspike
