#include "firstspike/engine/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>

namespace firstspike {
namespace {

bool is_number(const std::string& cell) {
  const auto digit = [&](std::size_t i) {
    return i < cell.size() && std::isdigit(static_cast<unsigned char>(cell[i]));
  };
  return digit(0) || (cell.starts_with('-') && digit(1));
}

/// Columns on the screen: bytes that go on with a UTF-8 character take none.
std::size_t columns_of(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 0.0995) return fmt::format("{:.2g} ms", 1000 * seconds);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string table_text(const std::vector<std::vector<std::string>>& rows, bool heading) {
  struct column {
    std::size_t width = 0;
    bool numbers = true;
  };
  std::vector<column> columns;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    columns.resize(std::max(columns.size(), rows[r].size()));
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const auto& cell = rows[r][c];
      columns[c].width = std::max(columns[c].width, columns_of(cell));
      if (r > 0 || !heading) columns[c].numbers = columns[c].numbers && is_number(cell);
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(columns[c].width - columns_of(row[c]), ' ');
      if (c > 0) line += "  ";
      line += columns[c].numbers ? padding + row[c] : row[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace firstspike
