#include "firstspike/engine/convolution.hpp"

#include <algorithm>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// The kernel positions of one axis that reach the grid, from `kernel` on, `kernel_step` apart, and the first
// postsynaptic position; the next one is one further (transposed) or one before.
struct axis_patch {
  std::uint32_t kernel = 0, kernel_step = 1, post = 0, count = 0;
};

axis_patch along_axis(const convolution& c, std::uint32_t kernel, std::uint32_t pre, std::uint32_t posts) {
  using position = std::int64_t;
  const position size = kernel, stride = c.stride, padding = c.padding;
  if (c.transposed) {
    const position shift = pre * stride - padding;
    const auto first = std::max<position>(0, -shift), end = std::min(size, posts - shift);
    if (first >= end) return {};
    return {static_cast<std::uint32_t>(first), 1, static_cast<std::uint32_t>(shift + first),
            static_cast<std::uint32_t>(end - first)};
  }
  const position shifted = pre + padding;  // = post * stride + kernel position
  const auto highest = std::min<position>(shifted / stride, position{posts} - 1);
  const auto first = shifted - highest * stride;
  if (first >= size) return {};
  const auto count = std::min((size - 1 - first) / stride, highest) + 1;
  return {static_cast<std::uint32_t>(first), c.stride, static_cast<std::uint32_t>(highest),
          static_cast<std::uint32_t>(count)};
}

struct axis_field {
  std::uint32_t first = 0, end = 0;
};

// The presynaptic positions of one axis, before pooling, that reach the position `post`. `pooled`: positions after it.
axis_field into_axis(const convolution& c, std::uint32_t kernel, std::uint32_t pooled, std::uint32_t post) {
  using position = std::int64_t;
  const position size = kernel, stride = c.stride, padding = c.padding;
  position first = 0, end = pooled;
  if (c.transposed) {
    const position shifted = post + padding;  // = pooled position * stride + kernel position
    if (shifted >= size) first = (shifted - size) / stride + 1;
    end = std::min(end, shifted / stride + 1);
  } else {
    const position shift = post * stride - padding;
    first = std::max(first, shift);
    end = std::min(end, shift + size);
  }
  if (first >= end) return {};
  return {static_cast<std::uint32_t>(first) * c.pool, static_cast<std::uint32_t>(end) * c.pool};
}

// Of one axis, which connects two positions; none if they are not connected.
std::optional<std::uint32_t> kernel_position(const convolution& c, std::uint32_t kernel, std::uint32_t pooled,
                                             std::uint32_t post) {
  const std::int64_t from = pooled, to = post, stride = c.stride, padding = c.padding;
  const auto at = c.transposed ? to + padding - from * stride : from + padding - to * stride;
  if (at < 0 || at >= std::int64_t{kernel}) return {};
  return static_cast<std::uint32_t>(at);
}

// How many pairs of a pooled and a postsynaptic position of one axis a kernel position connects.
std::uint64_t uses_of(const convolution& c, std::uint32_t kernel_position, std::uint32_t pooled, std::uint32_t posts) {
  // One position `at` of the smaller grid belongs to at * stride - padding + kernel_position of the larger one.
  const std::int64_t count = c.transposed ? pooled : posts, larger = c.transposed ? posts : pooled, stride = c.stride;
  const auto shift = std::int64_t{kernel_position} - std::int64_t{c.padding};
  const auto not_below = [&](std::int64_t bound) { return bound <= 0 ? 0 : (bound - 1) / stride + 1; };  // at * stride
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::min(count, not_below(larger - shift)) - std::min(count, not_below(-shift))));
}

// 0: the kernel does not fit.
std::uint64_t length_after(const convolution& c, std::uint32_t kernel, std::uint32_t pre) {
  const std::uint64_t pooled = pre / c.pool, padding = std::uint64_t{2} * c.padding;
  if (c.transposed) {
    const auto whole = pooled == 0 ? 0 : (pooled - 1) * c.stride + kernel;
    return whole > padding ? whole - padding : 0;
  }
  return pooled > 0 && pooled + padding >= kernel ? (pooled + padding - kernel) / c.stride + 1 : 0;
}

void check_fields(const convolution& c, const grid& pre) {
  constexpr std::uint32_t most = 1u << 16;
  const auto allow = [most](const char* name, std::uint32_t value, std::uint32_t least) {
    require(value >= least && value <= most, "convolution: {} = {}, allowed: {} to {}", name, value, least, most);
  };
  allow("kernel_rows", c.kernel_rows, 1);
  allow("kernel_columns", c.kernel_columns, 1);
  allow("stride", c.stride, 1);
  allow("padding", c.padding, 0);
  allow("pool", c.pool, 1);
  require(pre.size() > 0, "convolution: the presynaptic population has no grid; give it rows, columns and channels");
}

}  // namespace

patch_table::patch_table(const convolution& c, const grid& pre, const grid& post)
    : channels_(pre.channels),
      column_count_(pre.columns),
      kernel_(std::size_t{c.kernel_rows} * c.kernel_columns * post.channels) {
  const std::size_t channels = post.channels;
  const auto fill = [&](std::vector<part>& parts, std::uint32_t pres, std::uint32_t kernel, std::uint32_t posts,
                        std::size_t weight_step, std::size_t post_step) {
    for (std::uint32_t i = 0; i < pres; ++i) {
      const auto a = i / c.pool < pres / c.pool ? along_axis(c, kernel, i / c.pool, posts) : axis_patch{};
      const auto to_0 = static_cast<std::ptrdiff_t>(a.post * a.kernel_step * weight_step);
      const auto weight = static_cast<std::ptrdiff_t>(a.kernel * weight_step);
      parts.push_back({a.kernel * weight_step, a.post * post_step,
                       c.transposed || a.count == 0 ? a.post : a.post + 1 - a.count, a.count,
                       c.transposed ? weight - to_0 : weight + to_0});
    }
  };
  fill(rows_, pre.rows, c.kernel_rows, post.rows, c.kernel_columns * channels, post.columns * channels);
  fill(columns_, pre.columns, c.kernel_columns, post.columns, channels, channels);
  const auto step = static_cast<std::ptrdiff_t>(c.transposed ? 1 : c.stride);
  const std::ptrdiff_t direction = c.transposed ? 1 : -1;
  common_.channels = post.channels;
  common_.weight_row = step * static_cast<std::ptrdiff_t>(c.kernel_columns * channels);
  common_.weight_column = step * static_cast<std::ptrdiff_t>(channels);
  common_.post_row = direction * static_cast<std::ptrdiff_t>(post.columns * channels);
  common_.post_column = direction * static_cast<std::ptrdiff_t>(channels);
}

receptive_field receptive_field_of(const convolution& c, const grid& pre, const grid& post, std::uint32_t index) {
  const auto at = position_in(post, index);
  const auto from = pooled(c, pre);
  const auto rows = into_axis(c, c.kernel_rows, from.rows, at.row);
  const auto columns = into_axis(c, c.kernel_columns, from.columns, at.column);
  return {rows.first, rows.end, columns.first, columns.end};
}

std::optional<std::size_t> weight_between(const convolution& c, const grid& pre, const grid& post,
                                          std::uint32_t pre_index, std::uint32_t post_index) {
  const auto from = position_in(pre, pre_index), to = position_in(post, post_index);
  const auto row = from.row / c.pool, column = from.column / c.pool;
  const auto whole = pooled(c, pre);
  if (row >= whole.rows || column >= whole.columns) return {};
  const auto kernel_row = kernel_position(c, c.kernel_rows, row, to.row);
  const auto kernel_column = kernel_position(c, c.kernel_columns, column, to.column);
  if (!kernel_row || !kernel_column) return {};
  const auto kernel = (std::size_t{from.channel} * c.kernel_rows + *kernel_row) * c.kernel_columns + *kernel_column;
  return kernel * post.channels + to.channel;
}

std::uint64_t synapses_with_weight(const convolution& c, const grid& pre, const grid& post, std::size_t weight) {
  const auto cell = weight / post.channels;
  const auto from = pooled(c, pre);
  return uses_of(c, static_cast<std::uint32_t>(cell / c.kernel_columns % c.kernel_rows), from.rows, post.rows) *
         uses_of(c, static_cast<std::uint32_t>(cell % c.kernel_columns), from.columns, post.columns) * c.pool * c.pool;
}

std::uint64_t synapse_count(const convolution& c, const grid& pre, const grid& post) {
  const auto from = pooled(c, pre);
  std::uint64_t rows = 0, columns = 0;
  for (std::uint32_t k = 0; k < c.kernel_rows; ++k) rows += uses_of(c, k, from.rows, post.rows);
  for (std::uint32_t k = 0; k < c.kernel_columns; ++k) columns += uses_of(c, k, from.columns, post.columns);
  return rows * columns * c.pool * c.pool * pre.channels * post.channels;
}

grid grid_after(const convolution& c, const grid& pre, std::uint32_t channels) {
  check_fields(c, pre);
  const auto rows = length_after(c, c.kernel_rows, pre.rows), columns = length_after(c, c.kernel_columns, pre.columns);
  require(rows > 0 && columns > 0 && rows <= 0xffffffffu && columns <= 0xffffffffu,
          "convolution: a kernel of {} x {} with padding {} and pool {} does not fit into a grid of {} x {}",
          c.kernel_rows, c.kernel_columns, c.padding, c.pool, pre.rows, pre.columns);
  return {static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(columns), channels};
}

void check(const convolution& c, const grid& pre, const grid& post) {
  require(post.size() > 0, "convolution: the postsynaptic population has no grid; give it rows, columns and channels");
  const auto least = grid_after(c, pre, post.channels);
  const auto more = c.transposed ? c.stride - 1 : 0;
  require(post.rows >= least.rows && post.rows - least.rows <= more && post.columns >= least.columns &&
              post.columns - least.columns <= more,
          "convolution: the postsynaptic grid has {} x {} neurons, needed: {} x {}", post.rows, post.columns,
          least.rows, least.columns);
}

}  // namespace firstspike
