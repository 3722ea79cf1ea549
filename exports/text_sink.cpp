#include "firstspike/exports/text_sink.hpp"

#include <fmt/core.h>

#include <fstream>
#include <stdexcept>

#include "firstspike/engine/pending_file.hpp"

namespace firstspike {

void write_text_file(const std::string& path, bool overwrite, const std::function<void(const text_sink&)>& write) {
  pending_file pending(path, overwrite);
  std::ofstream file(pending.tmp(), std::ios::binary | std::ios::trunc);
  write([&](std::string_view text) {
    if (!(file << text)) throw std::runtime_error(fmt::format("{}: cannot be written; is the disk full?", path));
  });
  file.close();
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be written", path));
  pending.commit();
}

}  // namespace firstspike
