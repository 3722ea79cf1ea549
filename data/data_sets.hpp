// Sources of digit images: MNIST's files on disk, a mirror, or the built-in strokes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/fetch.hpp"
#include "firstspike/data/image_set.hpp"

namespace firstspike {

/// A file of a data set: NAME or NAME.gz, in the directory itself or, as torchvision keeps it, in its MNIST/raw or raw.
/// The last '-' before "idx" may be a '.', as in t10k-images.idx3-ubyte.
struct known_file {
  std::string name;    ///< without .gz
  std::string sha256;  ///< of the uncompressed content
};

/// Train images, train labels, test images, test labels.
std::array<known_file, 4> mnist_files();

/// Base URLs that end with '/'; files are BASE_URL/NAME.gz.
std::vector<std::string> mnist_mirrors();

/// mnist, strokes.
std::vector<std::string> data_set_names();

/// The images of a data set that are needed: files of others may be missing, and are not fetched.
enum class data_parts : std::uint8_t { both, train, test };

struct data_request {
  std::string name = "mnist";                        ///< "mnist" or "strokes"
  std::optional<std::filesystem::path> directory{};  ///< use only this directory
  bool allow_fetch = true;
  std::uint64_t seed = 1;  ///< of the strokes
  std::vector<std::string> mirrors = mnist_mirrors();
  data_parts parts = data_parts::both;
};

struct digit_data {
  std::string name;                ///< of the data set that was loaded: "mnist" or "strokes"
  std::string where;               ///< directory, or "drawn with seed N"
  std::vector<std::string> notes;  ///< one line each, for the user: rejected files
  image_set train;                 ///< 60,000 images with labels; none if not requested
  image_set test;                  ///< 10,000 images with labels; none if not requested
};

/// Finds, downloads or draws digits. MNIST is searched in data_directories(); files with a wrong SHA-256 are never
/// used. If it is not found, it is downloaded into the user's cache. If a directory is given, only its files are used.
/// Missing or damaged files throw std::runtime_error with one line: no other data set takes their place. An unknown
/// name throws std::invalid_argument.
digit_data load_digits(const data_request& request, const progress_function& progress = {});

/// Images to run a network on: the user's own files, or a part of a data set.
struct image_request {
  std::optional<std::string> images{};  ///< idx file
  std::optional<std::string> labels{};  ///< idx file with the labels of `images`
  data_request data_set{};              ///< used without `images`
  std::string part = "test";            ///< of the data set: "test" or "train"
};

struct requested_images {
  std::string from;  ///< "mnist", "strokes", or the path of the images
  image_set set;
  std::vector<std::string> notes{};  ///< as in digit_data
};

/// Throws as read_idx_images, read_image_set and load_digits do.
requested_images load_images(const image_request& request, const progress_function& progress = {});

/// Directories in which MNIST is searched, in this order: $FIRSTSPIKE_DATA, ../shared/data/mnist (from the working
/// directory), the user's cache. Directories need not exist.
std::vector<std::filesystem::path> data_directories();

/// $XDG_CACHE_HOME/firstspike/mnist, else $HOME/.cache/firstspike/mnist; empty if neither variable is set.
std::optional<std::filesystem::path> cache_directory();

/// The path of each file, in their order. Throws std::runtime_error naming the first that is missing, damaged or has a
/// wrong checksum.
std::vector<std::filesystem::path> check_files(const std::filesystem::path& directory,
                                               std::span<const known_file> files);

/// The first directory with all files of these parts of MNIST intact: only `directory` if it is given, else
/// data_directories(). Adds to `notes` why a directory was skipped, unless the user did not name it and it has none of
/// the files.
std::optional<std::filesystem::path> find_mnist(const std::optional<std::filesystem::path>& directory,
                                                std::vector<std::string>& notes, data_parts parts = data_parts::both);

/// Downloads the files that are missing or damaged in `target`, as NAME.gz, and creates `target` if needed. Each mirror
/// is tried once, in order. A file gets its name only after its SHA-256 has been verified. Throws std::runtime_error
/// with one line that gives each mirror's failure.
void fetch_files(std::span<const known_file> files, const std::filesystem::path& target,
                 std::span<const std::string> mirrors, const progress_function& progress = {});

/// fetch_files of MNIST's four.
void fetch_mnist(const std::filesystem::path& target, std::span<const std::string> mirrors,
                 const progress_function& progress = {});

/// Puts the data set of `request` as idx files into its directory, by default into the user's cache: MNIST into
/// cache_directory(), others beside it. Returns the directory. MNIST is fetched as fetch_mnist does, and strokes are
/// written as write_strokes does. Throws std::invalid_argument for an unknown name, without a directory and a cache,
/// and for `overwrite` with MNIST, whose damaged files are always replaced; std::runtime_error as these two do.
std::filesystem::path get_data_set(const data_request& request, bool overwrite = false,
                                   const progress_function& progress = {});

/// Writes the strokes of load_digits under MNIST's file names, as uncompressed idx. Creates `target` if needed.
void write_strokes(const std::filesystem::path& target, std::uint64_t seed, bool overwrite = false);

/// One line of `data list`.
struct data_listing {
  std::string name;       ///< "mnist" or "strokes"
  std::string where;      ///< directory, or "built in"
  std::size_t train = 0;  ///< images; 0 if there are none
  std::size_t test = 0;
  bool intact = false;  ///< all files are present with the right SHA-256
  std::string problem;  ///< one line, empty if intact
  bool absent = false;  ///< the directory has none of the files
};

/// MNIST in every directory where it is searched (only `directory` if given), then strokes.
std::vector<data_listing> list_data_sets(const std::optional<std::filesystem::path>& directory = {});

}  // namespace firstspike
