// idx files (http://yann.lecun.com/exdb/mnist): images and labels of MNIST, EMNIST, QMNIST and others.
//
// Reading: elements may be integers of 8, 16 or 32 bits, big-endian, with values from 0 to 255. a file may be plain or
// gzip, detected by its content, not its name. Every failure is a std::runtime_error of one line that starts with the
// path. A header is checked before memory is allocated for it, and memory grows with the bytes that are read. A file
// with more or fewer bytes than its header declares is rejected.
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

/// Images without labels: 1 or more, of 1 x 1 to 65,535 x 65,535 pixels. The file has rank 3, [image][row][column]; or
/// rank 2, [image][pixel], images of one row; or rank 4, [image][channel][row][column], the channels one below the
/// other.
image_set read_idx_images(const std::filesystem::path& path);

/// Labels [image]. Of a file of rank 2, [image][value], the first value of each image, as in QMNIST.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path);

/// Images with labels; the files must have equal counts.
image_set read_image_set(const std::filesystem::path& images, const std::filesystem::path& labels);

/// Writing: uncompressed files, written atomically (PATH.tmp, renamed at the end). An existing PATH is replaced only if
/// `overwrite` is set. Throws std::invalid_argument if the set is empty, inconsistent or of a size that cannot be read
/// back, std::runtime_error if the file cannot be written.
void write_idx_images(const std::filesystem::path& path, const image_set& set, bool overwrite = false);
void write_idx_labels(const std::filesystem::path& path, std::span<const std::uint8_t> labels, bool overwrite = false);

/// A file's content from its start, decompressed if the file is gzip.
class content_reader {
 public:
  explicit content_reader(std::filesystem::path path);

  /// Fills `bytes` up to the end of the content and returns the number of bytes read. A damaged or truncated gzip file
  /// is an error, at the latest when its end is read.
  std::size_t read(std::span<std::uint8_t> bytes);

  const std::filesystem::path& path() const { return path_; }

 private:
  struct closer {
    void operator()(gzFile_s* file) const;
  };
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, closer> file_;
};

}  // namespace firstspike
