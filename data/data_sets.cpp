#include "firstspike/data/data_sets.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "firstspike/data/idx.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/text.hpp"

namespace firstspike {
namespace {

constexpr std::size_t train_count = 60000;
constexpr std::size_t test_count = 10000;

std::optional<std::filesystem::path> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::filesystem::path(value);
}

// The file, or where it would be.
std::filesystem::path file_in(const std::filesystem::path& directory, const std::string& name) {
  auto dotted = name;
  if (const auto dash = dotted.rfind("-idx"); dash != dotted.npos) dotted[dash] = '.';
  for (const auto* folder : {"", "MNIST/raw", "raw"}) {
    for (const auto& spelling : {name + ".gz", name, dotted + ".gz", dotted}) {
      if (auto path = directory / folder / spelling; std::filesystem::exists(path)) return path;
    }
  }
  return directory / name;
}

// Of mnist_files().
std::span<const known_file> files_of(data_parts parts, std::span<const known_file> all) {
  if (parts == data_parts::train) return all.first(2);
  return parts == data_parts::test ? all.last(2) : all;
}

void check_content(const std::filesystem::path& path, const known_file& file) {
  const std::string found = sha256_of_content(path);
  if (found == file.sha256) return;
  throw std::runtime_error(
      fmt::format("{}: SHA-256 of its content is {}, wanted {}; fetch it again (firstspike data "
                  "get), or give images and labels of your own",
                  path.string(), found, file.sha256));
}

std::filesystem::path check_file(const std::filesystem::path& directory, const known_file& file) {
  const auto path = file_in(directory, file.name);
  if (!std::filesystem::exists(path)) {
    throw std::runtime_error(
        fmt::format("{}: {}[.gz] is missing; name the directory with MNIST, or fetch it "
                    "(firstspike data get)",
                    directory.string(), file.name));
  }
  check_content(path, file);
  return path;
}

// An empty string if all files are present and intact.
std::string problem_with(const std::filesystem::path& directory, std::span<const known_file> files) {
  try {
    check_files(directory, files);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

bool holds_any(const std::filesystem::path& directory, std::span<const known_file> files) {
  return std::ranges::any_of(
      files, [&](const known_file& file) { return std::filesystem::exists(file_in(directory, file.name)); });
}

digit_data read_mnist(const std::filesystem::path& directory, data_parts parts) {
  const auto files = mnist_files();
  const auto path = [&](std::size_t i) { return file_in(directory, files[i].name); };
  digit_data data{"mnist", directory.string(), {}, {}, {}};
  if (parts != data_parts::test) data.train = read_image_set(path(0), path(1));
  if (parts != data_parts::train) data.test = read_image_set(path(2), path(3));
  return data;
}

digit_data draw_strokes(std::uint64_t seed, data_parts parts) {
  digit_data data{"strokes", fmt::format("drawn with seed {}", seed), {}, {}, {}};
  if (parts != data_parts::test) data.train = make_strokes(seed, train_count);
  if (parts != data_parts::train) data.test = make_strokes(seed, test_count, train_count);
  return data;
}

// A download has a temporary name until its checksum has been verified.
void fetch_file(const known_file& file, const std::filesystem::path& target, const std::string& mirror,
                const progress_function& progress) {
  const auto path = target / (file.name + ".gz");
  auto unchecked = path;
  unchecked += fmt::format(".{}.unchecked", ::getpid());  // others may fetch it too
  const std::string url = mirror + file.name + ".gz";
  download(url, unchecked, progress);
  std::string found;
  try {
    found = sha256_of_content(unchecked);
  } catch (const std::runtime_error&) {
    found = "not available: the gzip data are damaged";
  }
  if (found != file.sha256) {
    std::filesystem::remove(unchecked);
    throw std::runtime_error(
        fmt::format("{}: SHA-256 of its content is {}, wanted {}; use another mirror", url, found, file.sha256));
  }
  std::filesystem::rename(unchecked, path);
}

void fetch_missing(std::span<const known_file> files, const std::filesystem::path& target, const std::string& mirror,
                   const progress_function& progress) {
  for (const auto& file : files) {
    if (!problem_with(target, std::span(&file, 1)).empty()) fetch_file(file, target, mirror, progress);
  }
}

std::vector<std::string> paths_of(std::span<const std::filesystem::path> directories) {
  std::vector<std::string> paths;
  for (const auto& directory : directories) paths.push_back(directory.string());
  return paths;
}

void create(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw std::runtime_error(
        fmt::format("{}: cannot be created ({}); name another directory", directory.string(), error.message()));
  }
}

void check_name(const std::string& name) {
  const auto names = data_set_names();
  if (std::ranges::find(names, name) != names.end()) return;
  throw std::invalid_argument(fmt::format("data set \"{}\", allowed: {}", name, joined(names)));
}

std::filesystem::path target_of(const data_request& request) {
  if (request.directory) return *request.directory;
  const auto cache = cache_directory();
  if (!cache) {
    throw std::invalid_argument("data needs a directory, as neither XDG_CACHE_HOME nor HOME is set");
  }
  return request.name == "mnist" ? *cache : cache->parent_path() / request.name;
}

// The directory that now contains MNIST, or nothing and a note.
std::optional<std::filesystem::path> fetch_to_cache(const data_request& request, std::vector<std::string>& notes,
                                                    const progress_function& progress) {
  const auto cache = cache_directory();
  if (!cache) {
    notes.emplace_back("MNIST is not fetched: neither XDG_CACHE_HOME nor HOME is set");
    return std::nullopt;
  }
  try {
    const auto files = mnist_files();
    fetch_files(files_of(request.parts, files), *cache, request.mirrors, progress);
    return cache;
  } catch (const std::runtime_error& error) {
    notes.emplace_back(error.what());
    return std::nullopt;
  }
}

}  // namespace

std::array<known_file, 4> mnist_files() {
  return {{
      {"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
      {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
      {"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
      {"t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
  }};
}

std::vector<std::string> data_set_names() { return {"mnist", "strokes"}; }

std::vector<std::string> mnist_mirrors() {
  return {"https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"};
}

std::optional<std::filesystem::path> cache_directory() {
  if (const auto cache = variable("XDG_CACHE_HOME")) return *cache / "firstspike" / "mnist";
  if (const auto home = variable("HOME")) return *home / ".cache" / "firstspike" / "mnist";
  return std::nullopt;
}

std::vector<std::filesystem::path> data_directories() {
  std::vector<std::filesystem::path> directories;
  if (auto named = variable("FIRSTSPIKE_DATA")) directories.push_back(*std::move(named));
  directories.emplace_back("../shared/data/mnist");
  if (auto cache = cache_directory()) directories.push_back(*std::move(cache));
  return directories;
}

std::vector<std::filesystem::path> check_files(const std::filesystem::path& directory,
                                               std::span<const known_file> files) {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : files) paths.push_back(check_file(directory, file));
  return paths;
}

std::optional<std::filesystem::path> find_mnist(const std::optional<std::filesystem::path>& directory,
                                                std::vector<std::string>& notes, data_parts parts) {
  const auto all = mnist_files();
  const auto files = files_of(parts, all);
  for (const auto& candidate : directory ? std::vector{*directory} : data_directories()) {
    auto problem = problem_with(candidate, files);
    if (problem.empty()) return candidate;
    // A directory without any of the files gets a note only if the user named it.
    const bool named = directory || candidate == variable("FIRSTSPIKE_DATA");
    if (!named && !holds_any(candidate, files)) continue;
    notes.push_back(std::move(problem));
  }
  return std::nullopt;
}

void fetch_files(std::span<const known_file> files, const std::filesystem::path& target,
                 std::span<const std::string> mirrors, const progress_function& progress) {
  create(target);
  std::string failures;
  for (const auto& mirror : mirrors) {
    try {
      fetch_missing(files, target, mirror, progress);
      return;
    } catch (const std::runtime_error& error) {
      failures += fmt::format("{}{}", failures.empty() ? "" : " | ", error.what());
    }
  }
  throw std::runtime_error(fmt::format("{}: not fetched: {}", target.string(),
                                       failures.empty() ? "no mirror is named; name one or more" : failures));
}

void fetch_mnist(const std::filesystem::path& target, std::span<const std::string> mirrors,
                 const progress_function& progress) {
  fetch_files(mnist_files(), target, mirrors, progress);
}

void write_strokes(const std::filesystem::path& target, std::uint64_t seed, bool overwrite) {
  create(target);
  const auto files = mnist_files();
  // Files that exist are refused before anything is drawn.
  for (const auto& file : files) check_may_write((target / file.name).string(), overwrite);
  const auto data = draw_strokes(seed, data_parts::both);
  write_idx_images(target / files[0].name, data.train, overwrite);
  write_idx_labels(target / files[1].name, data.train.labels, overwrite);
  write_idx_images(target / files[2].name, data.test, overwrite);
  write_idx_labels(target / files[3].name, data.test.labels, overwrite);
}

std::filesystem::path get_data_set(const data_request& request, bool overwrite, const progress_function& progress) {
  check_name(request.name);
  const auto target = target_of(request);
  if (request.name == "strokes") {
    write_strokes(target, request.seed, overwrite);
    return target;
  }
  if (overwrite) {
    throw std::invalid_argument("overwrite with mnist, allowed with strokes; damaged files are replaced");
  }
  fetch_mnist(target, request.mirrors, progress);
  return target;
}

digit_data load_digits(const data_request& request, const progress_function& progress) {
  check_name(request.name);
  if (request.name == "strokes") return draw_strokes(request.seed, request.parts);
  std::vector<std::string> notes;
  auto found = find_mnist(request.directory, notes, request.parts);
  if (!found && request.directory) throw std::runtime_error(notes.back());
  if (!found && request.allow_fetch) found = fetch_to_cache(request, notes, progress);
  if (!found) {
    throw std::runtime_error(fmt::format(
        "mnist: not found in {}{}{}; fetch it (firstspike data get mnist) or name its directory; strokes are "
        "built in",
        joined(paths_of(data_directories())), notes.empty() ? "" : "; ", joined(notes, "; ")));
  }
  auto data = read_mnist(*found, request.parts);
  data.notes = std::move(notes);
  return data;
}

requested_images load_images(const image_request& request, const progress_function& progress) {
  if (request.images) {
    auto set = request.labels ? read_image_set(*request.images, *request.labels) : read_idx_images(*request.images);
    return {*request.images, std::move(set)};
  }
  auto wanted = request.data_set;
  wanted.parts = request.part == "train" ? data_parts::train : data_parts::test;
  auto digits = load_digits(wanted, progress);
  return {digits.name, std::move(request.part == "train" ? digits.train : digits.test), std::move(digits.notes)};
}

std::vector<data_listing> list_data_sets(const std::optional<std::filesystem::path>& directory) {
  std::vector<data_listing> listings;
  for (const auto& candidate : directory ? std::vector{*directory} : data_directories()) {
    auto problem = problem_with(candidate, mnist_files());
    const bool intact = problem.empty();
    const bool absent = !holds_any(candidate, mnist_files());
    listings.push_back({"mnist", candidate.string(), intact ? train_count : 0, intact ? test_count : 0, intact,
                        std::move(problem), absent});
  }
  listings.push_back({"strokes", "built in", train_count, test_count, true, {}});
  return listings;
}

}  // namespace firstspike
