#include "firstspike/report/run_history.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace firstspike {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> parts{""};
  for (const char c : line) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != '\r') {
      parts.back() += c;
    }
  }
  return parts;
}

double number_in(const std::string& cell, const std::string& path, std::size_t row, const std::string& column) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc{} && end == cell.data() + cell.size() && std::isfinite(value)) return value;
  throw std::runtime_error(fmt::format("{}: line {}, {} = '{}', allowed: a finite number", path, row, column, cell));
}

/// The training step in samples-STEP.png; nothing for other names.
std::optional<std::uint64_t> step_of(const std::string& name) {
  constexpr std::string_view before = "samples-", after = ".png";
  if (!name.starts_with(before) || !name.ends_with(after) || name.size() <= before.size() + after.size()) return {};
  std::uint64_t step = 0;
  const auto* last = name.data() + name.size() - after.size();
  const auto [end, error] = std::from_chars(name.data() + before.size(), last, step);
  if (error != std::errc{} || end != last) return {};
  return step;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  if (!bytes.starts_with("\x89PNG\r\n\x1a\n")) throw std::runtime_error(fmt::format("{}: is not a PNG image", path));
  return bytes;
}

}  // namespace

metrics_table read_metrics(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line))
    throw std::runtime_error(fmt::format("{}: cannot be read, or is empty", path));
  metrics_table table{cells(line), {}};
  table.columns.resize(table.names.size());
  for (std::size_t row = 2; std::getline(file, line); ++row) {
    const auto values = cells(line);
    if (values.size() != table.names.size()) {
      throw std::runtime_error(
          fmt::format("{}: line {} has {} values, needed: {}", path, row, values.size(), table.names.size()));
    }
    for (std::size_t k = 0; k < values.size(); ++k)
      table.columns[k].push_back(number_in(values[k], path, row, table.names[k]));
  }
  return table;
}

sample_grids read_sample_grids(const std::string& directory) {
  std::vector<std::pair<std::uint64_t, std::string>> all;  // step, path
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto step = step_of(entry.path().filename().string());
    if (step) all.emplace_back(*step, entry.path().string());
  }
  std::ranges::sort(all);
  sample_grids grids{{}, all.size()};
  const auto count = std::min(all.size(), most_sample_grids);
  for (std::size_t k = 0; k < count; ++k) {
    const auto& [step, path] = all[count == 1 ? 0 : k * (all.size() - 1) / (count - 1)];
    grids.kept.push_back({step, bytes_of(path)});
  }
  return grids;
}

}  // namespace firstspike
