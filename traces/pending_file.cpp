#include "firstspike/traces/pending_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace firstspike {
namespace {

[[noreturn]] void refuse_errno(const std::string& path, const char* what) {
  const int reason = errno;
  throw std::runtime_error(fmt::format("{}: {}: {}", path, what, std::strerror(reason)));
}

}  // namespace

pending_file::pending_file(std::string path, bool overwrite)
    : path_(std::move(path)), tmp_(path_ + ".tmp"), overwrite_(overwrite) {
  refuse_existing();
  const int file = ::open(tmp_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) refuse_errno(tmp_, "cannot be created");
  ::close(file);
}

pending_file::~pending_file() {
  if (!committed_) std::remove(tmp_.c_str());
}

void pending_file::refuse_existing() const {
  std::error_code unreadable;
  if (std::filesystem::is_directory(path_, unreadable)) {
    throw std::runtime_error(path_ + ": is a directory; give the name of a file");
  }
  if (!overwrite_ && std::filesystem::exists(path_, unreadable)) {
    throw std::runtime_error(path_ + ": exists already; give another name, or ask to overwrite it");
  }
}

void pending_file::commit() {
  refuse_existing();
  const int file = ::open(tmp_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) refuse_errno(tmp_, "cannot be opened again");
  const int flushed = ::fsync(file);
  if (flushed != 0) {
    const int reason = errno;
    ::close(file);
    errno = reason;
    refuse_errno(tmp_, "cannot be flushed to disk");
  }
  ::close(file);
  if (std::rename(tmp_.c_str(), path_.c_str()) != 0) refuse_errno(path_, "cannot be replaced");
  committed_ = true;
}

}  // namespace firstspike
