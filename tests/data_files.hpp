// Throw-away files for the tests of data.
#pragma once

#include <stdlib.h>
#include <zlib.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firstspike::testing {

/// A directory of its own, removed at the end.
class scratch_directory {
 public:
  scratch_directory() {
    std::string name = std::filesystem::temp_directory_path() / "firstspike-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory");
    path_ = name;
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A variable of the environment, put back at the end; nothing = unset.
class scoped_variable {
 public:
  scoped_variable(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* old = getenv(name_.c_str())) before_ = old;
    set(value);
  }
  scoped_variable(const scoped_variable&) = delete;
  scoped_variable& operator=(const scoped_variable&) = delete;
  ~scoped_variable() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) {
    value ? setenv(name_.c_str(), value->c_str(), 1) : unsetenv(name_.c_str());
  }
  std::string name_;
  std::optional<std::string> before_;
};

/// The working directory, put back at the end.
class scoped_working_directory {
 public:
  explicit scoped_working_directory(const std::filesystem::path& path) { std::filesystem::current_path(path); }
  scoped_working_directory(const scoped_working_directory&) = delete;
  scoped_working_directory& operator=(const scoped_working_directory&) = delete;
  ~scoped_working_directory() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The bytes of a gzip file with this content.
inline std::string gzipped(std::string_view content) {
  const scratch_directory directory;
  const auto path = directory / "content.gz";
  gzFile file = gzopen(path.c_str(), "wb9");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
  return read_bytes(path);
}

/// What an action throws, or "" where it does not throw.
template <class Action>
std::string message_of(Action action) {
  try {
    action();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

inline std::size_t entries_in(const std::filesystem::path& directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

}  // namespace firstspike::testing
