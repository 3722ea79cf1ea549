// A web server on 127.0.0.1 for the tests of downloads.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace firstspike::testing {

/// Answers each GET with the whole response given for its path, or with 404.
class loopback_server {
 public:
  explicit loopback_server(std::map<std::string, std::string> responses);
  loopback_server(const loopback_server&) = delete;
  loopback_server& operator=(const loopback_server&) = delete;
  ~loopback_server();

  /// "http://127.0.0.1:PORT/"
  const std::string& base() const { return base_; }
  /// Paths requested so far.
  std::vector<std::string> requests() const;

 private:
  void serve();
  void answer(int connection);

  std::map<std::string, std::string> responses_;
  int listener_ = -1;
  std::string base_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// A response of status 200 with this body; `missing` bytes are declared but not sent.
std::string ok_response(const std::string& body, std::size_t missing = 0);

/// A response that redirects to a URL.
std::string redirect_response(const std::string& url);

/// "http://127.0.0.1:PORT/" without a server.
std::string closed_base();

}  // namespace firstspike::testing
