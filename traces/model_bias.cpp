#include "firstspike/traces/model_bias.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace firstspike {
namespace {

// Weights of a bias neuron with the step kernel, for which NIR has no field.
const std::vector<double>& step_bias(const hdf5_object& graph, const model_metadata& m, const std::string& name,
                                     std::size_t size) {
  const auto field = "metadata/" + bias_field(name);
  const auto found = m.biases.find(name);
  if (found == m.biases.end()) refuse(graph, field, "is missing");
  const auto& weights = found->second;
  if (weights.size() != size) refuse(graph, field, fmt::format("has {} entries, needed: {}", weights.size(), size));
  for (std::size_t j = 0; j < size; ++j) {
    if (!std::isfinite(weights[j])) refuse(graph, field, fmt::format("entry {} = {}, allowed: finite", j, weights[j]));
  }
  return weights;
}

}  // namespace

bool has_bias(const nir_layer& layer) {
  return std::any_of(layer.bias.begin(), layer.bias.end(), [](double b) { return b != 0; });
}

void check_biases(const hdf5_object& graph, const model_metadata& m) {
  std::map<std::string, std::size_t> uses;
  std::map<std::string, synapse_kernel> kernels;
  for (std::size_t i = 0; i < m.populations->size(); ++i) {
    if (m.kinds[i] == population_kind::bias) uses[(*m.populations)[i]] = 0;
  }
  for (std::size_t i = 0; i < m.projections.size(); ++i) {
    if (!is_bias(m, i)) continue;
    ++uses[m.projections[i].first];
    kernels[m.projections[i].first] = (*m.kernels)[i];
  }
  for (const auto& [name, count] : uses) {
    if (count == 1) continue;
    refuse(graph, "metadata/projections", fmt::format("{} leave the bias neuron '{}', needed: 1", count, name));
  }
  for (const auto& [name, weights] : m.biases) {
    const auto field = "metadata/" + bias_field(name);
    if (!kernels.contains(name)) refuse(graph, field, "belongs to no bias neuron of projections");
    if (kernels[name] == synapse_kernel::step) continue;
    refuse(graph, field, "is there, allowed for kernel step only; for ramp the graph's bias has the weights");
  }
}

void check_inputs(const hdf5_object& graph, const model_metadata& m, const nir_layer& layer) {
  int layers = 0, biases = 0, classes = 0;
  for (std::size_t i = 0; i < m.projections.size(); ++i) {
    if (m.projections[i].second != layer.name) continue;
    if (m.sources.contains(m.projections[i].first)) {
      ++classes;
    } else {
      ++(is_bias(m, i) ? biases : layers);
    }
  }
  if (classes > 1) {
    refuse(graph, "metadata/projections",
           fmt::format("layer '{}' has {} inputs from sources of the metadata, allowed: 1", layer.name, classes));
  }
  if (layers == 1 && biases <= 1 && (biases == 1 || !has_bias(layer))) return;
  refuse(graph, "metadata/projections",
         fmt::format("layer '{}' has {} inputs and {} bias neurons, needed: 1 and {}", layer.name, layers, biases,
                     has_bias(layer) ? "1" : "at most 1"));
}

void check_no_step_bias(const nir_chain& chain, const model_metadata& m) {
  for (std::size_t i = 0; i < m.projections.size(); ++i) {
    if ((*m.kernels)[i] == synapse_kernel::ramp) continue;
    for (const auto& layer : chain.layers) {
      if (layer.name != m.projections[i].second || !has_bias(layer)) continue;
      throw std::runtime_error(layer.weight_node + "/bias: is not zero, allowed with kernel step: zeros only");
    }
  }
}

void check_metadata_is_f32(const hdf5_object& graph, const model_metadata& m) {
  const auto check = [&](const std::string& field, const std::vector<double>& weights) {
    for (const auto w : weights) {
      if (static_cast<double>(static_cast<float>(w)) == w) continue;
      refuse(graph, "metadata/" + field, fmt::format("{} is no f32, but the model is of that precision", w));
    }
  };
  for (const auto& [name, weights] : m.biases) check(bias_field(name), weights);
  for (const auto& [name, of] : m.sources) check(source_field(name), of.weights);
}

std::vector<double> bias_weights(const hdf5_object& graph, const model_metadata& m, std::size_t i,
                                 const nir_layer& layer) {
  if ((*m.kernels)[i] == synapse_kernel::ramp) return layer.bias;
  return step_bias(graph, m, m.projections[i].first, layer.shared ? layer.shape.channels : layer.size);
}

}  // namespace firstspike
