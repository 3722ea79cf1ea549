// Common parts of the tests of data: temporary files, and environment variables and a working directory that are
// restored.
#pragma once

#include <stdlib.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firstspike/tests/scratch_files.hpp"

namespace firstspike::testing {

/// An environment variable, restored at the end; nothing = unset.
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

/// The working directory, restored at the end.
class scoped_working_directory {
 public:
  explicit scoped_working_directory(const std::filesystem::path& path) { std::filesystem::current_path(path); }
  scoped_working_directory(const scoped_working_directory&) = delete;
  scoped_working_directory& operator=(const scoped_working_directory&) = delete;
  ~scoped_working_directory() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

/// The bytes of a gzip file with this content.
inline std::string gzipped(std::string_view content) {
  const scratch_directory directory;
  const auto path = directory / "content.gz";
  gzFile file = gzopen(path.c_str(), "wb9");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
  return read_bytes(path);
}

}  // namespace firstspike::testing
