#include "firstspike/traces/nir_linear.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/nir_order.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t largest_signal = std::uint64_t{1} << 26;

std::string shape_text(const std::vector<std::uint64_t>& shape) { return fmt::format("{}", shape); }

// All entries, in row-major order.
hdf5_array<double> read_finite(const hdf5_object& node, const std::string& field) {
  auto array = read_dataset<double>(node, field);
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    if (std::isfinite(array.values[i])) continue;
    refuse(node, field, fmt::format("entry {} = {}, allowed: finite", i, array.values[i]));
  }
  return array;
}

bool is_stored_single(const hdf5_object& node, const std::string& field) { return stored_type(node, field) != "f64"; }

nir_linear read_matrix(const hdf5_object& node, bool is_affine, const std::vector<std::uint64_t>& shape) {
  const auto weight = read_finite(node, "weight");
  if (weight.shape.size() != 2) refuse(node, "weight", fmt::format("has rank {}, needed: 2", weight.shape.size()));
  const auto in = nir_size(node, "weight", shape), out = weight.shape[0];
  if (out == 0 || weight.shape[1] != in) {
    refuse(node, "weight",
           fmt::format("has shape {}, needed: (out, in) = [1 or more, {}]", shape_text(weight.shape), in));
  }
  nir_linear map{{out}, out, {}, is_stored_single(node, "weight"), {}};
  map.is_matrix = true;
  if (is_affine) {
    map.bias = read_finite(node, "bias").values;
    map.single_precision = map.single_precision && is_stored_single(node, "bias");
    if (map.bias.size() == 1) map.bias.resize(out, map.bias.front());
    if (map.bias.size() != out) {
      refuse(node, "bias", fmt::format("has {} entries, needed: {}, or 1", map.bias.size(), out));
    }
  }
  const auto columns = std::make_shared<std::vector<double>>(weight.values.size());  // [in][out]
  for (std::uint64_t o = 0; o < out; ++o) {
    for (std::uint64_t i = 0; i < in; ++i) (*columns)[i * out + o] = weight.values[o * in + i];
  }
  map.apply = [columns, out](const std::vector<double>& x) {
    std::vector<double> y(out);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] == 0) continue;
      for (std::uint64_t o = 0; o < out; ++o) y[o] += x[i] * (*columns)[i * out + o];
    }
    return y;
  };
  return map;
}

nir_linear read_scale(const hdf5_object& node, const std::vector<std::uint64_t>& shape) {
  auto scale = read_finite(node, "scale").values;
  const auto size = nir_size(node, "scale", shape);
  if (scale.size() == 1) scale.resize(size, scale.front());
  if (scale.size() != size) refuse(node, "scale", fmt::format("has {} entries, needed: {}, or 1", scale.size(), size));
  nir_linear map{shape, size, {}, is_stored_single(node, "scale"), {}};
  map.apply = [scale = std::move(scale)](std::vector<double> x) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= scale[i];
    return x;
  };
  return map;
}

// Row-major order stays, so only the shape changes.
nir_linear read_flatten(const hdf5_object& node, const std::vector<std::uint64_t>& shape) {
  const auto size = nir_size(node, "type", shape);
  if (has_member(node, "input_type")) {
    const auto stored = read_dataset<std::uint64_t>(node, "input_type").values;
    if (nir_size(node, "input_type", stored) != size) {
      refuse(node, "input_type", fmt::format("is {}, but {} signals lead to it", shape_text(stored), size));
    }
  }
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto dimension = [&](const std::string& field) {
    const auto stored = read_scalar<std::int64_t>(node, field);
    const auto d = stored < 0 ? stored + rank : stored;
    if (d >= 0 && d < rank) return static_cast<std::ptrdiff_t>(d);
    // Some tools count the dimension of the batch, which the graph does not have.
    if (d == rank && field == "start_dim") return static_cast<std::ptrdiff_t>(rank - 1);
    refuse(node, field, fmt::format("is {}, allowed: {} to {}", stored, -rank, rank - 1));
  };
  const auto first = dimension("start_dim"), last = dimension("end_dim");
  if (first > last) refuse(node, "start_dim", fmt::format("is {}, allowed: up to end_dim = {}", first, last));
  std::vector<std::uint64_t> flat(shape.begin(), shape.begin() + first);
  flat.push_back(1);
  for (auto d = first; d <= last; ++d) flat.back() *= shape[static_cast<std::size_t>(d)];
  flat.insert(flat.end(), shape.begin() + last + 1, shape.end());
  return {flat, size, {}, true, {}};
}

// Two numbers of a node, vertical and horizontal; one stands for both.
std::array<std::uint64_t, 2> read_pair(const hdf5_object& node, const std::string& field, std::uint64_t least) {
  const auto values = read_dataset<std::uint64_t>(node, field).values;
  if (values.empty() || values.size() > 2)
    refuse(node, field, fmt::format("has {} entries, needed: 1 or 2", values.size()));
  for (const auto v : values) {
    if (v < least || v > largest_signal) refuse(node, field, fmt::format("is {}, allowed: from {} on", v, least));
  }
  return {values.front(), values.back()};
}

// A window of rows and columns that slides over the planes of a signal (channels, rows, columns).
struct sliding_window {
  std::array<std::uint64_t, 2> in{}, out{};  // rows, columns
  std::array<std::uint64_t, 2> kernel{}, stride{}, padding{}, dilation{1, 1};

  void set_out(const hdf5_object& node) {
    for (std::size_t d = 0; d < 2; ++d) {
      const auto reach = dilation[d] * (kernel[d] - 1) + 1;
      if (in[d] + 2 * padding[d] < reach) {
        refuse(node,
               fmt::format("its kernel reaches over {} entries of {}, with padding", reach, in[d] + 2 * padding[d]));
      }
      out[d] = (in[d] + 2 * padding[d] - reach) / stride[d] + 1;
    }
  }

  // Calls visit(out, kernel) for each place in one dimension of the output, and of the kernel, that sees place `at`.
  template <class Visit>
  void for_each_view(std::size_t d, std::uint64_t at, const Visit& visit) const {
    for (std::uint64_t k = 0; k < kernel[d]; ++k) {
      const auto shifted = at + padding[d];
      if (shifted < k * dilation[d] || (shifted - k * dilation[d]) % stride[d] != 0) continue;
      const auto o = (shifted - k * dilation[d]) / stride[d];
      if (o < out[d]) visit(o, k);
    }
  }

  // Calls visit(place in the output plane, place in the kernel) for a place in the input plane.
  template <class Visit>
  void for_each_view(std::uint64_t at, const Visit& visit) const {
    for_each_view(0, at / in[1], [&](std::uint64_t row, std::uint64_t k_row) {
      for_each_view(1, at % in[1], [&](std::uint64_t column, std::uint64_t k_column) {
        visit(row * out[1] + column, k_row * kernel[1] + k_column);
      });
    });
  }
};

void check_rank(const hdf5_object& node, const std::vector<std::uint64_t>& shape, std::size_t rank) {
  if (shape.size() != rank) {
    refuse(node, fmt::format("its input has shape {}, needed: {} dimensions, channels first", shape_text(shape), rank));
  }
}

std::uint64_t checked_size(const hdf5_object& node, const std::vector<std::uint64_t>& shape) {
  const auto size = nir_size(node, "type", shape);
  if (size <= largest_signal) return size;
  refuse(node, fmt::format("its output has shape {}, allowed: 2^26 entries", shape_text(shape)));
}

void read_padding(const hdf5_object& node, sliding_window& window) {
  if (stored_type(node, "padding") != "string") {
    window.padding = read_pair(node, "padding", 0);
    return;
  }
  const auto word = read_scalar<std::string>(node, "padding");
  if (word != "same" && word != "valid") refuse(node, "padding", fmt::format("is '{}', allowed: same, valid", word));
  if (word == "valid") return;
  for (std::size_t d = 0; d < 2; ++d) {
    const auto both = window.dilation[d] * (window.kernel[d] - 1);
    if (both % 2 != 0 || window.stride[d] != 1) {
      refuse(node, "padding", "is 'same', allowed with stride 1 and a kernel of odd length only");
    }
    window.padding[d] = both / 2;
  }
}

// As shared weights, if the window is the same in both directions, without gaps and groups. `weights`
// [out][in][kernel].
std::optional<nir_window> shared_window(const sliding_window& w, std::uint64_t groups, std::uint64_t in,
                                        std::uint64_t out, const std::vector<double>& weights) {
  if (groups != 1 || w.stride[0] != w.stride[1] || w.padding[0] != w.padding[1] || w.dilation[0] != 1 ||
      w.dilation[1] != 1)
    return {};
  const auto narrow = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
  nir_window window{.how = {.kernel_rows = narrow(w.kernel[0]),
                            .kernel_columns = narrow(w.kernel[1]),
                            .stride = narrow(w.stride[0]),
                            .padding = narrow(w.padding[0])},
                    .weights = std::vector<double>(weights.size()),
                    .bias = {}};
  for_each_weight(window.how, in, out, [&](std::size_t ours, std::size_t nir) { window.weights[ours] = weights[nir]; });
  return window;
}

// The bias of a convolution: one number for each channel, or one for all.
std::vector<double> read_channel_bias(const hdf5_object& node, std::uint64_t channels, bool& single_precision) {
  if (!has_member(node, "bias")) return {};
  auto bias = read_finite(node, "bias").values;
  if (bias.size() != channels && bias.size() != 1) {
    refuse(node, "bias", fmt::format("has {} entries, needed: {}", bias.size(), channels));
  }
  single_precision = single_precision && is_stored_single(node, "bias");
  bias.resize(channels, bias.front());
  return bias;
}

// One dimension is read as a plane of one row.
nir_linear read_convolution(const hdf5_object& node, std::size_t dimensions, const std::vector<std::uint64_t>& shape) {
  check_rank(node, shape, dimensions + 1);
  auto weight = read_finite(node, "weight");
  if (weight.shape.size() != dimensions + 2 || std::ranges::find(weight.shape, 0u) != weight.shape.end()) {
    refuse(node, "weight", fmt::format("has shape {}, needed: rank {}", shape_text(weight.shape), dimensions + 2));
  }
  sliding_window window;
  window.kernel = {dimensions == 2 ? weight.shape[2] : 1, weight.shape.back()};
  window.in = {dimensions == 2 ? shape[1] : 1, shape.back()};
  window.stride = read_pair(node, "stride", 1);
  window.dilation = read_pair(node, "dilation", 1);
  read_padding(node, window);
  if (dimensions == 1) {
    window.stride[0] = window.dilation[0] = 1;
    window.padding[0] = 0;
  }
  window.set_out(node);
  const auto groups =
      static_cast<std::uint64_t>(read_scalar<std::int64_t>(node, "groups"));  // a negative one is no divisor
  const auto in_channels = shape[0], out_channels = weight.shape[0];
  if (groups == 0 || in_channels % groups != 0 || out_channels % groups != 0 ||
      weight.shape[1] != in_channels / groups) {
    refuse(node, "weight",
           fmt::format("has shape {} in {} groups, but {} channels lead to it", shape_text(weight.shape), groups,
                       in_channels));
  }
  std::vector<std::uint64_t> out_shape{out_channels, window.out[1]};
  if (dimensions == 2) out_shape = {out_channels, window.out[0], window.out[1]};
  nir_linear map{out_shape, checked_size(node, out_shape), {}, is_stored_single(node, "weight"), {}};
  const auto plane = window.out[0] * window.out[1];
  auto bias = read_channel_bias(node, out_channels, map.single_precision);
  for (std::uint64_t i = 0; i < map.size && !bias.empty(); ++i) map.bias.push_back(bias[i / plane]);
  if (dimensions == 2) map.window = shared_window(window, groups, in_channels, out_channels, weight.values);
  if (map.window) map.window->bias = std::move(bias);
  map.apply = [weights = std::move(weight.values), window, groups, in_channels, out_channels, plane,
               size = map.size](const std::vector<double>& x) {
    std::vector<double> y(size);
    const auto in_plane = window.in[0] * window.in[1], kernel = window.kernel[0] * window.kernel[1];
    const auto in_group = in_channels / groups, out_group = out_channels / groups;
    for (std::uint64_t i = 0; i < x.size(); ++i) {
      if (x[i] == 0) continue;
      const auto channel = i / in_plane, group = channel / in_group;
      window.for_each_view(i % in_plane, [&](std::uint64_t place, std::uint64_t k) {
        for (auto o = group * out_group; o < (group + 1) * out_group; ++o) {
          y[o * plane + place] += x[i] * weights[(o * in_group + channel % in_group) * kernel + k];
        }
      });
    }
    return y;
  };
  return map;
}

nir_linear read_transposed_convolution(const hdf5_object& node, const std::vector<std::uint64_t>& shape) {
  check_rank(node, shape, 3);
  const auto weight = read_finite(node, "weight");
  if (weight.shape.size() != 4 || weight.shape[0] != shape[0] ||
      std::ranges::find(weight.shape, 0u) != weight.shape.end()) {
    refuse(node, "weight",
           fmt::format("has shape {}, needed: ({}, out, rows, columns)", shape_text(weight.shape), shape[0]));
  }
  const auto one_of_pair = [&](const std::string& field, std::uint64_t least) {
    const auto pair = read_pair(node, field, least);
    if (pair[0] == pair[1]) return pair[0];
    refuse(node, field, fmt::format("is ({}, {}), allowed: the same for rows and columns", pair[0], pair[1]));
  };
  const auto stride = one_of_pair("stride", 1), padding = one_of_pair("padding", 0);
  const auto more =
      has_member(node, "output_padding") ? read_pair(node, "output_padding", 0) : std::array<std::uint64_t, 2>{0, 0};
  if (more[0] >= stride || more[1] >= stride) {
    refuse(node, "output_padding", fmt::format("is ({}, {}), allowed: below stride = {}", more[0], more[1], stride));
  }
  if (const auto dilation = one_of_pair("dilation", 1); dilation != 1) {
    refuse(node, "dilation", fmt::format("is {}, allowed: 1", dilation));
  }
  if (const auto groups = read_scalar<std::int64_t>(node, "groups"); groups != 1) {
    refuse(node, "groups", fmt::format("is {}, allowed: 1", groups));
  }
  const auto narrow = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
  nir_window window{.how = {.kernel_rows = narrow(weight.shape[2]),
                            .kernel_columns = narrow(weight.shape[3]),
                            .stride = narrow(stride),
                            .padding = narrow(padding),
                            .transposed = true},
                    .weights = std::vector<double>(weight.values.size()),
                    .bias = {}};
  const grid pre{narrow(shape[1]), narrow(shape[2]), narrow(shape[0])};
  grid post;
  try {
    post = grid_after(window.how, pre, narrow(weight.shape[1]));
    post.rows += narrow(more[0]);
    post.columns += narrow(more[1]);
    check(window.how, pre, post);
  } catch (const std::invalid_argument& error) {
    refuse(node, error.what());
  }
  const auto out = weight.shape[1];
  for_each_weight(window.how, shape[0], out,
                  [&](std::size_t ours, std::size_t nir) { window.weights[ours] = weight.values[nir]; });
  const std::vector<std::uint64_t> out_shape{out, post.rows, post.columns};
  nir_linear map{out_shape, checked_size(node, out_shape), {}, is_stored_single(node, "weight"), {}};
  window.bias = read_channel_bias(node, out, map.single_precision);
  const auto plane = std::uint64_t{post.rows} * post.columns;
  for (std::uint64_t i = 0; i < map.size && !window.bias.empty(); ++i) map.bias.push_back(window.bias[i / plane]);
  map.apply = [patches = patch_table(window.how, pre, post), weights = window.weights, pre,
               post](const std::vector<double>& x) {
    std::vector<double> y(post.size());
    for (std::uint64_t i = 0; i < x.size(); ++i) {
      if (x[i] == 0) continue;
      for_each_synapse(patches[static_cast<std::uint32_t>(our_index(pre, i))],
                       [&](std::uint32_t to, std::size_t w) { y[nir_index(post, to)] += x[i] * weights[w]; });
    }
    return y;
  };
  map.window = std::move(window);
  return map;
}

nir_linear read_pool(const hdf5_object& node, bool is_mean, const std::vector<std::uint64_t>& shape) {
  check_rank(node, shape, 3);
  sliding_window window;
  window.in = {shape[1], shape[2]};
  window.kernel = read_pair(node, "kernel_size", 1);
  window.stride = read_pair(node, "stride", 1);
  window.padding = read_pair(node, "padding", 0);
  window.set_out(node);
  const std::vector<std::uint64_t> out_shape{shape[0], window.out[0], window.out[1]};
  nir_linear map{out_shape, checked_size(node, out_shape), {}, true, {}};
  const auto size = window.kernel[0];
  if (is_mean && window.kernel[1] == size && window.stride == window.kernel &&
      window.padding[0] + window.padding[1] == 0)
    map.window = nir_window{.how = {.pool = static_cast<std::uint32_t>(size)}, .weights = {}, .bias = {}};
  const auto entries = static_cast<double>(window.kernel[0] * window.kernel[1]);
  map.apply = [window, size = map.size, factor = is_mean ? 1 / entries : 1](const std::vector<double>& x) {
    std::vector<double> y(size);
    const auto in_plane = window.in[0] * window.in[1], plane = window.out[0] * window.out[1];
    for (std::uint64_t i = 0; i < x.size(); ++i) {
      if (x[i] == 0) continue;
      window.for_each_view(
          i % in_plane, [&](std::uint64_t place, std::uint64_t) { y[i / in_plane * plane + place] += x[i] * factor; });
    }
    return y;
  };
  return map;
}

}  // namespace

bool is_nir_linear(const std::string& type) {
  constexpr std::array types{"Affine",  "AvgPool2d", "Conv1d", "Conv2d",   "ConvTranspose2d",
                             "Flatten", "Linear",    "Scale",  "SumPool2d"};
  return std::ranges::find(types, type) != types.end();
}

std::uint64_t nir_size(const hdf5_object& node, const std::string& field, const std::vector<std::uint64_t>& shape) {
  std::uint64_t size = 1;
  for (const auto length : shape) {
    if (length == 0 || length > 0xffffffffu / size) refuse(node, field, "its product is not from 1 to 2^32 - 1");
    size *= length;
  }
  return size;
}

nir_linear read_nir_linear(const hdf5_object& node, const std::string& type, const std::vector<std::uint64_t>& shape) {
  if (type == "Scale") return read_scale(node, shape);
  if (type == "Flatten") return read_flatten(node, shape);
  if (type == "Conv1d" || type == "Conv2d") return read_convolution(node, type == "Conv1d" ? 1 : 2, shape);
  if (type == "ConvTranspose2d") return read_transposed_convolution(node, shape);
  if (type == "SumPool2d" || type == "AvgPool2d") return read_pool(node, type == "AvgPool2d", shape);
  return read_matrix(node, type == "Affine", shape);
}

}  // namespace firstspike
