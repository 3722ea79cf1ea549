#include "firstspike/engine/pending_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace firstspike {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_errno(const std::string& path, std::string_view what) {
  const int reason = errno;
  throw std::runtime_error(fmt::format("{}: {}: {}", path, what, std::strerror(reason)));
}

/// An open file descriptor.
class descriptor {
 public:
  explicit descriptor(int id) : id_(id) {}
  ~descriptor() {
    if (id_ >= 0) ::close(id_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  /// Closes it and returns whether that succeeded.
  bool close() { return ::close(std::exchange(id_, -1)) == 0; }

 private:
  int id_;
};

bool write_all(int file, const std::uint8_t* bytes, std::size_t size) {
  while (size > 0) {
    const auto written = ::write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool copy_all(int from, int to) {
  std::array<std::uint8_t, 1 << 16> block;
  for (;;) {
    const auto got = ::read(from, block.data(), block.size());
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || !write_all(to, block.data(), static_cast<std::size_t>(got))) return false;
  }
}

/// Whether a path is never replaced, only written into: a device, a FIFO, an open file of a process.
bool is_stream(const std::string& path) {
  // What these names mean may be a regular file that another process holds open.
  for (const auto* name : {"/dev/fd/", "/dev/std", "/proc/"}) {
    if (path.starts_with(name)) return true;
  }
  std::error_code error;
  const auto status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

/// The file behind a path, which need not exist, without symbolic links.
std::string without_links(const std::string& path) {
  std::error_code error;
  auto target = fs::path(path);
  for (int links = 0; links < 40 && fs::is_symlink(target, error); ++links) {
    const auto next = fs::read_symlink(target, error);
    if (error) break;
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target.string();
}

/// Creates an empty file of an unused name beside `target`, or in the folder for temporary files.
std::string create_temporary(const std::string& path, const std::string& target, bool elsewhere) {
  static std::atomic<unsigned> number{0};  // of this process
  std::error_code error;
  const auto name = fs::path(target).filename().string();
  const auto folder = elsewhere ? fs::temp_directory_path(error) : fs::path(target).parent_path();
  for (;;) {
    auto tmp = (folder / fmt::format(".{}.{}-{}.tmp", name, ::getpid(), number++)).string();
    const descriptor file(::open(tmp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, elsewhere ? 0600 : 0666));
    if (file) return tmp;
    if (errno != EEXIST) refuse_errno(path, "cannot be created; check folder, permissions and disk space");
  }
}

/// A file that replaces another one gets its permissions and, if allowed, its owner.
void copy_permissions(const struct stat& from, int to) {
  const bool owned = ::fchown(to, from.st_uid, from.st_gid) == 0;
  ::fchmod(to, owned ? from.st_mode & 07777 : from.st_mode & 0777);
}

}  // namespace

void check_may_write(const std::string& path, bool overwrite) {
  std::error_code unreadable;
  if (!overwrite && !is_stream(path) && fs::exists(without_links(path), unreadable)) throw file_exists(path);
}

pending_file::pending_file(std::string path, bool overwrite)
    : path_(std::move(path)), overwrite_(overwrite), streams_(is_stream(path_)) {
  std::error_code unreadable;
  if (fs::is_directory(path_, unreadable)) {
    throw std::runtime_error(path_ + ": is a directory; give the name of a file");
  }
  target_ = streams_ ? path_ : without_links(path_);
  check_may_write(path_, overwrite_);
  tmp_ = create_temporary(path_, target_, streams_);
}

pending_file::~pending_file() {
  if (!committed_) std::remove(tmp_.c_str());
}

void pending_file::commit() {
  descriptor file(::open(tmp_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) refuse_errno(path_, "its temporary file cannot be opened again");
  struct stat old {};
  const bool replaces = !streams_ && ::stat(target_.c_str(), &old) == 0;
  if (streams_ || (replaces && overwrite_ && old.st_nlink > 1)) {
    descriptor into(::open(target_.c_str(), O_WRONLY | O_CLOEXEC | (streams_ ? 0 : O_TRUNC)));
    if (!into) refuse_errno(path_, "cannot be opened for writing");
    if (!copy_all(file.id(), into.id()) || !into.close()) refuse_errno(path_, "cannot be written completely");
    return;  // the destructor removes the temporary file
  }
  if (replaces && !overwrite_) throw file_exists(path_);
  if (replaces) copy_permissions(old, file.id());
  if (::fsync(file.id()) != 0) refuse_errno(path_, "cannot be flushed to disk");
  if (overwrite_) {
    if (std::rename(tmp_.c_str(), target_.c_str()) != 0) refuse_errno(path_, "cannot be replaced");
    committed_ = true;
    return;
  }
  if (::renameat2(AT_FDCWD, tmp_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) {
    committed_ = true;
    return;
  }
  if (errno == EEXIST) throw file_exists(path_);
  // The file system does not know this flag: a hard link does not replace either.
  if (::link(tmp_.c_str(), target_.c_str()) == 0) return;
  if (errno == EEXIST) throw file_exists(path_);
  refuse_errno(path_, "cannot be written");
}

void write_whole_file(const fs::path& path, std::span<const std::uint8_t> bytes, bool overwrite) {
  pending_file pending(path.string(), overwrite);
  descriptor file(::open(pending.tmp().c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || !write_all(file.id(), bytes.data(), bytes.size()) || !file.close()) {
    refuse_errno(path.string(), "cannot be written; check disk space and permissions");
  }
  pending.commit();
}

void remove_unfinished_files(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto name = entry.path().filename().string();
    // .NAME.PID-NUMBER.tmp
    if (!name.starts_with('.') || !name.ends_with(".tmp")) continue;
    const auto stem = name.substr(0, name.size() - 4);
    const auto digits = stem.substr(stem.rfind('.') + 1);
    const auto dash = digits.find('-');
    const bool ours = dash != std::string::npos && dash > 0 && dash + 1 < digits.size() &&
                      digits.find_first_not_of("0123456789-") == std::string::npos;
    std::error_code ignored;
    if (ours) fs::remove(entry.path(), ignored);
  }
}

}  // namespace firstspike
