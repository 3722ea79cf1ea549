#include "firstspike/apps/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "firstspike/inspect/result_text.hpp"

namespace firstspike {

bool takes_escapes(int file) {
  const char* kind = std::getenv("TERM");
  return isatty(file) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

bool has_colour(int file) {
  const char* none = std::getenv("NO_COLOR");
  return takes_escapes(file) && (none == nullptr || *none == '\0');
}

void print(std::string_view text) {
  const bool bold = has_colour(STDOUT_FILENO);
  std::string shown;
  for (const char c : printable(text, "\n\t\x0e\x0f")) {
    if (c != emphasis::begin && c != emphasis::end) {
      shown += c;
    } else if (bold) {
      shown += c == emphasis::begin ? "\x1b[1m" : "\x1b[0m";
    }
  }
  print_raw(shown);
}

void print_raw(std::string_view text) {
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
