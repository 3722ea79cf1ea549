#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/circuit_config.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/network_parts.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

// Edges are read in blocks of this many, because there may be a billion.
constexpr std::size_t block_length = 1 << 16;

/// A column of edges, in the order of their ids: from the file block by block where the file has it in this order, else
/// from memory.
template <class T>
class edge_column {
 public:
  explicit edge_column(hdf5_column<T> column) : column_(std::move(column)) {}
  explicit edge_column(std::vector<T> values) : values_(std::move(values)) {}
  explicit edge_column(T all) : all_(all) {}

  void read(std::size_t first, std::span<T> out) {
    if (column_) {
      column_->read(first, out);
    } else if (values_.empty()) {
      std::ranges::fill(out, all_);
    } else {
      std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
    }
  }

 private:
  std::optional<hdf5_column<T>> column_;
  std::vector<T> values_;
  T all_ = 0;  // if there is neither
};

/// source_node_id or target_node_id.
class edge_end {
 public:
  edge_end(const hdf5_object& group, const sonata_rows& rows, const std::string& field,
           const std::vector<population>& populations)
      : group_(&group), field_(field), ids_(column_of(group, rows, field)) {
    const auto name = find_dataset_attribute(group, field, "node_population");
    if (!name) refuse(group, field, "attribute node_population is missing");
    const auto at = std::ranges::find(populations, *name, &population::name);
    if (at == populations.end()) {
      refuse(group, field, fmt::format("attribute node_population = '{}', which is not in /nodes", *name));
    }
    population_ = static_cast<std::uint32_t>(at - populations.begin());
    size_ = at->size;
    name_ = at->name;
  }

  std::uint32_t population() const { return population_; }

  void read(std::size_t first, std::span<std::uint32_t> out) {
    wide_.resize(out.size());
    ids_.read(first, wide_);
    for (std::size_t e = 0; e < out.size(); ++e) {
      if (wide_[e] >= size_) {
        refuse(*group_, field_,
               fmt::format("entry {} = {}, allowed: below {}, the size of {}", first + e, wide_[e], size_, name_));
      }
      out[e] = static_cast<std::uint32_t>(wide_[e]);
    }
  }

 private:
  static edge_column<std::uint64_t> column_of(const hdf5_object& group, const sonata_rows& rows,
                                              const std::string& field) {
    if (!rows.keeps_order()) {
      return edge_column(rows.in_order(field, read_vector<std::uint64_t>(group, field)));
    }
    hdf5_column<std::uint64_t> column(group, field);
    rows.check_length(field, column.size());
    return edge_column(std::move(column));
  }

  const hdf5_object* group_;
  std::string field_, name_;
  edge_column<std::uint64_t> ids_;
  std::uint32_t population_ = 0, size_ = 0;
  std::vector<std::uint64_t> wide_;
};

/// The columns of the edges of one projection.
class edge_reader {
 public:
  edge_reader(const hdf5_object& group, const sonata_rows& rows, const std::string& synapse_directory,
              const std::vector<population>& populations, network_answers& answers);

  std::size_t size() const { return rows_->size(); }
  std::uint32_t pre_population() const { return sources_.population(); }
  std::uint32_t post_population() const { return targets_.population(); }

  /// Calls visit(pre [block]) for all blocks of edges.
  template <class Visit>
  void for_each_pre(const Visit& visit) {
    for_each_block([&](std::size_t first) {
      sources_.read(first, pre_);
      visit(std::span<const std::uint32_t>(pre_));
    });
  }
  /// Calls visit(first edge, pre, post, weight, delay [block]) for all blocks of edges.
  template <class Visit>
  void for_each_edge(const Visit& visit) {
    for_each_block([&](std::size_t first) {
      sources_.read(first, pre_);
      targets_.read(first, post_);
      weights_.read(first, weight_);
      delays_.read(first, delay_);
      check_values(first);
      visit(first, std::span<const std::uint32_t>(pre_), std::span<const std::uint32_t>(post_),
            std::span<const double>(weight_), std::span<const double>(delay_));
    });
  }

 private:
  template <class Visit>
  void for_each_block(const Visit& visit) {
    for (std::size_t first = 0; first < size(); first += block_length) {
      const auto length = std::min(block_length, size() - first);
      pre_.resize(length);
      post_.resize(length);
      weight_.resize(length);
      delay_.resize(length);
      visit(first);
    }
  }
  void check_values(std::size_t first) const;

  const hdf5_object* group_;
  const sonata_rows* rows_;
  edge_end sources_, targets_;
  edge_column<double> weights_, delays_;
  bool one_delay_;
  std::vector<std::uint32_t> pre_, post_;
  std::vector<double> weight_, delay_;
};

bool is_delay(double d) { return d == 0 || (d >= shortest_delay && d <= longest_window); }

edge_column<double> open_delays(const hdf5_object& group, const sonata_rows& rows, network_answers& answers) {
  const auto& answer = answers.given().delay;
  if (answer && !is_delay(*answer)) {
    throw incomplete_model(fmt::format("delay = {}, allowed: 0, or from 2^-20 to 2^32 steps", *answer));
  }
  if (const auto one = find_attribute<double>(group, "delay")) {
    for (const auto& name : rows.groups_with("delay")) {
      refuse(group, name + "/delay", "is there, and so is the attribute delay; needed: one of them");
    }
    return edge_column(*one);
  }
  if (rows.is_plain("delay")) return edge_column(rows.plain_numbers("delay"));
  auto delays = rows.numbers("delay");
  answers.fill_in("delay", answer, rows, delays, 0);
  return edge_column(std::move(delays.values));
}

// Words that say how another simulator computes a synapse: only those that mean weight and delay alone are allowed.
void check_words(const sonata_rows& rows, const std::string& field, const std::string& allowed) {
  if (!rows.has(field)) return;
  const auto words = rows.words(field);
  for (std::size_t e = 0; e < rows.size(); ++e) {
    if (!words.given[e] || words.values[e] == allowed || words.values[e] == "NULL") continue;
    throw std::runtime_error(
        fmt::format("{} = '{}', allowed: {}, NULL", rows.place(field, e), words.values[e], allowed));
  }
}

// 1 or -1 for each edge, by the file that dynamics_params names.
std::vector<double> read_signs(const hdf5_object& group, const sonata_rows& rows, const std::string& directory) {
  for (const auto& name : rows.groups_with("dynamics_params")) {
    const auto in_group = open_group(group, name);
    const bool is_empty =
        is_group(in_group, "dynamics_params") && member_names(open_group(in_group, "dynamics_params")).empty();
    if (!is_empty) refuse(in_group, "dynamics_params", "is not supported; synapses have a step or a ramp kernel");
  }
  std::vector<double> signs(rows.size(), 1);
  if (!rows.has("dynamics_params") || !rows.groups_with("dynamics_params").empty()) return signs;
  const auto names = rows.words("dynamics_params");
  std::map<std::string, double> of_file;
  for (std::size_t e = 0; e < rows.size(); ++e) {
    if (!names.given[e]) continue;
    const auto known = of_file.find(names.values[e]);
    const auto path = (std::filesystem::path(directory) / names.values[e]).string();
    signs[e] = known != of_file.end() ? known->second : of_file[names.values[e]] = read_synapse_sign(path);
  }
  return signs;
}

// syn_weight, times the number of synapses that the edge stands for, nsyns, and the sign of its dynamics_params.
edge_column<double> open_weights(const hdf5_object& group, const sonata_rows& rows,
                                 const std::string& synapse_directory) {
  check_words(rows, "weight_function", "wmax");
  check_words(rows, "model_template", "static_synapse");
  check_words(rows, "template", "static_synapse");
  const bool has_factors = rows.has("nsyns") || rows.has("dynamics_params");
  if (!has_factors && rows.is_plain("syn_weight")) return edge_column(rows.plain_numbers("syn_weight"));
  auto weights = rows.numbers("syn_weight");
  const auto counts = rows.has("nsyns") ? rows.numbers("nsyns") : sonata_column<double>{};
  const auto signs = read_signs(group, rows, synapse_directory);
  for (std::size_t e = 0; e < rows.size(); ++e) {
    if (!weights.given[e]) throw std::runtime_error(rows.place("syn_weight", e) + " is missing, needed: a weight");
    weights.values[e] *= signs[e] * (!counts.given.empty() && counts.given[e] ? counts.values[e] : 1);
  }
  return edge_column(std::move(weights.values));
}

edge_reader::edge_reader(const hdf5_object& group, const sonata_rows& rows, const std::string& synapse_directory,
                         const std::vector<population>& populations, network_answers& answers)
    : group_(&group),
      rows_(&rows),
      sources_(group, rows, "source_node_id", populations),
      targets_(group, rows, "target_node_id", populations),
      weights_(open_weights(group, rows, synapse_directory)),
      delays_(open_delays(group, rows, answers)),
      one_delay_(has_attribute(group, "delay")) {}

void edge_reader::check_values(std::size_t first) const {
  for (std::size_t e = 0; e < weight_.size(); ++e) {
    if (weight_[e] > -never && weight_[e] < never) continue;
    throw std::runtime_error(
        fmt::format("{} = {}, allowed: finite", rows_->place("syn_weight", first + e), weight_[e]));
  }
  for (std::size_t e = 0; e < delay_.size(); ++e) {
    if (is_delay(delay_[e])) continue;
    const auto where = one_delay_ ? fmt::format("{}: {}: attribute delay", group_->file, group_->name)
                                  : rows_->place("delay", first + e);
    throw std::runtime_error(fmt::format("{} = {}, allowed: 0, or from 2^-20 to 2^32 steps", where, delay_[e]));
  }
}

// Every pair once, source by source, with one delay.
template <class Real>
void read_dense(const hdf5_object& group, edge_reader& edges, std::uint32_t pre_size, std::uint32_t post_size,
                projection<Real>& p) {
  const std::size_t needed = std::size_t{pre_size} * post_size;
  if (edges.size() != needed) {
    refuse(group, "source_node_id", fmt::format("layout is dense, but {} edges, needed: {}", edges.size(), needed));
  }
  p.sparse = false;
  p.weights.reserve(needed);
  edges.for_each_edge([&](std::size_t first, auto pre, auto post, auto weight, auto delay) {
    if (first == 0) p.delay = delay.front();
    for (std::size_t k = 0; k < pre.size(); ++k) {
      const auto e = first + k;
      if (pre[k] != e / post_size || post[k] != e % post_size) {
        refuse(group, "target_node_id",
               fmt::format("layout is dense, but edge {} is {} -> {}, needed: {} -> {}", e, pre[k], post[k],
                           e / post_size, e % post_size));
      }
      if (delay[k] != p.delay) {
        refuse(group, "0/delay", fmt::format("layout is dense, but entry {} = {} differs from the first", e, delay[k]));
      }
      p.weights.push_back(static_cast<Real>(weight[k]));
    }
  });
}

// Straight into place: the first pass counts the rows, the second fills them.
template <class Real>
void read_sparse(edge_reader& edges, std::uint32_t pre_size, projection<Real>& p) {
  p.sparse = true;
  std::vector<std::uint32_t> row_sizes(pre_size);
  edges.for_each_pre([&](auto pre) {
    for (const auto i : pre) ++row_sizes[i];
  });
  p.synapses = synapse_table<Real>::with_row_sizes(row_sizes);
  edges.for_each_edge(
      [&](std::size_t, auto pre, auto post, auto weight, auto delay) { p.synapses.place(pre, post, weight, delay); });
  p.synapses.finish();
}

synapse_kernel read_kernel(const hdf5_object& group, network_answers& answers) {
  const auto word = find_attribute<std::string>(group, "kernel");
  if (!word) {
    const auto place = fmt::format("{}: {}: attribute kernel is missing", group.file, group.name);
    return answers.fill_in("kernel", answers.given().kernel, place, synapse_kernel::step);
  }
  const auto kernel = kernel_called(*word);
  if (!kernel) refuse(group, fmt::format("attribute kernel = '{}', allowed: step, ramp", *word));
  return *kernel;
}

}  // namespace

template <class Real>
projection<Real> read_projection(const hdf5_object& group, const sonata_types& types,
                                 const std::string& synapse_directory, const std::vector<population>& populations,
                                 network_answers& answers) {
  projection<Real> p;
  p.kernel = read_kernel(group, answers);
  const auto layout = find_attribute<std::string>(group, "layout").value_or("sparse");
  if (layout != "sparse" && layout != "dense") {
    refuse(group, fmt::format("attribute layout = '{}', allowed: dense, sparse", layout));
  }
  const auto count = hdf5_column<std::uint64_t>(group, "source_node_id").size();
  const sonata_rows rows(group, "edge", count, types);
  edge_reader edges(group, rows, synapse_directory, populations, answers);
  p.pre = edges.pre_population();
  p.post = edges.post_population();
  const auto pre_size = populations[p.pre].size, post_size = populations[p.post].size;
  if (layout == "dense") {
    read_dense(group, edges, pre_size, post_size, p);
  } else {
    read_sparse(edges, pre_size, p);
  }
  return p;
}

template <class Real>
projection<Real> read_shared_projection(const hdf5_object& group, const std::vector<population>& populations) {
  const auto population_called = [&](const std::string& attribute) {
    const auto name = read_attribute<std::string>(group, attribute);
    const auto found = std::ranges::find(populations, name, &population::name);
    if (found != populations.end()) return static_cast<std::uint32_t>(found - populations.begin());
    refuse(group, fmt::format("attribute {} = '{}', which is not in /nodes", attribute, name));
  };
  const auto number = [&](const std::string& attribute) {
    const auto value = read_attribute<std::uint64_t>(group, attribute);
    if (value > 65536) refuse(group, fmt::format("attribute {} = {}, allowed: up to 65536", attribute, value));
    return static_cast<std::uint32_t>(value);
  };
  projection<Real> p;
  p.pre = population_called("source_population");
  p.post = population_called("target_population");
  const auto word = read_attribute<std::string>(group, "kernel");
  const auto kernel = kernel_called(word);
  if (!kernel) refuse(group, fmt::format("attribute kernel = '{}', allowed: step, ramp", word));
  p.kernel = *kernel;
  p.delay = read_attribute<double>(group, "delay");
  if (!is_delay(p.delay))
    refuse(group, fmt::format("attribute delay = {}, allowed: 0, or from 2^-20 to 2^32 steps", p.delay));
  const auto is_transposed = number("transposed");
  if (is_transposed > 1) refuse(group, fmt::format("attribute transposed = {}, allowed: 0, 1", is_transposed));
  const convolution c{.kernel_rows = number("kernel_rows"),
                      .kernel_columns = number("kernel_columns"),
                      .stride = number("stride"),
                      .padding = number("padding"),
                      .transposed = is_transposed == 1,
                      .pool = number("pool")};
  const auto& pre = populations[p.pre].shape;
  const auto& post = populations[p.post].shape;
  try {
    check(c, pre, post);
  } catch (const std::invalid_argument& error) {
    refuse(group, error.what());
  }
  const auto weights = read_dataset<double>(group, "weight");
  const std::vector<std::uint64_t> needed{pre.channels, c.kernel_rows, c.kernel_columns, post.channels};
  if (weights.shape != needed) {
    refuse(group, "weight",
           fmt::format("has shape ({}), needed: ({})", fmt::join(weights.shape, ", "), fmt::join(needed, ", ")));
  }
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    if (std::isfinite(weights.values[i])) continue;
    refuse(group, "weight", fmt::format("entry {} = {}, allowed: finite", i, weights.values[i]));
  }
  p.weights.assign(weights.values.begin(), weights.values.end());
  p.shared = c;
  return p;
}

template projection<float> read_shared_projection(const hdf5_object&, const std::vector<population>&);
template projection<double> read_shared_projection(const hdf5_object&, const std::vector<population>&);
template projection<float> read_projection(const hdf5_object&, const sonata_types&, const std::string&,
                                           const std::vector<population>&, network_answers&);
template projection<double> read_projection(const hdf5_object&, const sonata_types&, const std::string&,
                                            const std::vector<population>&, network_answers&);

}  // namespace firstspike
