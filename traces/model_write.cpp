#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_write.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/model_metadata.hpp"
#include "firstspike/traces/nir_order.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

struct layer_inputs {
  std::uint32_t population = 0;
  const projection<double>* from_layer = nullptr;
  const projection<double>* from_bias = nullptr;
  const projection<double>* from_classes = nullptr;  // from a second source population
};

[[noreturn]] void refuse_network(const std::string& what) {
  throw std::invalid_argument(what +
                              "; a model file stores a chain of layers without sparse projections, a network file any "
                              "network");
}

void check_values(const stored_model& model, std::size_t outputs) {
  if (!(model.t_in > 0 && model.t_in <= longest_window && model.t_max > 0 && model.t_max <= longest_window)) {
    throw std::invalid_argument(
        fmt::format("model: t_in = {}, t_max = {}, allowed: above 0, up to 2^32 steps", model.t_in, model.t_max));
  }
  if (!model.label_of_output.empty() && model.label_of_output.size() != outputs) {
    throw std::invalid_argument(fmt::format("model: label_of_output has {} entries, needed: none, or {}",
                                            model.label_of_output.size(), outputs));
  }
  const auto populations = model.net.populations().size();
  if (!model.trainable.empty() && model.trainable.size() != populations) {
    throw std::invalid_argument(
        fmt::format("model: trainable has {} entries, needed: none, or {}", model.trainable.size(), populations));
  }
  for (const auto value : model.trainable) {
    if (value > 1) throw std::invalid_argument(fmt::format("model: trainable = {}, allowed: 0, 1", value));
  }
  for (const auto& [name, value] : model.metadata) check_link_name("model: metadata", name);
}

// A bias has one weight for each neuron, or for each channel where the weights are shared.
void check_bias(const population& pre, const projection<double>& p, const std::string& where) {
  if (p.shared) {
    if (!is_bias_of_channels(*p.shared, pre.shape))
      refuse_network(where + " is no kernel of 1 x 1 from one bias neuron in each cell");
    return;
  }
  if (pre.size != 1) {
    refuse_network(fmt::format("{}: {} bias neurons in one population, allowed: 1", where, pre.size));
  }
  if (pre.shape != grid{}) refuse_network(where + ": a bias neuron of dense weights has a grid, allowed: none");
}

// Classes have weights as a dense layer.
void check_classes(std::span<const population> populations, const layer_inputs& layer) {
  const auto& pre = populations[layer.from_classes->pre];
  const auto& shared = layer.from_classes->shared;
  const auto where = fmt::format("projection {} -> {}", pre.name, populations[layer.population].name);
  if (layer.from_layer == nullptr) refuse_network(where + " comes from a second source population");
  if (layer.from_layer->shared.has_value() != shared.has_value()) {
    refuse_network(fmt::format("{} is {}, the layer's other weights are not", where, shared ? "shared" : "dense"));
  }
  const auto shape = shared ? grid{1, 1, pre.size} : grid{};
  if (pre.shape != shape || (shared && *shared != convolution{})) {
    refuse_network(where + " is neither dense without a grid nor a kernel of 1 x 1 between single cells");
  }
}

// The projections that end at each population of neurons. The chain begins at the population `source`.
std::vector<layer_inputs> inputs_of_layers(std::span<const population> populations,
                                           std::span<const projection<double>> projections, std::uint32_t source) {
  std::vector<layer_inputs> inputs(populations.size());
  for (std::uint32_t i = 0; i < inputs.size(); ++i) inputs[i].population = i;
  std::vector<bool> projects(populations.size());
  for (const auto& p : projections) {
    const auto& pre = populations[p.pre];
    const auto& post = populations[p.post];
    const auto where = fmt::format("projection {} -> {}", pre.name, post.name);
    if (p.sparse) refuse_network(where + " is sparse");
    if (projects[p.pre]) refuse_network(fmt::format("population {} has two projections", pre.name));
    projects[p.pre] = true;
    const bool is_bias = pre.kind == population_kind::bias;
    if (is_bias) check_bias(pre, p, where);
    const bool is_class = pre.kind == population_kind::source && p.pre != source;
    auto& to = inputs[p.post];
    auto*& place = is_bias ? to.from_bias : is_class ? to.from_classes : to.from_layer;
    if (place != nullptr)
      refuse_network(fmt::format("{} is the second {} into {}", where,
                                 is_bias    ? "bias neuron"
                                 : is_class ? "source population"
                                            : "layer",
                                 post.name));
    place = &p;
  }
  for (const auto& i : inputs) {
    if (i.from_classes != nullptr) check_classes(populations, i);
    if (i.from_layer == nullptr || i.from_bias == nullptr) continue;
    if (i.from_layer->shared.has_value() == i.from_bias->shared.has_value()) continue;
    refuse_network(fmt::format("population {}: its weights are {}, its bias {}", populations[i.population].name,
                               i.from_layer->shared ? "shared" : "dense", i.from_bias->shared ? "shared" : "dense"));
  }
  return inputs;
}

// Layers from the source on.
std::vector<layer_inputs> find_chain(std::span<const population> populations,
                                     std::span<const projection<double>> projections) {
  const auto is_source = [](const population& p) { return p.kind == population_kind::source; };
  const auto sources = std::count_if(populations.begin(), populations.end(), is_source);
  if (sources < 1 || sources > 2) {
    refuse_network(fmt::format("the network has {} source populations, allowed: 1 or 2", sources));
  }
  const auto source = std::find_if(populations.begin(), populations.end(), is_source);
  auto at = static_cast<std::uint32_t>(source - populations.begin());
  const auto inputs = inputs_of_layers(populations, projections, at);
  std::vector<layer_inputs> chain;
  std::size_t used = 1;
  for (bool found = true; found;) {
    found = false;
    for (const auto& input : inputs) {
      if (input.from_layer == nullptr || input.from_layer->pre != at) continue;
      chain.push_back(input);
      used += std::size_t{1} + (input.from_bias != nullptr) + (input.from_classes != nullptr);
      found = true;
    }
    if (found) at = chain.back().population;
  }
  if (chain.empty()) refuse_network("the source projects to no layer");
  if (used != populations.size()) refuse_network("some population is not on a path from the source");
  return chain;
}

template <class T>
void write_numbers(const hdf5_object& node, const std::string& field, const std::vector<double>& values,
                   const std::vector<std::uint64_t>& shape, bool packed) {
  const std::vector<T> stored(values.begin(), values.end());
  write_dataset<T>(node, field, stored, shape, packed);
}

bool is_exact_f32(double value) { return static_cast<double>(static_cast<float>(value)) == value; }

void write_weights(const hdf5_object& node, const std::string& field, const std::vector<double>& values,
                   const std::vector<std::uint64_t>& shape, bool single, bool packed = false) {
  const auto wide = std::find_if_not(values.begin(), values.end(), is_exact_f32);
  if (single && wide != values.end()) {
    throw std::invalid_argument(fmt::format("{}: {}: {} = {} is no f32, but the model's precision is; round it first",
                                            node.file, node.name, field, *wide));
  }
  single ? write_numbers<float>(node, field, values, shape, packed)
         : write_numbers<double>(node, field, values, shape, packed);
}

hdf5_object create_node(const hdf5_object& nodes, const std::string& name, const std::string& type) {
  auto node = create_group(nodes, name);
  write_scalar(node, "type", type);
  return node;
}

// `flat`: a vector, also where the neurons have a grid.
std::vector<std::uint64_t> signal_shape(const population& p, bool flat) {
  if (flat || p.shape.size() == 0) return {p.size};
  return {p.shape.channels, p.shape.rows, p.shape.columns};
}

std::string unused_name(std::set<std::string>& names, std::string name) {
  while (!names.insert(name).second) name += "_";
  return name;
}

void write_integers(const hdf5_object& node, const std::string& field, const std::vector<std::uint64_t>& values) {
  write_dataset<std::int64_t>(node, field, std::vector<std::int64_t>(values.begin(), values.end()), {values.size()});
}

// AvgPool2d of the projection's windows.
void write_pool(const hdf5_object& nodes, const std::string& name, std::uint64_t pool) {
  const auto node = create_node(nodes, name, "AvgPool2d");
  write_integers(node, "kernel_size", {pool, pool});
  write_integers(node, "stride", {pool, pool});
  write_integers(node, "padding", {0, 0});
}

void write_flatten(const hdf5_object& nodes, const std::string& name, const grid& from) {
  const auto node = create_node(nodes, name, "Flatten");
  write_integers(node, "input_type", {from.channels, from.rows, from.columns});
  write_scalar(node, "start_dim", std::int64_t{0});
  write_scalar(node, "end_dim", std::int64_t{-1});
}

// Conv2d, or ConvTranspose2d, which NIR does not have: its fields are those of torch.
void write_convolution(const hdf5_object& nodes, const std::string& name, const layer_inputs& layer, const grid& pre,
                       const grid& post, bool single) {
  const auto& c = *layer.from_layer->shared;
  const auto node = create_node(nodes, name, c.transposed ? "ConvTranspose2d" : "Conv2d");
  const std::size_t in = pre.channels, out = post.channels;
  const auto& weights = layer.from_layer->weights;
  std::vector<double> weight(weights.size());
  for_each_weight(c, in, out, [&](std::size_t ours, std::size_t nir) { weight[nir] = weights[ours]; });
  const auto first = c.transposed ? in : out, second = c.transposed ? out : in;
  write_weights(node, "weight", weight, {first, second, c.kernel_rows, c.kernel_columns}, single);
  const bool has_bias = layer.from_bias != nullptr && layer.from_bias->kernel == synapse_kernel::ramp;
  write_weights(node, "bias", has_bias ? layer.from_bias->weights : std::vector<double>(out, 0), {out}, single);
  const auto input = pooled(c, pre);
  write_integers(node, "input_shape", {input.rows, input.columns});
  write_integers(node, "stride", {c.stride, c.stride});
  write_integers(node, "padding", {c.padding, c.padding});
  write_integers(node, "dilation", {1, 1});
  write_scalar(node, "groups", std::int64_t{1});
  if (!c.transposed) return;
  const auto least = grid_after(c, pre, post.channels);
  write_integers(node, "output_padding", {post.rows - least.rows, post.columns - least.columns});
}

// Linear, or Affine. Behind a pool, `layer` has the weights of the whole pooled grid.
void write_linear(const hdf5_object& nodes, const std::string& name, const layer_inputs& layer, const population& pre,
                  const population& post, bool single) {
  // With the ramp kernel a spike is a constant current, as is NIR's bias. The metadata has the weights of the step
  // kernel.
  const bool has_bias = layer.from_bias != nullptr && layer.from_bias->kernel == synapse_kernel::ramp;
  const auto node = create_node(nodes, name, has_bias ? "Affine" : "Linear");
  // [pre][post], or behind a pool [channel][row][column][post]; NIR wants [post][channel, row, column].
  const auto& ours = layer.from_layer->weights;
  const std::uint64_t size = post.size, pre_size = ours.size() / size;
  const auto from = layer.from_layer->shared ? grid{} : pre.shape;
  std::vector<double> weight(ours.size());
  for (std::size_t i = 0; i < pre_size; ++i) {
    const auto column = nir_index(from, i);
    for (std::size_t j = 0; j < size; ++j) {
      weight[nir_index(post.shape, j) * pre_size + column] = ours[i * size + j];
    }
  }
  write_weights(node, "weight", weight, {size, pre_size}, single);
  if (has_bias) write_weights(node, "bias", in_nir_order(post.shape, layer.from_bias->weights), {size}, single);
}

// f32 if this is exact, because other tools expect one type for all arrays. Packed in large layers, where the arrays of
// equal numbers would take as much space as the kernels of a convolution.
void write_if(const hdf5_object& nodes, const population& p, bool flat, bool single) {
  constexpr std::uint32_t large = 1024;
  const auto node = create_node(nodes, p.name, "IF");
  const bool narrow = single && std::all_of(p.v_th.begin(), p.v_th.end(), is_exact_f32);
  const auto shape = signal_shape(p, flat);
  const bool packed = p.size >= large;
  write_weights(node, "r", std::vector<double>(p.size, 1), shape, narrow, packed);
  write_weights(node, "v_threshold", in_nir_order(p.shape, p.v_th), shape, narrow, packed);
  write_weights(node, "v_reset", std::vector<double>(p.size, 0), shape, narrow, packed);
}

void write_shape(const hdf5_object& nodes, const std::string& name, const std::string& type, const population& p,
                 bool flat) {
  const auto node = create_node(nodes, name, type);
  write_integers(node, "shape", signal_shape(p, flat));
}

// A kernel of the whole pooled grid is a matrix, whose inputs are (channel, row, column).
bool is_matrix(const convolution& c, const grid& pooled, const grid& post) {
  return c.pool > 1 && post.rows == 1 && post.columns == 1 && c.stride == 1 && c.padding == 0 && !c.transposed &&
         c.kernel_rows == pooled.rows && c.kernel_columns == pooled.columns;
}

void write_nodes(const hdf5_object& graph, const stored_model& model, std::span<const layer_inputs> chain) {
  const auto populations = model.net.populations();
  const auto nodes = create_group(graph, "nodes");
  std::set<std::string> names;
  for (const auto& p : populations) names.insert(p.name);
  const auto& source = populations[chain.front().from_layer->pre];
  write_shape(nodes, source.name, "Input", source, false);
  bool flat = source.shape.size() == 0;  // the signal of the layer before is a vector
  std::vector<std::string> edges;
  const auto add_edge = [&](const std::string& from, const std::string& to) { edges.insert(edges.end(), {from, to}); };
  for (std::size_t l = 0; l < chain.size(); ++l) {
    const auto& layer = chain[l];
    const auto& pre = populations[layer.from_layer->pre];
    const auto& post = populations[layer.population];
    const auto& shared = layer.from_layer->shared;
    const bool leads_to_shared = l + 1 < chain.size() && chain[l + 1].from_layer->shared;
    const auto linear = unused_name(names, pre.name + "_to_" + post.name);
    auto before = pre.name;
    const auto add_node = [&](const std::string& suffix, const auto& write) {
      const auto name = unused_name(names, linear + suffix);
      write(name);
      add_edge(before, name);
      before = name;
    };
    auto signal = pre.shape;
    if (shared && shared->pool > 1) {
      add_node("_pool", [&](const std::string& name) { write_pool(nodes, name, shared->pool); });
      signal = pooled(*shared, pre.shape);
    }
    const bool is_whole = shared && is_matrix(*shared, signal, post.shape);
    const bool is_dense = !shared || is_whole;
    if (is_dense && !flat) {
      add_node("_flatten", [&](const std::string& name) { write_flatten(nodes, name, signal); });
    }
    if (is_dense) {
      write_linear(nodes, linear, layer, pre, post, model.single_precision);
    } else {
      write_convolution(nodes, linear, layer, pre.shape, post.shape, model.single_precision);
    }
    flat = post.shape.size() == 0 || (is_whole && !leads_to_shared);
    write_if(nodes, post, flat, model.single_precision);
    add_edge(before, linear);
    add_edge(linear, post.name);
  }
  const auto& last = populations[chain.back().population];
  const auto output = unused_name(names, "output_spikes");
  write_shape(nodes, output, "Output", last, flat);
  add_edge(last.name, output);
  write_strings(graph, "edges", edges, {edges.size() / 2, 2});
}

void write_step_biases(const hdf5_object& metadata, const stored_model& model, std::span<const layer_inputs> chain) {
  for (const auto& layer : chain) {
    if (layer.from_bias == nullptr || layer.from_bias->kernel == synapse_kernel::ramp) continue;
    const auto& weights = layer.from_bias->weights;
    const auto field = bias_field(model.net.populations()[layer.from_bias->pre].name);
    write_weights(metadata, field, weights, {weights.size()}, model.single_precision);
  }
}

void write_class_weights(const hdf5_object& metadata, const stored_model& model, std::span<const layer_inputs> chain) {
  const auto populations = model.net.populations();
  for (const auto& layer : chain) {
    if (layer.from_classes == nullptr) continue;
    const auto& pre = populations[layer.from_classes->pre];
    const auto& weights = layer.from_classes->weights;
    write_weights(metadata, source_field(pre.name), weights, {pre.size, weights.size() / pre.size},
                  model.single_precision);
  }
}

void write_graph(const hdf5_object& parent, const stored_model& model) {
  const auto populations = model.net.populations();
  std::vector<projection<double>> projections;
  for (std::size_t i = 0; i < model.net.projection_count(); ++i) projections.push_back(model.net.describe(i));
  const auto chain = find_chain(populations, projections);
  check_values(model, populations[chain.back().population].size);
  for (const auto& p : populations) check_link_name("population", p.name);
  write_scalar(parent, "version", std::string("1.0"));  // of NIR
  const auto graph = create_group(parent, "node");
  write_scalar(graph, "type", std::string("NIRGraph"));
  write_nodes(graph, model, chain);
  const auto metadata = write_metadata(graph, model);
  write_step_biases(metadata, model, chain);
  write_class_weights(metadata, model, chain);
}

}  // namespace

void write_model(const std::string& path, const stored_model& model, bool overwrite) {
  pending_file file(path, overwrite);
  auto root = create_hdf5(file.tmp(), path);
  write_graph(root, model);
  close_hdf5(root);
  file.commit();
}

void add_model(spike_trace_writer& writer, const std::string& name, const stored_model& model) {
  check_link_name("model", name);
  const auto& root = writer.root();
  const auto models = has_member(root, "models") ? open_group(root, "models") : create_group(root, "models");
  write_graph(create_group(models, name), model);
}

}  // namespace firstspike
