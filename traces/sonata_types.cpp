#include "firstspike/traces/sonata_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "firstspike/traces/hdf5_read.hpp"

namespace firstspike {
namespace {

// Values of one line, separated by one space each. In quotes, a space belongs to the value, and "" is a quote.
std::vector<std::string> split_types_line(const std::string& line) {
  std::vector<std::string> values(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      values.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ' ' && !quoted) {
      values.emplace_back();
    } else {
      values.back() += line[i];
    }
  }
  return values;
}

std::int64_t type_id_from(const std::string& where, const std::string& text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc{} && end == text.data() + text.size()) return id;
  throw std::runtime_error(fmt::format("{} = '{}', allowed: whole numbers", where, text));
}

std::optional<std::size_t> find_column(const std::vector<std::string>& columns, const std::string& name) {
  const auto at = std::ranges::find(columns, name);
  if (at == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(at - columns.begin());
}

// The next line that is not empty, without spaces and line end characters at its end.
bool next_line(std::istream& file, std::string& line, std::size_t& number) {
  while (std::getline(file, line)) {
    ++number;
    line.resize(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty()) return true;
  }
  return false;
}

}  // namespace

sonata_types read_sonata_types(const std::string& path, const std::string& kind, const std::string& population) {
  sonata_types types{path, {}, {}};
  if (path.empty()) return types;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw std::runtime_error(path + ": cannot be read");
  std::string line;
  std::size_t number = 0;
  if (next_line(file, line, number)) types.columns = split_types_line(line);
  const auto id_name = kind + "_type_id";
  const auto id_column = find_column(types.columns, id_name);
  if (!id_column) {
    throw std::runtime_error(
        fmt::format("{}: line 1: no column {}, needed; columns are separated by one space each", path, id_name));
  }
  const auto population_column = find_column(types.columns, "population");
  while (next_line(file, line, number)) {
    const auto where = fmt::format("{}: line {}", path, number);
    auto values = split_types_line(line);
    if (values.size() > types.columns.size() || values.size() <= *id_column) {
      throw std::runtime_error(fmt::format("{} has {} values, needed: one for each of {} columns", where, values.size(),
                                           types.columns.size()));
    }
    if (population_column && *population_column < values.size() && values[*population_column] != population) continue;
    const auto id = type_id_from(fmt::format("{}: {}", where, id_name), values[*id_column]);
    if (!types.rows.emplace(id, std::move(values)).second) {
      throw std::runtime_error(fmt::format("{}: {} = {}, which an earlier line has", where, id_name, id));
    }
  }
  return types;
}

std::optional<std::string> find_type_value(const sonata_types& types, std::int64_t id, const std::string& column) {
  const auto at = find_column(types.columns, column);
  const auto row = types.rows.find(id);
  if (!at || row == types.rows.end() || *at >= row->second.size()) return std::nullopt;
  const auto& value = row->second[*at];
  for (const auto* missing : {"", "NULL", "NONE", "None", "NaN", "nan"}) {
    if (value == missing) return std::nullopt;
  }
  return value;
}

void check_sonata(const hdf5_object& root) {
  constexpr std::uint32_t sonata = 0x0A7A;
  const auto magic = find_attribute<std::uint32_t>(root, "magic");
  if (magic && *magic != sonata) {
    refuse(root, fmt::format("attribute magic = {:#x}, SONATA's is {:#x}", *magic, sonata));
  }
  const auto version = find_whole_numbers(root, "version");
  if (!version.empty() && version.front() != 0) {
    refuse(root, fmt::format("attribute version = {}, known: 0, 1; convert the file", fmt::join(version, ", ")));
  }
}

}  // namespace firstspike
