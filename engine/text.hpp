// Numbers, lists and tables in texts for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firstspike {

/// "12,345,678".
inline std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3;) text.insert(end -= 3, 1, ',');
  return text;
}

/// "a, b, c".
inline std::string joined(const std::vector<std::string>& texts, std::string_view between = ", ") {
  std::string all;
  for (const auto& text : texts) {
    if (&text != &texts.front()) all += between;
    all += text;
  }
  return all;
}

/// "1 h 02 min", "3 min 05 s", "12 s", "0.3 s", "4.5 ms".
std::string duration_text(double seconds);

/// Text in columns: those that hold numbers only (what starts with a digit, or '-' and a digit) to the right, all else
/// to the left. The first row is the heading, if `heading` is set.
std::string table_text(const std::vector<std::vector<std::string>>& rows, bool heading = true);

}  // namespace firstspike
