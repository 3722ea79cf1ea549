#include "firstspike/exports/text_sink.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "firstspike/engine/pending_file.hpp"

namespace firstspike {

void write_text_file(const std::string& path, bool overwrite, const std::function<void(const text_sink&)>& write) {
  pending_file pending(path, overwrite);
  std::ofstream file(pending.tmp(), std::ios::binary | std::ios::trunc);
  errno = 0;
  const auto check = [&] {
    if (!file)
      throw std::runtime_error(fmt::format("{}: cannot be written completely: {}", path, std::strerror(errno)));
  };
  write([&](std::string_view text) {
    file << text;
    check();
  });
  file.close();
  check();
  pending.commit();
}

}  // namespace firstspike
