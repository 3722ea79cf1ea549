// Files that are written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>

namespace firstspike {

/// What stands at `path` may not be replaced. what() is one line that begins with the path.
struct file_exists : std::runtime_error {
  explicit file_exists(const std::string& path, const std::string& what = "exists; choose another name")
      : std::runtime_error(path + ": " + what + ", or overwrite it") {}
};

/// Throws file_exists if there is a file and `overwrite` is false: before work whose result would be refused. Devices
/// and FIFOs are written into.
void check_may_write(const std::string& path, bool overwrite);

/// A file that is written under a temporary name and gets its own name with commit(). Any number of processes may write
/// one path at a time: the result is the whole file of one of them.
///
/// The path may be a symbolic link, whose target is then written. A file that is replaced keeps its permissions. A file
/// with several hard links keeps them: commit() copies the content into it, and this alone is not atomic. Devices,
/// FIFOs and open files (/dev/fd, /proc) are never replaced: commit() writes the content into
/// them.
class pending_file {
 public:
  /// Creates an empty file tmp(), `.NAME.PID-NUMBER.tmp` beside the file. Throws std::runtime_error if it cannot,
  /// file_exists if PATH is a file and `overwrite` is false.
  pending_file(std::string path, bool overwrite);
  /// Removes tmp(), if it has not been committed.
  ~pending_file();
  pending_file(const pending_file&) = delete;
  pending_file& operator=(const pending_file&) = delete;

  const std::string& path() const { return path_; }
  const std::string& tmp() const { return tmp_; }
  /// Flushes tmp(), which its writer has closed, to disk and gives it its name. Throws std::runtime_error if that
  /// fails, or if the file has come into being since and `overwrite` is false.
  void commit();

 private:
  std::string path_;    // as given, for messages
  std::string target_;  // that is replaced, without symbolic links
  std::string tmp_;
  bool overwrite_;
  bool streams_;  // into an existing device or FIFO
  bool committed_ = false;
};

/// Writes bytes to a file, whole or not at all. Throws std::runtime_error as pending_file does, and if the disk is
/// full.
void write_whole_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes, bool overwrite);

/// Removes the temporary files that killed processes have left in a directory. Only for a directory in which nobody
/// writes now.
void remove_unfinished_files(const std::filesystem::path& directory);

}  // namespace firstspike
