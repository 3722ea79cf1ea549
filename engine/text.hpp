// Numbers, lists and tables in texts for people.
#pragma once

#include <cstdint>
#include <span>
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
/// to the left. The first row is the heading, if `heading` is set. Cells are printable().
std::string table_text(const std::vector<std::vector<std::string>>& rows, bool heading = true);

/// Columns that UTF-8 text takes on a screen; control characters take none.
std::size_t columns_of(std::string_view text);

/// Words of `text`, in lines of at most `width` columns where words are not longer, each but the first indented by
/// `indent`. A '%' stays with its number.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

/// Lines of more than `width` columns are wrapped, with an indent of 2; others stay as they are.
std::string fitted(std::string_view text, std::size_t width);

/// Text that cannot control a terminal: each byte of a control character (C0, DEL, C1), of a character that separates
/// lines or turns the direction of writing, and of what is no UTF-8 becomes its number, such as "\x07". Characters in
/// `kept` stay.
std::string printable(std::string_view text, std::string_view kept = {});

/// The fewest decimals, 3 to 9, at which finite values that differ have texts that differ, and none but 0 is "0"; 17
/// where 9 are not enough.
int decimals_for(std::span<const double> values);
/// A number with at most so many decimals, without zeros at the end: "20", "20.5"; all digits with 17 decimals, or
/// where they are shorter.
std::string decimal_text(double value, int decimals);

// Names as a person types them. A backslash takes the special meaning from the next character, as double quotes do for
// all but '"' and the backslash; \xHH is the byte of that hexadecimal number.

/// A name in that form: as it is, or in quotes where it is empty, not printable() or has a space, '"', '\\', '#', ','
/// or one of `special`.
std::string quoted_name(std::string_view name, std::string_view special = {});
/// The name that was typed. Throws std::invalid_argument, one line, where a quote is not closed or nothing follows a
/// backslash.
std::string unquoted(std::string_view typed);
/// Index of the first, or last, of these characters that is not quoted; npos where there is none.
std::size_t find_unquoted(std::string_view typed, std::string_view characters);
std::size_t rfind_unquoted(std::string_view typed, std::string_view characters);
/// The parts between such characters, still in quotes.
std::vector<std::string> split_unquoted(std::string_view typed, std::string_view separators);

}  // namespace firstspike
