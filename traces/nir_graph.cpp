#include "firstspike/traces/nir_graph.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "firstspike/traces/hdf5_read.hpp"

namespace firstspike {
namespace {

const std::set<std::string> known_types{"Affine", "IF", "Input", "Linear", "Output"};

std::map<std::string, std::string> read_types(const hdf5_object& nodes) {
  std::map<std::string, std::string> types;
  for (const auto& name : member_names(nodes)) {
    const auto node = open_group(nodes, name);
    const auto type = read_scalar<std::string>(node, "type");
    if (!known_types.contains(type)) {
      refuse(node, "type",
             fmt::format("node type '{}' is not supported, allowed: Input, Linear, Affine, IF, Output", type));
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

std::uint32_t read_shape(const hdf5_object& node) {
  std::uint64_t size = 1;
  for (const auto length : read_dataset<std::uint64_t>(node, "shape").values) {
    if (length == 0 || length > 0xffffffffu / size) refuse(node, "shape", "its product is not from 1 to 2^32 - 1");
    size *= length;
  }
  return static_cast<std::uint32_t>(size);
}

// One value per neuron.
std::vector<double> read_per_neuron(const hdf5_object& node, const std::string& field, std::size_t size) {
  auto values = read_vector<double>(node, field);
  if (values.size() != size) refuse(node, field, fmt::format("has {} entries, needed: {}", values.size(), size));
  for (std::size_t i = 0; i < size; ++i) {
    if (!std::isfinite(values[i])) refuse(node, field, fmt::format("entry {} = {}, allowed: finite", i, values[i]));
  }
  return values;
}

std::vector<double> read_positive(const hdf5_object& node, const std::string& field, std::size_t size) {
  auto values = read_per_neuron(node, field, size);
  for (std::size_t i = 0; i < size; ++i) {
    if (!(values[i] > 0)) refuse(node, field, fmt::format("entry {} = {}, allowed: > 0", i, values[i]));
  }
  return values;
}

void read_weights(const hdf5_object& node, std::uint32_t pre_size, const std::vector<double>& r, nir_layer& layer) {
  const auto weight = read_dataset<double>(node, "weight");
  if (weight.shape.size() != 2) refuse(node, "weight", fmt::format("has rank {}, needed: 2", weight.shape.size()));
  if (weight.shape[0] != layer.size || weight.shape[1] != pre_size) {
    refuse(node, "weight",
           fmt::format("has shape [{}, {}], needed: (out, in) = [{}, {}]", weight.shape[0], weight.shape[1], layer.size,
                       pre_size));
  }
  layer.weights.resize(weight.values.size());
  for (std::size_t post = 0; post < layer.size; ++post) {
    for (std::size_t pre = 0; pre < pre_size; ++pre) {
      const double w = r[post] * weight.values[post * pre_size + pre];
      if (!std::isfinite(w))
        refuse(node, "weight", fmt::format("r * w at [{}, {}] = {}, allowed: finite", post, pre, w));
      layer.weights[pre * layer.size + post] = w;
    }
  }
}

nir_layer read_layer(const hdf5_object& weight_node, const hdf5_object& if_node, const std::string& name,
                     bool is_affine, std::uint32_t pre_size) {
  nir_layer layer;
  layer.name = name;
  layer.weight_node = weight_node.file + ": " + weight_node.name;
  layer.v_threshold = read_vector<double>(if_node, "v_threshold");
  if (layer.v_threshold.empty()) refuse(if_node, "v_threshold", "is empty, needed: one entry per neuron");
  layer.size = static_cast<std::uint32_t>(layer.v_threshold.size());
  read_positive(if_node, "v_threshold", layer.size);
  const auto r = read_positive(if_node, "r", layer.size);
  if (has_member(if_node, "v_reset")) read_per_neuron(if_node, "v_reset", layer.size);
  read_weights(weight_node, pre_size, r, layer);
  const auto is_single = [&](const char* field) { return stored_type(weight_node, field) != "f64"; };
  layer.single_precision = is_single("weight") && (!is_affine || is_single("bias"));
  if (is_affine) layer.bias = read_per_neuron(weight_node, "bias", layer.size);
  for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias[i] *= r[i];
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
  nir_chain chain{names.front(), read_shape(input), {}};
  std::uint32_t pre_size = chain.input_size;
  for (std::size_t i = 1; i + 1 < names.size(); i += 2) {
    const auto& weight_type = types.at(names[i]);
    const auto& if_type = types.at(names[i + 1]);
    if ((weight_type != "Linear" && weight_type != "Affine") || if_type != "IF") {
      refuse(graph, "edges",
             fmt::format("{} '{}' -> {} '{}', needed: Linear or Affine, then IF", weight_type, names[i], if_type,
                         names[i + 1]));
    }
    chain.layers.push_back(read_layer(open_group(nodes, names[i]), open_group(nodes, names[i + 1]), names[i + 1],
                                      weight_type == "Affine", pre_size));
    pre_size = chain.layers.back().size;
  }
  if (chain.layers.empty()) refuse(graph, "edges", "Input leads straight to Output; needed: a layer");
  const auto output = open_group(nodes, names.back());
  const auto output_size = read_shape(output);
  if (output_size != pre_size)
    refuse(output, "shape", fmt::format("is {}, but {} neurons lead to it", output_size, pre_size));
  return chain;
}

}  // namespace firstspike
