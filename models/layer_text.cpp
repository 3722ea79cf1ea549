#include "firstspike/models/layer_text.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

using words = std::vector<std::string_view>;

words split(std::string_view text, std::string_view separators) {
  words parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// One item between two slashes.
struct item {
  std::string_view text;
  words parts;  // not empty

  [[noreturn]] void refuse(const std::string& why) const {
    throw std::invalid_argument(fmt::format("layers: '{}': {}", text, why));
  }
  [[noreturn]] void refuse_form() const {
    refuse(
        "allowed: dense N, dense ROWSxCOLUMNSxCHANNELS, conv CxK [stride S] [padding P], conv_transpose CxK [stride S] "
        "[padding P], pool N, flatten; separated by /");
  }
  std::uint32_t number(std::string_view word, std::uint32_t least) const {
    constexpr std::uint32_t most = 1u << 16;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error == std::errc::invalid_argument || end != word.data() + word.size()) refuse_form();
    if (error != std::errc() || value < least || value > most) {
      refuse(fmt::format("{} is not allowed: {} to {}", word, least, most));
    }
    return value;
  }
  // "16x5": as many numbers as one of `counts`.
  std::vector<std::uint32_t> sizes(std::initializer_list<std::size_t> counts) const {
    if (parts.size() < 2) refuse_form();
    std::vector<std::uint32_t> values;
    for (const auto word : split(parts[1], "x")) values.push_back(number(word, 1));
    if (std::ranges::find(counts, values.size()) == counts.end()) refuse_form();
    return values;
  }
  bool is_neurons() const { return parts[0] != "pool" && parts[0] != "flatten"; }
};

convolution read_convolution(const item& it) {
  convolution c;
  c.kernel_rows = c.kernel_columns = it.sizes({2})[1];
  c.transposed = it.parts[0] == "conv_transpose";
  for (std::size_t k = 2; k < it.parts.size(); k += 2) {
    if (k + 1 == it.parts.size()) it.refuse_form();
    if (it.parts[k] == "stride") {
      c.stride = it.number(it.parts[k + 1], 1);
    } else if (it.parts[k] == "padding") {
      c.padding = it.number(it.parts[k + 1], 0);
    } else {
      it.refuse_form();
    }
  }
  return c;
}

void check_form(const item& it) {
  const auto kind = it.parts[0];
  if (kind == "conv" || kind == "conv_transpose") {
    read_convolution(it);
    return;
  }
  if (kind == "dense")
    it.sizes({1, 3});
  else if (kind == "pool")
    it.sizes({1});
  else if (kind != "flatten")
    it.refuse_form();
  if (it.parts.size() != (kind == "flatten" ? 1 : 2)) it.refuse_form();
}

std::vector<item> items_of(std::string_view text) {
  std::vector<item> items;
  for (const auto part : split(text, "/")) {
    item it{part, split(part, " \t")};
    std::erase(it.parts, "");
    while (!it.text.empty() && it.text.front() == ' ') it.text.remove_prefix(1);
    while (!it.text.empty() && it.text.back() == ' ') it.text.remove_suffix(1);
    if (it.parts.empty()) it.refuse_form();
    check_form(it);
    items.push_back(std::move(it));
  }
  return items;
}

// The layer that the next item is placed behind.
struct place {
  grid shape{};
  std::uint32_t pool = 1;  // before the next layer
};

// All neurons of the pooled grid.
placed_layer place_dense(place& at, std::uint32_t size, const grid& shape) {
  placed_layer made{size, shape};
  if (at.pool > 1) {
    const auto small = pooled({.pool = at.pool}, at.shape);
    made.shared = convolution{.kernel_rows = small.rows, .kernel_columns = small.columns, .pool = at.pool};
    made.shape = {1, 1, size};
  }
  at = {shape, 1};
  return made;
}

placed_layer place_convolution(place& at, const item& it) {
  if (at.shape.size() == 0) {
    it.refuse("the layer before has no grid, needed: an image, conv, or dense ROWSxCOLUMNSxCHANNELS");
  }
  auto c = read_convolution(it);
  c.pool = at.pool;
  try {
    at = {grid_after(c, at.shape, it.sizes({2})[0]), 1};
  } catch (const std::invalid_argument& e) {
    it.refuse(e.what());
  }
  if (at.shape.size() > 0xffffffffu) it.refuse("more than 2^32 - 1 neurons");
  return {static_cast<std::uint32_t>(at.shape.size()), at.shape, c};
}

}  // namespace

std::size_t count_layers(std::string_view text) {
  const auto items = items_of(text);
  return static_cast<std::size_t>(std::ranges::count_if(items, &item::is_neurons));
}

bool begins_dense(std::string_view text) { return items_of(text).front().parts[0] == "dense"; }

std::vector<placed_layer> place_layers(std::string_view text, const grid& input, std::uint32_t last,
                                       const grid& last_shape) {
  std::vector<placed_layer> layers;
  place at{input};
  for (const auto& it : items_of(text)) {
    if (it.parts[0] == "dense") {
      const auto sizes = it.sizes({1, 3});
      const auto shape = sizes.size() == 3 ? grid{sizes[0], sizes[1], sizes[2]} : grid{};
      const auto size = sizes.size() == 3 ? shape.size() : sizes[0];
      if (size > 0xffffffffu) it.refuse("more than 2^32 - 1 neurons");
      if (at.pool > 1 && shape.size() > 0) it.refuse("a grid after a pool is not supported, allowed: dense N");
      layers.push_back(place_dense(at, static_cast<std::uint32_t>(size), shape));
    } else if (it.parts[0] == "pool") {
      if (at.shape.size() == 0) it.refuse("the layer before has no grid, needed: an image, conv, or a dense grid");
      const auto pool = std::uint64_t{at.pool} * it.sizes({1})[0];
      if (pool > std::min(at.shape.rows, at.shape.columns)) {
        it.refuse(fmt::format("the window does not fit into a grid of {} x {}", at.shape.rows, at.shape.columns));
      }
      at.pool = static_cast<std::uint32_t>(pool);
    } else if (it.parts[0] != "flatten") {
      layers.push_back(place_convolution(at, it));
    } else if (at.shape.size() == 0) {
      it.refuse("the layer before has no grid");
    }
  }
  const bool is_last = last_shape.size() > 0 && at.shape == last_shape && at.pool == 1 && !layers.empty();
  if (!is_last) layers.push_back(place_dense(at, last, {}));
  return layers;
}

}  // namespace firstspike
