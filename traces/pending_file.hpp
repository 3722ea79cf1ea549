// A file that is written atomically.
#pragma once

#include <string>

namespace firstspike {

/// PATH.tmp while it is written: commit() renames it to PATH, otherwise the destructor removes it.
class pending_file {
 public:
  /// Creates an empty PATH.tmp. Throws std::runtime_error if it cannot, or PATH exists and `overwrite` is false.
  pending_file(std::string path, bool overwrite);
  ~pending_file();
  pending_file(const pending_file&) = delete;
  pending_file& operator=(const pending_file&) = delete;

  const std::string& path() const { return path_; }
  const std::string& tmp() const { return tmp_; }
  /// Flushes PATH.tmp, which its writer has closed, to disk and renames it. Throws std::runtime_error.
  void commit();

 private:
  void refuse_existing() const;

  std::string path_;
  std::string tmp_;
  bool overwrite_;
  bool committed_ = false;
};

}  // namespace firstspike
