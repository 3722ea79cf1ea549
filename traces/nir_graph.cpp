#include "firstspike/traces/nir_graph.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/nir_linear.hpp"
#include "firstspike/traces/nir_order.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t most_weights = std::uint64_t{1} << 28;  // of one layer, where they are not stored as such

std::map<std::string, std::string> read_types(const hdf5_object& nodes) {
  std::map<std::string, std::string> types;
  for (const auto& name : member_names(nodes)) {
    const auto node = open_group(nodes, name);
    const auto type = read_scalar<std::string>(node, "type");
    if (type != "IF" && type != "Input" && type != "Output" && !is_nir_linear(type)) {
      refuse(node, "type",
             fmt::format("node type '{}' is not supported, allowed: Input, IF, Output, Linear, Affine, Scale, Flatten, "
                         "Conv1d, Conv2d, ConvTranspose2d, SumPool2d, AvgPool2d",
                         type));
    }
    types[name] = type;
  }
  return types;
}

void add_edge(const hdf5_object& graph, std::map<std::string, std::string>& next, const std::string& from,
              const std::string& to) {
  for (const auto& [other, target] : next) {
    if (other != from && target != to) continue;
    const auto what =
        other == from ? fmt::format("two edges leave '{}'", from) : fmt::format("two edges enter '{}'", to);
    refuse(graph, "edges", what + "; needed: one chain (branches and recurrence go in a network file)");
  }
  for (auto at = next.find(to); at != next.end(); at = next.find(at->second)) {
    if (at->second == from) refuse(graph, "edges", fmt::format("'{}' -> '{}' closes a cycle", from, to));
  }
  if (from == to) refuse(graph, "edges", fmt::format("'{}' -> '{}' closes a cycle", from, to));
  next[from] = to;
}

std::map<std::string, std::string> read_edges(const hdf5_object& graph,
                                              const std::map<std::string, std::string>& types) {
  const auto edges = read_dataset<std::string>(graph, "edges");
  if (edges.shape.size() != 2 || edges.shape[1] != 2) refuse(graph, "edges", "its shape is not [edges, 2]");
  std::map<std::string, std::string> next;
  for (std::size_t e = 0; e < edges.values.size(); e += 2) {
    for (const auto end : {e, e + 1}) {
      if (types.contains(edges.values[end])) continue;
      refuse(graph, "edges", fmt::format("edge {} names '{}', which is no node", e / 2, edges.values[end]));
    }
    add_edge(graph, next, edges.values[e], edges.values[e + 1]);
  }
  return next;
}

std::string only_node(const hdf5_object& nodes, const std::map<std::string, std::string>& types,
                      const std::string& type) {
  std::string found;
  for (const auto& [name, node_type] : types) {
    if (node_type != type) continue;
    if (!found.empty()) refuse(nodes, fmt::format("two {} nodes, '{}' and '{}'; needed: one", type, found, name));
    found = name;
  }
  if (found.empty()) refuse(nodes, fmt::format("no {} node; needed: one", type));
  return found;
}

// Names of all nodes from Input to Output.
std::vector<std::string> follow_chain(const hdf5_object& graph, const hdf5_object& nodes,
                                      const std::map<std::string, std::string>& types) {
  const auto next = read_edges(graph, types);
  std::vector<std::string> chain{only_node(nodes, types, "Input")};
  const auto output = only_node(nodes, types, "Output");
  while (chain.back() != output) {
    const auto edge = next.find(chain.back());
    if (edge == next.end()) refuse(graph, "edges", fmt::format("no edge leaves '{}'", chain.back()));
    chain.push_back(edge->second);
  }
  for (const auto& [name, type] : types) {
    if (std::find(chain.begin(), chain.end(), name) != chain.end()) continue;
    refuse(graph, "edges", fmt::format("node '{}' is not on the way from Input to Output", name));
  }
  return chain;
}

std::vector<std::uint64_t> read_shape(const hdf5_object& node) {
  auto shape = read_dataset<std::uint64_t>(node, "shape").values;
  nir_size(node, "shape", shape);
  return shape;
}

// One value for each neuron; one value stands for all.
std::vector<double> read_per_neuron(const hdf5_object& node, const std::string& field, std::size_t size) {
  auto values = read_dataset<double>(node, field).values;
  if (values.size() != size && values.size() != 1) {
    refuse(node, field, fmt::format("has {} entries, needed: {}, one for each neuron, or 1", values.size(), size));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) refuse(node, field, fmt::format("entry {} = {}, allowed: finite", i, values[i]));
  }
  values.resize(size, values.front());
  return values;
}

std::vector<double> read_positive(const hdf5_object& node, const std::string& field, std::size_t size) {
  auto values = read_per_neuron(node, field, size);
  for (std::size_t i = 0; i < size; ++i) {
    if (!(values[i] > 0)) refuse(node, field, fmt::format("entry {} = {}, allowed: > 0", i, values[i]));
  }
  return values;
}

// (channel, row, column).
grid grid_of(const std::vector<std::uint64_t>& shape) {
  if (shape.size() != 3) return {};
  return {static_cast<std::uint32_t>(shape[1]), static_cast<std::uint32_t>(shape[2]),
          static_cast<std::uint32_t>(shape[0])};
}

// The linear maps between two layers, in order.
struct map_chain {
  std::vector<nir_linear> maps;
  std::vector<std::uint64_t> shape;  // of the signal behind the last map

  void append(const hdf5_object& node, const std::string& type) {
    maps.push_back(read_nir_linear(node, type, shape));
    shape = maps.back().shape;
  }

  // Weights [post] of the presynaptic neuron of which x is the unit vector.
  std::vector<double> weights_from(std::vector<double> x) const {
    for (const auto& map : maps) {
      if (map.apply) x = map.apply(x);
    }
    return x;
  }

  // The sum of all biases, each led through the maps behind it.
  std::vector<double> bias() const {
    std::vector<double> sum;
    for (const auto& map : maps) {
      if (!sum.empty() && map.apply) sum = map.apply(sum);
      if (map.bias.empty()) continue;
      if (sum.empty()) sum.resize(map.size);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += map.bias[i];
    }
    return sum;
  }
};

[[noreturn]] void refuse_product(const std::string& node, const std::string& field, const std::string& place,
                                 double w) {
  throw std::runtime_error(fmt::format("{}/{} at {} = {}, allowed: finite", node, field, place, w));
}

// Maps that a projection with shared weights computes.
struct shared_maps {
  nir_window window;
  grid post;
};

// Pools, then a convolution, or a matrix of the pooled grid; Flatten may stand between them.
std::optional<shared_maps> as_shared(const map_chain& chain, const grid& pre) {
  if (pre.size() == 0) return {};
  std::uint32_t pool = 1;
  auto map = chain.maps.begin();
  const auto skip_flatten = [&] {
    while (map != chain.maps.end() && !map->apply && map->bias.empty()) ++map;
  };
  for (; map != chain.maps.end() && map->window && map->window->weights.empty(); ++map) pool *= map->window->how.pool;
  skip_flatten();
  if (map == chain.maps.end()) return {};
  const auto& last = *map++;
  skip_flatten();
  if (map != chain.maps.end()) return {};
  if (last.window) {
    shared_maps found{*last.window, grid_of(last.shape)};
    found.window.how.pool = pool;
    return found;
  }
  if (!last.is_matrix || pool == 1) return {};
  const auto small = pooled({.pool = pool}, pre);
  nir_window window{.how = {.kernel_rows = small.rows, .kernel_columns = small.columns, .pool = pool},
                    .weights = {},
                    .bias = last.bias};
  // The kernel is [channel][row][column][out], so NIR's order stays.
  for (std::size_t i = 0; i < small.size(); ++i) {
    std::vector<double> unit(small.size());
    unit[i] = 1;
    const auto row = last.apply(unit);
    window.weights.insert(window.weights.end(), row.begin(), row.end());
  }
  return shared_maps{std::move(window), {1, 1, static_cast<std::uint32_t>(last.size)}};
}

// False if r differs between the neurons of a channel. `r` in NIR's order.
bool read_shared(const nir_window& window, const grid& post, const std::vector<double>& r, nir_layer& layer) {
  const auto channels = post.channels;
  const auto plane = r.size() / channels;
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (r[i] != r[i / plane * plane]) return false;
  }
  layer.shape = post;
  layer.shared = window.how;
  layer.weights = window.weights;
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    layer.weights[i] *= r[i % channels * plane];
    if (!std::isfinite(layer.weights[i]))
      refuse_product(layer.weight_node, "weight: r * w", std::to_string(i), layer.weights[i]);
  }
  layer.bias = window.bias;
  for (std::size_t k = 0; k < layer.bias.size(); ++k) {
    layer.bias[k] *= r[k * plane];
    if (!std::isfinite(layer.bias[k]))
      refuse_product(layer.weight_node, "bias: r * b", std::to_string(k), layer.bias[k]);
  }
  return true;
}

void read_weights(const map_chain& chain, const hdf5_object& if_node, std::uint32_t pre_size, const grid& pre_shape,
                  const std::vector<double>& r, nir_layer& layer) {
  // One matrix is in the file; the matrix of other maps may be far larger than they are.
  const bool is_stored = chain.maps.size() == 1 && chain.maps.front().is_matrix;
  if (!is_stored && std::uint64_t{pre_size} > most_weights / layer.size) {
    refuse(if_node,
           fmt::format("{} x {} weights lead to it, allowed: 2^28, or shared ones: AvgPool2d with stride = kernel_size "
                       "and padding 0, then Conv2d with stride and padding equal in both directions, dilation 1 and "
                       "groups 1",
                       pre_size, layer.size));
  }
  layer.weights.resize(std::size_t{pre_size} * layer.size);
  for (std::size_t pre = 0; pre < pre_size; ++pre) {
    std::vector<double> unit(pre_size);
    unit[pre] = 1;
    const auto row = chain.weights_from(std::move(unit));
    for (std::size_t post = 0; post < layer.size; ++post) {
      const double w = r[post] * row[post];
      if (!std::isfinite(w)) {
        refuse_product(layer.weight_node, "weight: r * w", fmt::format("[{}, {}]", post, pre), w);
      }
      layer.weights[our_index(pre_shape, pre) * layer.size + our_index(layer.shape, post)] = w;
    }
  }
}

// A vector that leads to neurons in a grid, as their parameters show, has the shape of the grid.
std::vector<std::uint64_t> shape_of_neurons(const hdf5_object& if_node, const std::vector<std::uint64_t>& signal) {
  const auto stored = read_dataset<double>(if_node, "v_threshold").shape;
  if (signal.size() != 1 || stored.size() != 3) return signal;
  return nir_size(if_node, "v_threshold", stored) == signal[0] ? stored : signal;
}

nir_layer read_layer(const map_chain& chain, const hdf5_object& if_node, const std::string& name,
                     const std::string& weight_node, std::uint32_t pre_size, const grid& pre_shape) {
  nir_layer layer;
  layer.name = name;
  layer.weight_node = weight_node;
  layer.size = static_cast<std::uint32_t>(nir_size(if_node, "v_threshold", chain.shape));
  layer.shape = grid_of(chain.shape);
  const auto v_threshold = read_positive(if_node, "v_threshold", layer.size);
  const auto r = read_positive(if_node, "r", layer.size);
  if (has_member(if_node, "v_reset")) read_per_neuron(if_node, "v_reset", layer.size);
  layer.single_precision = std::ranges::all_of(chain.maps, &nir_linear::single_precision);
  const auto shared = as_shared(chain, pre_shape);
  const bool is_shared = shared && (layer.shape == grid{} || layer.shape == shared->post) &&
                         read_shared(shared->window, shared->post, r, layer);
  layer.v_threshold = in_our_order(layer.shape, v_threshold);
  if (is_shared) return layer;
  read_weights(chain, if_node, pre_size, pre_shape, r, layer);
  layer.bias = chain.bias();
  for (std::size_t i = 0; i < layer.bias.size(); ++i) {
    layer.bias[i] *= r[i];
    if (std::isfinite(layer.bias[i])) continue;
    refuse_product(weight_node, "bias: r * b", std::to_string(i), layer.bias[i]);
  }
  layer.bias = in_our_order(layer.shape, layer.bias);
  return layer;
}

}  // namespace

nir_chain read_nir_chain(const hdf5_object& graph) {
  const auto type = read_scalar<std::string>(graph, "type");
  if (type != "NIRGraph") refuse(graph, "type", fmt::format("is '{}', needed: NIRGraph", type));
  const auto nodes = open_group(graph, "nodes");
  const auto types = read_types(nodes);
  const auto names = follow_chain(graph, nodes, types);
  const auto input = open_group(nodes, names.front());
  map_chain between{{}, read_shape(input)};
  nir_chain chain{names.front(), static_cast<std::uint32_t>(nir_size(input, "shape", between.shape)), {}, {}};
  chain.input_shape = grid_of(between.shape);
  std::uint32_t pre_size = chain.input_size;
  auto pre_shape = chain.input_shape;
  std::string weight_node;
  for (std::size_t i = 1; i + 1 < names.size(); ++i) {
    const auto node = open_group(nodes, names[i]);
    if (types.at(names[i]) != "IF") {
      between.append(node, types.at(names[i]));
      if (types.at(names[i]) != "Flatten" || weight_node.empty()) weight_node = node.file + ": " + node.name;
      continue;
    }
    if (weight_node.empty()) weight_node = node.file + ": " + node.name;
    between.shape = shape_of_neurons(node, between.shape);
    chain.layers.push_back(read_layer(between, node, names[i], weight_node, pre_size, pre_shape));
    pre_size = chain.layers.back().size;
    pre_shape = chain.layers.back().shape;
    between.maps.clear();
    weight_node.clear();
  }
  if (chain.layers.empty()) refuse(graph, "edges", "no IF node lies between Input and Output; needed: a layer");
  for (const auto& map : between.maps) {
    if (map.apply || !map.bias.empty())
      refuse(graph, "edges", "a linear map leads to Output; needed: IF, whose spikes are the output");
  }
  const auto output = open_group(nodes, names.back());
  const auto output_size = nir_size(output, "shape", read_shape(output));
  if (output_size != pre_size)
    refuse(output, "shape", fmt::format("is {}, but {} neurons lead to it", output_size, pre_size));
  return chain;
}

}  // namespace firstspike
