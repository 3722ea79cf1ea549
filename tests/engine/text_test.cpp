// Texts for people: what may be shown, names in quotes, numbers as short as tells them apart, lines that fit.
#include "firstspike/engine/text.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "firstspike/tests/refusal.hpp"

namespace firstspike {
namespace {

TEST_CASE("text: control characters and what is no UTF-8 are shown as numbers") {
  CHECK(printable("plain, é, €, 𝄞") == "plain, é, €, 𝄞");
  CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(printable(std::string_view("\0\t\n\r\x7f", 5)) == "\\x00\\x09\\x0a\\x0d\\x7f");
  CHECK(printable("a\tb\nc", "\n") == "a\\x09b\nc");
  CHECK(printable("\xc2\x80\xc2\x9f\xc2\xa0") == "\\xc2\\x80\\xc2\\x9f\xc2\xa0");  // C1, and a space that is none
  CHECK(printable("\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6") == "\\xe2\\x80\\xae\\xe2\\x80\\xa8\\xe2\\x81\\xa6");
  CHECK(printable("\xe2\x80\x93\xe2\x81\x84") == "\xe2\x80\x93\xe2\x81\x84");  // a dash, a fraction slash
}

TEST_CASE("text: bytes that begin no character, or an overlong one, are shown as numbers") {
  CHECK(printable("a\xff\x80z") == "a\\xff\\x80z");
  CHECK(printable("\xc3") == "\\xc3");           // cut
  CHECK(printable("\xc3z") == "\\xc3z");         // broken off
  CHECK(printable("\xc0\x9b") == "\\xc0\\x9b");  // an overlong ESC
  CHECK(printable("\xe0\x80\x9b") == "\\xe0\\x80\\x9b");
  CHECK(printable("\xf0\x80\x80\x9b") == "\\xf0\\x80\\x80\\x9b");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
}

TEST_CASE("text: a quoted name reads back as the name, for every byte") {
  for (int c = 0; c < 256; ++c) {
    const std::string name{'a', static_cast<char>(c), 'b'};
    CAPTURE(c);
    CHECK(unquoted(quoted_name(name)) == name);
    CHECK(printable(quoted_name(name)) == quoted_name(name));
    CHECK(find_unquoted(quoted_name(name), " \"#,") == std::string_view::npos);
  }
  CHECK(unquoted(quoted_name("")).empty());
  for (const auto* name : {"\\x1b", "\"\\", "\\\"", "a b \\", "x1b"}) CHECK(unquoted(quoted_name(name)) == name);
  CHECK(quoted_name("hidden") == "hidden");
  CHECK(quoted_name("a:b") == "a:b");
  CHECK(quoted_name("a:b", ":") == "\"a:b\"");
  CHECK(quoted_name("say \"x\"") == "\"say \\\"x\\\"\"");
}

TEST_CASE("text: quotes and backslashes stand anywhere in a word, and must end") {
  CHECK(unquoted("my\" \"layer") == "my layer");
  CHECK(unquoted("my\\ layer") == "my layer");
  CHECK(unquoted("\\x41\\x4") == "Ax4");
  CHECK(unquoted("\\\\x41") == "\\x41");
  CHECK(refusal([] { unquoted("\"a"); }).find("'\"a' does not end, allowed: ") == 0);
  CHECK(refusal([] { unquoted("a\\"); }).find("does not end") != std::string::npos);
  using parts = std::vector<std::string>;
  CHECK(split_unquoted("a,\"b,c\",d\\,e,", ",") == parts{"a", "\"b,c\"", "d\\,e", ""});
  CHECK(rfind_unquoted("a:\"b:c\":3", ":") == 7);
  CHECK(find_unquoted("a:\"b:c\":3", ":") == 1);
  CHECK(rfind_unquoted("\"b:c\"", ":") == std::string_view::npos);
}

TEST_CASE("text: numbers have as many decimals as tell them apart, 3 at least") {
  const auto decimals = [](std::vector<double> values) { return decimals_for(values); };
  CHECK(decimals({}) == 3);
  CHECK(decimals({1.00001, 2}) == 3);
  CHECK(decimals({1.00001, 1.00001}) == 3);
  CHECK(decimals({1.00001, 1.00002}) == 5);
  CHECK(decimals({0.00001}) == 5);  // not "0"
  CHECK(decimals({-0.0001, 0}) == 4);
  CHECK(decimals({1e-12}) == 17);
  CHECK(decimals({1, std::numeric_limits<double>::infinity()}) == 3);
  CHECK(decimal_text(462.7420959472656, 3) == "462.742");
  CHECK(decimal_text(20, 3) == "20");
  CHECK(decimal_text(20.5, 3) == "20.5");
  CHECK(decimal_text(1.0 / 3, 17) == "0.3333333333333333");
  CHECK(decimal_text(1e300, 3) == "1e+300");
  CHECK(decimal_text(1000, 0) == "1000");
}

TEST_CASE("text: lines that are too long are wrapped, and columns count characters") {
  CHECK(columns_of("é\x0e"
                   "x") == 2);
  CHECK(fitted("short\n\na  b\n", 8) == "short\n\na  b\n");
  CHECK(fitted("one two three\nx", 8) == "one\n  two\n  three\nx");
  CHECK(wrapped("one two three", 2, 12) == "one two\n  three");
  CHECK(wrapped("one two 3 %, x", 2, 11) == "one two\n  3 %, x");
}

TEST_CASE("text: cells of a table are shown on one line, in columns") {
  CHECK(table_text({{"layer", "spikes"}, {"a\nb", "7"}, {"\x1b", "12"}}) ==
        "layer   spikes\na\\x0ab       7\n\\x1b        12\n");
}

}  // namespace
}  // namespace firstspike
