#include "firstspike/tests/data/loopback.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace firstspike::testing {
namespace {

int listen_on_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 16) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  return listener;
}

std::string base_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
}

}  // namespace

loopback_server::loopback_server(std::map<std::string, std::string> responses)
    : responses_(std::move(responses)),
      listener_(listen_on_loopback()),
      base_(base_of(listener_)),
      thread_([this] { serve(); }) {}

loopback_server::~loopback_server() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::vector<std::string> loopback_server::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void loopback_server::serve() {
  while (!stopping_) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    answer(connection);
    close(connection);
  }
}

void loopback_server::answer(int connection) {
  std::string request;
  while (request.find("\r\n\r\n") == request.npos) {
    char block[4096];
    const auto got = recv(connection, block, sizeof block, 0);
    if (got <= 0) return;
    request.append(block, static_cast<std::size_t>(got));
  }
  const auto start = request.find(' ') + 1;
  const std::string path = request.substr(start, request.find(' ', start) - start);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(path);
  }
  const auto found = responses_.find(path);
  const std::string response = found != responses_.end()
                                   ? found->second
                                   : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  for (std::size_t sent = 0; sent < response.size();) {
    const auto more = send(connection, response.data() + sent, response.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return;
    sent += static_cast<std::size_t>(more);
  }
}

std::string ok_response(const std::string& body, std::size_t missing) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.size() + missing,
                     body);
}

std::string redirect_response(const std::string& url) {
  return fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", url);
}

std::string closed_base() {
  const int listener = listen_on_loopback();
  const auto base = base_of(listener);
  close(listener);
  return base;
}

}  // namespace firstspike::testing
