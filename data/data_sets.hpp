// Where digits come from: MNIST's files on disk, a mirror, or the built-in strokes.
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

/// A file of a data set: DIR/NAME or DIR/NAME.gz.
struct known_file {
  std::string name;    ///< without .gz
  std::string sha256;  ///< of the raw content, gunzipped
};

/// Train images, train labels, test images, test labels.
std::array<known_file, 4> mnist_files();

/// Base URLs that end with '/'; NAME.gz is fetched from below them.
std::vector<std::string> mnist_mirrors();

struct data_request {
  std::string name = "mnist";                      ///< "mnist" or "strokes"
  std::optional<std::filesystem::path> directory;  ///< --data: look here and nowhere else
  bool allow_fetch = true;
  std::uint64_t seed = 1;  ///< of the strokes
  std::vector<std::string> mirrors = mnist_mirrors();
};

struct digit_data {
  std::string name;                ///< what it really is: "mnist" or "strokes"
  std::string where;               ///< directory, or "drawn with seed N"
  std::vector<std::string> notes;  ///< one line each, to be shown to the user: what was refused, what took its place
  image_set train;                 ///< 60,000 images with labels
  image_set test;                  ///< 10,000 images with labels
};

/// Finds, fetches or draws digits. MNIST is looked for in data_directories(); files whose SHA-256 is wrong
/// are never used. Where it is nowhere, it is fetched into the user's cache; where that fails too, strokes
/// take its place and a note says so. With a directory given there is no such way out: missing or damaged
/// files are a std::runtime_error of one line. An unknown name is std::invalid_argument.
digit_data load_digits(const data_request& request, const progress_function& progress = {});

/// Images to run a network on: files of one's own, or a part of a data set.
struct image_request {
  std::optional<std::string> images{};  ///< idx file
  std::optional<std::string> labels{};  ///< idx file with the labels of `images`
  data_request data_set{};              ///< without `images`
  std::string part = "test";            ///< of the data set: "test" or "train"
};

struct requested_images {
  std::string from;  ///< "mnist", "strokes", or the path of the images
  image_set set;
  std::vector<std::string> notes{};  ///< as in digit_data
};

/// Throws as read_idx_images, read_image_set and load_digits do.
requested_images load_images(const image_request& request, const progress_function& progress = {});

/// Where MNIST is looked for, in this order: $FIRSTSPIKE_DATA, ../shared/data/mnist (from the working
/// directory), the user's cache. Directories need not exist.
std::vector<std::filesystem::path> data_directories();

/// $XDG_CACHE_HOME/firstspike/mnist, else $HOME/.cache/firstspike/mnist; nothing where neither variable is
/// set.
std::optional<std::filesystem::path> cache_directory();

/// Where each of the files is, in their order. Throws std::runtime_error naming the first that is missing,
/// damaged or has another check sum.
std::vector<std::filesystem::path> check_files(const std::filesystem::path& directory,
                                               std::span<const known_file> files);

/// The first directory that holds all of MNIST intact: `directory` alone where it is given, else
/// data_directories(). Adds to `notes` why a directory was passed over, unless nobody
/// named it and it holds none of the files.
std::optional<std::filesystem::path> find_mnist(const std::optional<std::filesystem::path>& directory,
                                                std::vector<std::string>& notes);

/// Fetches what `target` lacks of the files (or holds damaged), NAME.gz each, and creates `target` where
/// needed. Each mirror is tried once, in order. A file gets its name only after its SHA-256 was found right.
/// Throws std::runtime_error, one line that gives each mirror's failure.
void fetch_files(std::span<const known_file> files, const std::filesystem::path& target,
                 std::span<const std::string> mirrors, const progress_function& progress = {});

/// fetch_files of MNIST's four.
void fetch_mnist(const std::filesystem::path& target, std::span<const std::string> mirrors,
                 const progress_function& progress = {});

/// Writes the strokes that load_digits gives under MNIST's file names, plain idx. `target` is created where
/// needed.
void write_strokes(const std::filesystem::path& target, std::uint64_t seed, bool overwrite = false);

/// One line of `data list`.
struct data_listing {
  std::string name;       ///< "mnist" or "strokes"
  std::string where;      ///< directory, or "built in"
  std::size_t train = 0;  ///< images; 0 where there are none to be used
  std::size_t test = 0;
  bool intact = false;  ///< all files are there with the right SHA-256
  std::string problem;  ///< one line, empty where intact
};

/// MNIST in every directory where it is looked for (`directory` alone where given), then strokes.
std::vector<data_listing> list_data_sets(const std::optional<std::filesystem::path>& directory = {});

}  // namespace firstspike
