#include "firstspike/data/fetch.hpp"

#include <curl/curl.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "firstspike/data/idx.hpp"
#include "firstspike/engine/pending_file.hpp"

namespace firstspike {
namespace {

constexpr std::size_t hash_block = std::size_t{1} << 17;
constexpr long connect_timeout_ms = 3000;
constexpr long slowest_bytes_per_second = 1000;
constexpr long slow_seconds = 10;
constexpr long most_redirects = 5;
constexpr curl_off_t largest_download = curl_off_t{1} << 30;

class sha256_sum {
 public:
  sha256_sum() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    check(context_ ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
  }
  void add(std::span<const std::uint8_t> bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }
  std::string hex() {
    std::array<std::uint8_t, 32> digest{};
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
    std::string text;
    for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
    return text;
  }

 private:
  static void check(int success) {
    if (success != 1) throw std::runtime_error("SHA-256 is not available in libcrypto; check its installation");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

[[noreturn]] void refuse(const std::string& where, std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", where, what));
}

std::string last_system_error() { return std::generic_category().message(errno); }

bool is_loopback(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

struct url_parts {
  std::string scheme;
  std::string host;
};

url_parts parse(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> handle(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(handle.get(), which, &text, 0) != CURLUE_OK) return std::string();
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
    return std::string(text);
  };
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    refuse(url, "is no URL; give https://HOST/PATH");
  }
  return {part(CURLUPART_SCHEME), part(CURLUPART_HOST)};
}

/// The state of libcurl's callbacks. An exception must not cross C frames: it is stored and thrown afterwards.
struct transfer {
  std::string url;
  std::ofstream out;
  const progress_function& progress;
  std::exception_ptr stopped;
};

std::size_t receive(const char* bytes, std::size_t, std::size_t size, void* data) {
  auto& job = *static_cast<transfer*>(data);
  job.out.write(bytes, static_cast<std::streamsize>(size));
  return job.out ? size : 0;
}

int report(void* data, curl_off_t total, curl_off_t received, curl_off_t, curl_off_t) {
  auto& job = *static_cast<transfer*>(data);
  if (!job.progress) return 0;
  try {
    job.progress({job.url, static_cast<std::uint64_t>(received), static_cast<std::uint64_t>(total)});
    return 0;
  } catch (...) {
    job.stopped = std::current_exception();
    return 1;
  }
}

using session = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

void set_options(CURL* curl, transfer& job, const url_parts& url, char* message) {
  curl_easy_setopt(curl, CURLOPT_URL, job.url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, most_redirects);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer would delay the end of the session far beyond the time limit.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, slowest_bytes_per_second);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, slow_seconds);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, largest_download);
  if (is_loopback(url.host)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &job);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &report);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &job);
}

std::string advice_for(CURLcode code) {
  if (code == CURLE_HTTP_RETURNED_ERROR) return "try another mirror";
  if (code == CURLE_WRITE_ERROR) return "check disk space";
  if (code == CURLE_UNSUPPORTED_PROTOCOL) return "only https is followed";
  return "check the network";
}

void run(transfer& job, const url_parts& url) {
  const session curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) refuse(job.url, "libcurl does not start; check its installation");
  std::array<char, CURL_ERROR_SIZE> message{};
  set_options(curl.get(), job, url, message.data());
  const CURLcode code = curl_easy_perform(curl.get());
  if (job.stopped) std::rethrow_exception(job.stopped);
  if (code != CURLE_OK) {
    const char* reason = message[0] != '\0' ? message.data() : curl_easy_strerror(code);
    refuse(job.url, fmt::format("cannot be fetched ({}); {}", reason, advice_for(code)));
  }
}

/// Removes an unfinished file in its destructor; after a rename there is no file to remove.
}  // namespace

std::string sha256(std::span<const std::uint8_t> bytes) {
  sha256_sum sum;
  sum.add(bytes);
  return sum.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) refuse(path.string(), "is a directory; give a file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse(path.string(), fmt::format("cannot be opened ({}); check path and permissions", last_system_error()));
  sha256_sum sum;
  std::vector<char> block(hash_block);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    sum.add({reinterpret_cast<const std::uint8_t*>(block.data()), static_cast<std::size_t>(in.gcount())});
  }
  if (in.bad()) refuse(path.string(), fmt::format("cannot be read ({})", last_system_error()));
  return sum.hex();
}

std::string sha256_of_content(const std::filesystem::path& path) {
  content_reader in(path);
  sha256_sum sum;
  std::vector<std::uint8_t> block(hash_block);
  for (std::size_t there = block.size(); there == block.size();) {
    there = in.read(block);
    sum.add(std::span(block).first(there));
  }
  return sum.hex();
}

void download(const std::string& url, const std::filesystem::path& target, const progress_function& progress) {
  const url_parts parts = parse(url);
  if (parts.scheme != "https" && !(parts.scheme == "http" && is_loopback(parts.host))) {
    refuse(url, fmt::format("{} is not allowed; give an https URL", parts.scheme));
  }
  pending_file pending(target.string(), true);
  errno = 0;
  transfer job{url, std::ofstream(pending.tmp(), std::ios::binary | std::ios::trunc), progress, nullptr};
  if (!job.out) {
    refuse(target.string(),
           fmt::format("cannot be written ({}); check directory and permissions", last_system_error()));
  }
  run(job, parts);
  errno = 0;
  job.out.close();
  if (!job.out) refuse(target.string(), fmt::format("cannot be written ({}); check disk space", last_system_error()));
  pending.commit();
}

}  // namespace firstspike
