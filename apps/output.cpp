#include "firstspike/apps/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace firstspike {
void print(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw output_closed();
    } else if (errno != EINTR) {
      throw std::runtime_error("standard output: " + std::generic_category().message(errno));
    }
  }
}

}  // namespace firstspike
