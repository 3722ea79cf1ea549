#include "firstspike/traces/run_metadata.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace firstspike {

std::string metadata_text(const metadata_value& metadata) {
  return std::visit([](const auto& value) { return fmt::format("{}", value); }, metadata);
}

std::string labels_text(std::span<const std::uint8_t> labels) { return fmt::format("{}", fmt::join(labels, ",")); }

std::vector<std::uint8_t> labels_from(const std::string& path, const std::string& text) {
  std::vector<std::uint8_t> labels;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
    std::uint8_t label = 0;
    const auto [end, error] = std::from_chars(at, text.data() + text.size(), label);
    if (error != std::errc{}) {
      throw std::runtime_error(fmt::format("{}: attribute labels = '{}', allowed: labels below 256", path, text));
    }
    labels.push_back(label);
    at = end;
  }
  return labels;
}

std::optional<std::vector<std::uint8_t>> recorded_labels(const std::string& path, const run_metadata& metadata) {
  const auto found = metadata.find("labels");
  if (found == metadata.end() || !std::holds_alternative<std::string>(found->second)) return std::nullopt;
  return labels_from(path, std::get<std::string>(found->second));
}

}  // namespace firstspike
