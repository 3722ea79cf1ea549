// Projections with shared weights between two grids of neurons: a convolution or a transposed convolution, with average
// pooling of the presynaptic grid before it.
//
// A spike adds its patch: the weights of one kernel, to the postsynaptic neurons that this kernel covers. Memory holds
// one kernel for each pair of channels, and a patch is computed from the position of the presynaptic neuron.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace firstspike {

/// The arrangement of a population's neurons. Neuron (row, column, channel) has the index
/// (row * columns + column) * channels + channel.
struct grid {
  std::uint32_t rows = 0, columns = 0, channels = 0;

  std::uint64_t size() const { return std::uint64_t{rows} * columns * channels; }
  friend bool operator==(const grid&, const grid&) = default;
};

/// A grid's neuron.
struct grid_position {
  std::uint32_t row = 0, column = 0, channel = 0;
};
inline grid_position position_in(const grid& g, std::uint32_t index) {
  const auto cell = index / g.channels;
  return {cell / g.columns, cell % g.columns, index % g.channels};
}

/// The connectivity of a projection with shared weights. Its weights are [presynaptic channel][kernel row][kernel
/// column][postsynaptic channel], row-major.
///
/// Kernel row k connects the presynaptic row i to the postsynaptic row o if i = o * stride - padding + k, or, where
/// transposed, o = i * stride - padding + k; columns likewise (the cross-correlation of torch's Conv2d and
/// ConvTranspose2d).
struct convolution {
  std::uint32_t kernel_rows = 1, kernel_columns = 1;  ///< 1 or more
  std::uint32_t stride = 1;                           ///< 1 or more
  std::uint32_t padding = 0;  ///< rows and columns of silent neurons on each side; where transposed, those cut off
  bool transposed = false;
  /// Average pooling of the presynaptic grid, before the convolution: row i of the grid belongs to row i / pool of the
  /// pooled one, columns likewise, and a synapse has the weight of the kernel divided by pool^2. Rows and columns that
  /// do not fill a window have no synapses (torch's AvgPool2d). 1: none.
  std::uint32_t pool = 1;

  friend bool operator==(const convolution&, const convolution&) = default;
};

/// Whether a projection from bias neurons, one in each cell of `pre`, has one weight for each postsynaptic channel, as
/// the bias of torch's Conv2d.
inline bool is_bias_of_channels(const convolution& c, const grid& pre) {
  return c == convolution{} && pre.channels == 1;
}

/// By which the weight of a synapse is smaller than that of the kernel.
template <class Real>
Real pooling_factor(const convolution& c) {
  return 1 / (static_cast<Real>(c.pool) * static_cast<Real>(c.pool));
}

/// The synapses of one presynaptic neuron. For row r < rows, column c < columns and channel k < channels, synapse
/// (r, c, k) has the weight weights[weight + r * weight_row + c * weight_column + k] and the postsynaptic index
/// post + r * post_row + c * post_column + k.
struct patch {
  std::size_t weight = 0, post = 0;
  std::uint32_t rows = 0, columns = 0, channels = 0;
  std::ptrdiff_t weight_row = 0, weight_column = 0;
  std::ptrdiff_t post_row = 0, post_column = 0;

  std::uint32_t size() const { return rows * columns * channels; }
};

/// These synapses by their postsynaptic neurons: those of the rows [first_row, first_row + rows) and the columns
/// [first_column, first_column + columns) of the grid. The weights of cell (r, c), for all channels, begin at
/// weight + r * patch_table::cell_row() + c * patch_table::cell_column().
struct patch_area {
  std::uint32_t first_row = 0, rows = 0, first_column = 0, columns = 0;
  std::ptrdiff_t weight = 0;
};

/// The grid after pooling, which the kernel is applied to.
inline grid pooled(const convolution& c, const grid& pre) {
  return {pre.rows / c.pool, pre.columns / c.pool, pre.channels};
}

/// The patches of all presynaptic neurons, from a table for each row and one for each column: a run needs one for each
/// spike.
class patch_table {
 public:
  patch_table() = default;
  patch_table(const convolution& c, const grid& pre, const grid& post);

  /// The patch of a presynaptic neuron; empty if it has no synapses.
  patch operator[](std::uint32_t index) const {
    const auto [of_row, of_column, weight] = parts_of(index);
    auto p = common_;
    p.weight = weight + of_row.weight + of_column.weight;
    p.post = of_row.post + of_column.post;
    p.rows = of_row.count;
    p.columns = of_column.count;
    return p;
  }
  /// The same as an area.
  patch_area area(std::uint32_t index) const {
    const auto [of_row, of_column, weight] = parts_of(index);
    return {of_row.first, of_row.count, of_column.first, of_column.count,
            static_cast<std::ptrdiff_t>(weight) + of_row.weight_at_0 + of_column.weight_at_0};
  }
  /// From the weights of a postsynaptic cell to those of the cell in the next row, or column.
  std::ptrdiff_t cell_row() const { return common_.post_row < 0 ? -common_.weight_row : common_.weight_row; }
  std::ptrdiff_t cell_column() const { return common_.post_row < 0 ? -common_.weight_column : common_.weight_column; }

 private:
  // What a presynaptic row or column contributes to its patches.
  struct part {
    std::size_t weight = 0, post = 0;
    std::uint32_t first = 0, count = 0;  // postsynaptic rows or columns
    std::ptrdiff_t weight_at_0 = 0;      // of postsynaptic row or column 0, also if it has none
  };
  struct parts {
    const part &of_row, &of_column;
    std::size_t weight;  // of the presynaptic channel
  };

  parts parts_of(std::uint32_t index) const {
    const auto cell = index / channels_, channel = index - cell * channels_;
    const auto row = cell / column_count_;
    return {rows_[row], columns_[cell - row * column_count_], channel * kernel_};
  }

  std::vector<part> rows_, columns_;
  std::uint32_t channels_ = 1, column_count_ = 1;
  std::size_t kernel_ = 0;  // weights of a presynaptic channel
  patch common_;
};

/// Calls visit(first postsynaptic index, first index into the weights) for each cell of a patch, by (row, column). A
/// cell has p.channels synapses, which follow each other.
template <class Visit>
void for_each_cell(const patch& p, const Visit& visit) {
  for (std::uint32_t r = 0; r < p.rows; ++r) {
    for (std::uint32_t c = 0; c < p.columns; ++c) {
      const auto post = static_cast<std::ptrdiff_t>(p.post) + r * p.post_row + c * p.post_column;
      const auto weight = static_cast<std::ptrdiff_t>(p.weight) + r * p.weight_row + c * p.weight_column;
      visit(static_cast<std::uint32_t>(post), static_cast<std::size_t>(weight));
    }
  }
}

/// Calls visit(postsynaptic index, index into the weights) for each synapse of a patch, by (row, column, channel).
template <class Visit>
void for_each_synapse(const patch& p, const Visit& visit) {
  for_each_cell(p, [&](std::uint32_t post, std::size_t weight) {
    for (std::uint32_t k = 0; k < p.channels; ++k) visit(post + k, weight + k);
  });
}

/// The presynaptic neurons of one postsynaptic neuron: all channels of rows [first_row, end_row) and columns
/// [first_column, end_column) of the presynaptic grid, with one synapse each. No rows or no columns: it has no
/// synapses.
struct receptive_field {
  std::uint32_t first_row = 0, end_row = 0;
  std::uint32_t first_column = 0, end_column = 0;
};
receptive_field receptive_field_of(const convolution& c, const grid& pre, const grid& post, std::uint32_t index);

/// Calls visit(presynaptic index) for each synapse into the postsynaptic neuron `index`, in ascending order.
template <class Visit>
void for_each_presynaptic(const convolution& c, const grid& pre, const grid& post, std::uint32_t index,
                          const Visit& visit) {
  const auto field = receptive_field_of(c, pre, post, index);
  for (auto row = field.first_row; row < field.end_row; ++row) {
    const auto first = (row * pre.columns + field.first_column) * pre.channels;
    const auto end = (row * pre.columns + field.end_column) * pre.channels;
    for (auto i = first; i < end; ++i) visit(i);
  }
}

/// The index into the weights of the synapse between two neurons, by their indices; none if there is no synapse.
std::optional<std::size_t> weight_between(const convolution& c, const grid& pre, const grid& post,
                                          std::uint32_t pre_index, std::uint32_t post_index);

/// The number of synapses that share one weight, by its index.
std::uint64_t synapses_with_weight(const convolution& c, const grid& pre, const grid& post, std::size_t weight);
/// The number of all synapses.
std::uint64_t synapse_count(const convolution& c, const grid& pre, const grid& post);

/// The grid that the kernel makes of `pre`, with `channels`. Where transposed, it may be up to stride - 1 rows and
/// columns larger (torch's output_padding). Throws std::invalid_argument if the kernel or the windows do not fit.
grid grid_after(const convolution& c, const grid& pre, std::uint32_t channels);

/// The number of weights: presynaptic channels x kernel x postsynaptic channels.
inline std::uint64_t weight_count(const convolution& c, const grid& pre, const grid& post) {
  return std::uint64_t{pre.channels} * c.kernel_rows * c.kernel_columns * post.channels;
}

/// Throws std::invalid_argument naming the first field out of range, or the size of `post` if it is not that of
/// grid_after().
void check(const convolution& c, const grid& pre, const grid& post);

}  // namespace firstspike
