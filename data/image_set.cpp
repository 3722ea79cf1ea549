#include "firstspike/data/image_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "firstspike/engine/require.hpp"

namespace firstspike {

image_set images_between(const image_set& set, std::size_t first, std::size_t end) {
  require(first <= end && end <= set.count, "images {}:{}, allowed: within 0:{}", first, end, set.count);
  const auto part = [&](const std::vector<std::uint8_t>& all, std::size_t each) {
    const auto bytes = std::span(all).subspan(first * each, (end - first) * each);
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  };
  return {end - first, set.rows, set.columns, part(set.pixels, pixels_per_image(set)),
          part(set.labels, set.labels.empty() ? 0 : 1)};
}

std::vector<std::uint8_t> classes_of(std::span<const std::uint8_t> labels) {
  const std::set<std::uint8_t> distinct(labels.begin(), labels.end());
  return {distinct.begin(), distinct.end()};
}

std::size_t class_index(std::span<const std::uint8_t> classes, std::uint8_t label) {
  const auto found = std::ranges::find(classes, label);
  require(found != classes.end(), "label {}, allowed: {}", label, fmt::join(classes, ", "));
  return static_cast<std::size_t>(found - classes.begin());
}

}  // namespace firstspike
