// Standard output with --json.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace firstspike {

/// Keys keep the order in which they were put in.
using json_object = nlohmann::ordered_json;

/// The one JSON object of a command, on one line, in ASCII: no name controls a terminal. Numbers are the shortest text
/// that reads back the same; NaN and infinity are null.
void print_json(const json_object& object);

/// The result of a command: that object with `json`, else the text.
void print_result(bool json, const json_object& object, std::string_view text);

}  // namespace firstspike
