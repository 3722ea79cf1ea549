// Downloads and check sums.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace firstspike {

/// SHA-256 as 64 lower-case hex digits.
std::string sha256(std::span<const std::uint8_t> bytes);

/// SHA-256 of a file's bytes as they lie on disk. Throws std::runtime_error naming the file.
std::string sha256_of_file(const std::filesystem::path& path);

/// SHA-256 of what a gzip file holds; of a plain file, the same as sha256_of_file. Throws std::runtime_error
/// naming the file, also where it is cut short or damaged.
std::string sha256_of_content(const std::filesystem::path& path);

struct download_progress {
  std::string url;
  std::uint64_t received = 0;  ///< bytes
  std::uint64_t total = 0;     ///< bytes, 0 where the server does not say
};

/// Called several times a second while a file arrives; may be empty.
using progress_function = std::function<void(const download_progress&)>;

/// Fetches a URL into a file, replacing an older one; redirects are followed to https only. The file appears
/// whole or not at all (TARGET.tmp, renamed at the end). Only https is allowed, and http to this machine
/// (127.0.0.1, [::1], localhost). Gives up when no connection is made in 3 s or fewer than 1,000 bytes/s come
/// for 10 s. Throws std::runtime_error with the URL, the reason and what to do; an exception from `progress`
/// ends the download and is passed on.
void download(const std::string& url, const std::filesystem::path& target, const progress_function& progress = {});

}  // namespace firstspike
