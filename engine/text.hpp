// Numbers and lists in messages.
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

}  // namespace firstspike
