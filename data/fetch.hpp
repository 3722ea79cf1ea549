// Downloads and checksums.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace firstspike {

/// SHA-256 as 64 lower-case hex digits.
std::string sha256(std::span<const std::uint8_t> bytes);

/// SHA-256 of a file's bytes on disk. Throws std::runtime_error naming the file.
std::string sha256_of_file(const std::filesystem::path& path);

/// SHA-256 of the uncompressed content of a gzip file; for a plain file the same as sha256_of_file. Throws
/// std::runtime_error naming the file, also if it is truncated or damaged.
std::string sha256_of_content(const std::filesystem::path& path);

struct download_progress {
  std::string url;
  std::uint64_t received = 0;  ///< bytes
  std::uint64_t total = 0;     ///< bytes, 0 if unknown
};

/// Called several times a second during a download; may be empty.
using progress_function = std::function<void(const download_progress&)>;

/// Downloads a URL into a file and replaces an older one. Redirects are followed to https only. The file is written
/// atomically (TARGET.tmp, renamed at the end). Only https is allowed, and http to this machine (127.0.0.1, [::1],
/// localhost). Fails if there is no connection within 3 s, or less than 1,000 bytes/s for 10 s. Throws
/// std::runtime_error with the URL, the reason and what to do. An exception from `progress` ends the download and is
/// rethrown.
void download(const std::string& url, const std::filesystem::path& target, const progress_function& progress = {});

}  // namespace firstspike
