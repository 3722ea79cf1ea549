#include "firstspike/engine/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

bool is_number(const std::string& cell) {
  const auto digit = [&](std::size_t i) {
    return i < cell.size() && std::isdigit(static_cast<unsigned char>(cell[i]));
  };
  return digit(0) || (cell.starts_with('-') && digit(1));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool goes_on(char c) { return (c & 0xC0) == 0x80; }

/// Length of the UTF-8 character at the start [bytes]; 0 where there is none: overlong, a surrogate, beyond U+10FFFF.
std::size_t character_at_start(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!goes_on(text[i])) return 0;
  }
  const bool wrong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
                     (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F);
  return wrong ? 0 : length;
}

/// Whether a whole character may be shown: not C0, DEL and C1, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069.
bool shows(std::string_view character) {
  const auto last = static_cast<unsigned char>(character.back());
  if (character.size() == 1) return !is_control(character[0]);
  if (character.size() == 2) return character[0] != '\xC2' || last > 0x9F;
  if (character.starts_with("\xE2\x80")) return last != 0x8E && last != 0x8F && (last < 0xA8 || last > 0xAE);
  return !character.starts_with("\xE2\x81") || last < 0xA6 || last > 0xA9;
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return text;
}

enum class typed_as : std::uint8_t { plain, quoted, escaped };

/// Calls visit(index, typed_as) for each character of a typed name but quotes that open and close and backslashes
/// before a character; returns whether something is left open.
template <class Visit>
bool for_each_typed(std::string_view typed, const Visit& visit) {
  bool inside = false;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] == '"') {
      inside = !inside;
    } else if (typed[i] == '\\') {
      if (++i == typed.size()) return true;
      visit(i, typed_as::escaped);
    } else {
      visit(i, inside ? typed_as::quoted : typed_as::plain);
    }
  }
  return inside;
}

std::optional<char> hexadecimal_byte(std::string_view digits) {
  if (digits.size() < 2 || !std::isxdigit(static_cast<unsigned char>(digits[0])) ||
      !std::isxdigit(static_cast<unsigned char>(digits[1]))) {
    return {};
  }
  return static_cast<char>(std::stoi(std::string(digits.substr(0, 2)), nullptr, 16));
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
  auto cells = rows;
  for (auto& row : cells) {
    for (auto& cell : row) cell = printable(cell);
  }
  std::vector<column> columns;
  for (std::size_t r = 0; r < cells.size(); ++r) {
    columns.resize(std::max(columns.size(), cells[r].size()));
    for (std::size_t c = 0; c < cells[r].size(); ++c) {
      const auto& cell = cells[r][c];
      columns[c].width = std::max(columns[c].width, columns_of(cell));
      if (r > 0 || !heading) columns[c].numbers = columns[c].numbers && is_number(cell);
    }
  }
  std::string text;
  for (const auto& row : cells) {
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

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !goes_on(c) && !is_control(c); }));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::vector<std::string> units;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word[0] == '%' && !units.empty()) {
      units.back() += " " + word;
    } else {
      units.push_back(word);
    }
  }
  std::string lines;
  std::size_t column = indent;
  for (const auto& unit : units) {
    const auto columns = columns_of(unit);
    if (column > indent && column + 1 + columns > width) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    }
    lines += (column > indent ? " " : "") + unit;
    column += (column > indent ? 1 : 0) + columns;
  }
  return lines;
}

std::string fitted(std::string_view text, std::size_t width) {
  std::string all;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    all += columns_of(line) > width ? wrapped(line, 2, width) : std::string(line);
    if (end < text.size()) all += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

std::string printable(std::string_view text, std::string_view kept) {
  std::string shown;
  while (!text.empty()) {
    const auto length = character_at_start(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    const bool stays =
        length > 0 && (shows(character) || (length == 1 && kept.find(text[0]) != std::string_view::npos));
    shown += stays ? std::string(character) : hexadecimal(character);
    text.remove_prefix(character.size());
  }
  return shown;
}

int decimals_for(std::span<const double> values) {
  constexpr int least = 3, most = 9, all = 17;
  for (int decimals = least; decimals <= most; ++decimals) {
    std::map<std::string, double> value_of{{"0", 0}, {"-0", 0}};
    const auto tells_apart = [&](double value) {
      return !std::isfinite(value) || value_of.try_emplace(decimal_text(value, decimals), value).first->second == value;
    };
    if (std::ranges::all_of(values, tells_apart)) return decimals;
  }
  return all;
}

std::string decimal_text(double value, int decimals) {
  auto exact = fmt::format("{}", value);
  if (decimals >= 17 || !std::isfinite(value)) return exact;
  auto text = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text.size() < exact.size() ? text : exact;
}

std::string quoted_name(std::string_view name, std::string_view special) {
  constexpr std::string_view always = " \"\\#,";
  const auto shown = printable(name);
  const bool plain = !name.empty() && shown == name && name.find_first_of(always) == std::string_view::npos &&
                     name.find_first_of(special) == std::string_view::npos;
  if (plain) return shown;
  std::string inner;
  for (const char c : name) inner += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  return fmt::format("\"{}\"", printable(inner));
}

std::string unquoted(std::string_view typed) {
  std::string name;
  std::size_t after = 0;  // what was read as a hexadecimal number
  const bool open = for_each_typed(typed, [&](std::size_t i, typed_as how) {
    if (i < after) return;
    const bool number = how == typed_as::escaped && typed[i] == 'x';
    const auto byte = number ? hexadecimal_byte(typed.substr(i + 1)) : std::nullopt;
    name += byte.value_or(typed[i]);
    if (byte) after = i + 3;
  });
  require(!open, "'{}' does not end, allowed: quotes in pairs, and a character after a backslash", typed);
  return name;
}

std::size_t find_unquoted(std::string_view typed, std::string_view characters) {
  auto found = std::string_view::npos;
  for_each_typed(typed, [&](std::size_t i, typed_as how) {
    if (how == typed_as::plain && found == std::string_view::npos &&
        characters.find(typed[i]) != std::string_view::npos)
      found = i;
  });
  return found;
}

std::size_t rfind_unquoted(std::string_view typed, std::string_view characters) {
  auto found = std::string_view::npos;
  for_each_typed(typed, [&](std::size_t i, typed_as how) {
    if (how == typed_as::plain && characters.find(typed[i]) != std::string_view::npos) found = i;
  });
  return found;
}

std::vector<std::string> split_unquoted(std::string_view typed, std::string_view separators) {
  std::vector<std::string> parts;
  for (auto end = find_unquoted(typed, separators); end != std::string_view::npos;
       end = find_unquoted(typed, separators)) {
    parts.emplace_back(typed.substr(0, end));
    typed.remove_prefix(end + 1);
  }
  parts.emplace_back(typed);
  return parts;
}

}  // namespace firstspike
