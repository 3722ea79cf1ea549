#include "firstspike/apps/report_page.hpp"

#include <string_view>

#include "firstspike/apps/report_template.hpp"

namespace firstspike {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// JSON in a script element, which ends at the first "</script" whatever quotes it stands in. '<' occurs in strings
/// only.
std::string inside_script(const json_object& data) {
  std::string result;
  for (const char c : data.dump(-1, ' ', false, json_object::error_handler_t::replace)) {
    if (c == '<') {
      result += "\\u003c";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string report_page(const std::string& title, const json_object& data) {
  const auto page = report_template();
  std::string result;
  result += page.before_title;
  result += escaped(title);
  result += page.before_data;
  result += inside_script(data);
  result += page.after_data;
  return result;
}

}  // namespace firstspike
