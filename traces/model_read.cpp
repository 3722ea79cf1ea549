#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/missing_answers.hpp"
#include "firstspike/traces/model_bias.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/model_metadata.hpp"
#include "firstspike/traces/nir_graph.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

// What the file lacks, and the caller does not give. A bias neuron of a file by other tools has no delay.
missing_answers missing_of(const hdf5_object& graph, const model_metadata& m, const import_options& options) {
  missing_answers missing;
  const auto need = [&](const std::string& option, const std::string& field, bool is_there) {
    if (!is_there) missing[option] = fmt::format("{}: {}/metadata/{} is missing", graph.file, graph.name, field);
  };
  need("one_spike", "max_spikes", m.max_spikes || options.one_spike);
  need("kernel", "kernel", m.kernels || options.kernel);
  need("delay", "delay", m.delays || options.delay);
  need("t_in", "t_in", m.t_in || options.t_in || !options.encodes_images);
  need("t_max", "t_max", m.t_max || options.t_max);
  return missing;
}

// Combines the value in the file, metadata/<field>, with the value of the caller, import_options::<option>: one of them
// is there, and both must agree.
template <class T, class Shown>
T agreed(const hdf5_object& graph, const std::string& field, const std::optional<T>& in_file, const std::string& option,
         const std::optional<T>& answer, const Shown& shown) {
  if (in_file && answer && *in_file != *answer) {
    throw incomplete_model(fmt::format("{} = {}, but {}: {}/metadata/{} = {}; leave it out", option, shown(*answer),
                                       graph.file, graph.name, field, shown(*in_file)));
  }
  return in_file ? *in_file : *answer;
}

std::string shown_number(double value) { return fmt::format("{}", value); }

void check_one_spike(const hdf5_object& graph, const model_metadata& m, const import_options& options) {
  const std::optional<std::int64_t> answer = options.one_spike ? std::optional<std::int64_t>(1) : std::nullopt;
  const auto max_spikes =
      agreed(graph, "max_spikes", m.max_spikes, "one_spike", answer, [](std::int64_t n) { return std::to_string(n); });
  if (max_spikes == 1) return;
  refuse(graph, "metadata/max_spikes", fmt::format("is {}, needed: 1, neurons here fire at most once", max_spikes));
}

double agreed_time(const hdf5_object& graph, const std::string& field, const std::optional<double>& in_file,
                   const std::optional<double>& answer) {
  if (answer && !(*answer > 0 && *answer <= longest_window)) {
    throw incomplete_model(fmt::format("{} = {}, allowed: above 0, up to 2^32 steps", field, *answer));
  }
  return agreed(graph, field, in_file, field, answer, shown_number);
}

std::vector<std::uint8_t> agreed_labels(const hdf5_object& graph, const model_metadata& m,
                                        const import_options& options, std::size_t outputs) {
  const auto shown = [](const std::vector<std::uint8_t>& labels) {
    std::string text = "[";
    for (const auto label : labels) text += (text.size() > 1 ? ", " : "") + std::to_string(label);
    return text + "]";
  };
  if (!m.label_of_output && !options.label_map) return {};
  const auto labels = agreed(graph, "label_of_output", m.label_of_output, "label_map", options.label_map, shown);
  if (labels.empty() || labels.size() == outputs) return labels;
  const auto what = fmt::format("has {} labels, but the model {} outputs", labels.size(), outputs);
  if (m.label_of_output) refuse(graph, "metadata/label_of_output", what);
  throw incomplete_model(fmt::format("label_map {}: {}", what, graph.file));
}

// Files by other tools list no populations: these are the input, then each layer, after its bias neuron if it has one.
void list_populations(const nir_chain& chain, model_metadata& m) {
  m.populations = {chain.input};
  m.kinds = {population_kind::source};
  std::string pre = chain.input;
  std::vector<double> delays;
  for (const auto& layer : chain.layers) {
    m.projections.emplace_back(pre, layer.name);
    if (m.delays) delays.push_back(m.delays->front());
    if (has_bias(layer)) {
      const auto bias = layer.name + "_bias";
      m.populations->push_back(bias);
      m.kinds.push_back(population_kind::bias);
      m.projections.emplace_back(bias, layer.name);
      delays.push_back(0);
    }
    m.populations->push_back(layer.name);
    m.kinds.push_back(population_kind::neurons);
    pre = layer.name;
  }
  if (m.delays) m.delays = std::move(delays);
}

// Fills in kernel and delay of every projection.
void settle_projections(const hdf5_object& graph, model_metadata& m, const import_options& options) {
  const auto expand = [&](auto& values) {
    if (values && values->size() == 1) values->resize(m.projections.size(), values->front());
  };
  expand(m.kernels);
  expand(m.delays);
  const auto value_at = [](const auto& values, std::size_t i) {
    using optional_value = std::optional<typename std::decay_t<decltype(*values)>::value_type>;
    return values ? optional_value((*values)[i]) : std::nullopt;
  };
  std::vector<synapse_kernel> kernels;
  std::vector<double> delays;
  for (std::size_t i = 0; i < m.projections.size(); ++i) {
    kernels.push_back(agreed(graph, "kernel", value_at(m.kernels, i), "kernel", options.kernel, kernel_name));
    const auto delay = value_at(m.delays, i);
    delays.push_back(is_bias(m, i) ? delay.value_or(0)
                                   : agreed(graph, "delay", delay, "delay", options.delay, shown_number));
  }
  m.kernels = std::move(kernels);
  m.delays = std::move(delays);
}

// The layer that a population of bias neurons or classes projects to; null if there is none.
const nir_layer* layer_after(const nir_chain& chain, const model_metadata& m, const std::string& name) {
  for (const auto& [pre, post] : m.projections) {
    const auto layer = std::ranges::find(chain.layers, post, &nir_layer::name);
    if (pre == name && layer != chain.layers.end()) return &*layer;
  }
  return nullptr;
}

population build_population(const hdf5_object& graph, const nir_chain& chain, const model_metadata& m, std::size_t i) {
  population p{(*m.populations)[i], m.kinds[i], 1, {}};
  p.t_fire = m.t_fire.empty() ? default_t_fire(p.kind) : m.t_fire[i];
  if (!m.threshold_slope.empty()) p.threshold_slope = m.threshold_slope[i];
  if (!m.t_close.empty()) p.t_close = m.t_close[i];
  if (const auto refused = find_refused_value(p)) {
    refuse(graph, "metadata/" + refused->field,
           fmt::format("of '{}' is {}, allowed: {}", p.name, refused->value, refused->allowed));
  }
  const auto layer = std::ranges::find(chain.layers, p.name, &nir_layer::name);
  const bool is_input = p.kind == population_kind::source && p.name == chain.input;
  const bool is_layer = p.kind == population_kind::neurons && layer != chain.layers.end();
  const bool is_class = p.kind == population_kind::source && !is_input && m.sources.contains(p.name);
  if (!is_input && !is_layer && !is_class && p.kind != population_kind::bias) {
    refuse(graph, "metadata/populations",
           fmt::format("'{}' of kind {}, but no such node is in the graph", p.name, kind_name(p.kind)));
  }
  if (is_input) {
    p.size = chain.input_size;
    p.shape = chain.input_shape;
  } else if (is_layer) {
    p.size = layer->size;
    p.shape = layer->shape;
    p.v_th = layer->v_threshold;
  } else if (is_class) {
    p.size = m.sources.at(p.name).sources;
    const auto* informed = layer_after(chain, m, p.name);
    if (informed && informed->shared) p.shape = {1, 1, p.size};
  } else if (const auto* biased = layer_after(chain, m, p.name); biased && biased->shared) {
    p.shape = {biased->shape.rows, biased->shape.columns, 1};
    p.size = static_cast<std::uint32_t>(p.shape.size());
  }
  return p;
}

std::vector<population> build_populations(const hdf5_object& graph, const nir_chain& chain, const model_metadata& m) {
  std::vector<population> result;
  for (std::size_t i = 0; i < m.populations->size(); ++i) result.push_back(build_population(graph, chain, m, i));
  const auto biases = static_cast<std::size_t>(std::ranges::count(m.kinds, population_kind::bias));
  const auto others = biases + m.sources.size();
  if (result.size() != others + 1 + chain.layers.size()) {
    refuse(graph, "metadata/populations",
           fmt::format("lists {} populations beside bias neurons and sources of the metadata, but the graph has {}",
                       result.size() - others, 1 + chain.layers.size()));
  }
  return result;
}

std::uint32_t index_of(const hdf5_object& graph, const model_metadata& m, const std::string& name) {
  const auto at = std::find(m.populations->begin(), m.populations->end(), name);
  if (at != m.populations->end()) return static_cast<std::uint32_t>(at - m.populations->begin());
  refuse(graph, "metadata/projections", fmt::format("names '{}', which is not in populations", name));
}

// Weights of projection `i`, which ends at this layer: empty if the graph has none.
std::vector<double> weights_into(const hdf5_object& graph, const model_metadata& m, std::size_t i,
                                 const std::string& layer_before, const nir_layer& layer) {
  if (is_bias(m, i)) return bias_weights(graph, m, i, layer);
  if (const auto of = m.sources.find(m.projections[i].first); of != m.sources.end()) return of->second.weights;
  return m.projections[i].first == layer_before ? layer.weights : std::vector<double>();
}

std::vector<projection<double>> build_projections(const hdf5_object& graph, const nir_chain& chain,
                                                  const model_metadata& m) {
  std::vector<projection<double>> result;
  check_biases(graph, m);
  for (std::size_t i = 0; i < m.projections.size(); ++i) {
    const auto& [pre, post] = m.projections[i];
    projection<double> p{
        index_of(graph, m, pre), index_of(graph, m, post), (*m.kernels)[i], false, (*m.delays)[i], {}, {}};
    for (std::size_t l = 0; l < chain.layers.size(); ++l) {
      if (chain.layers[l].name != post) continue;
      const auto& before = l == 0 ? chain.input : chain.layers[l - 1].name;
      p.weights = weights_into(graph, m, i, before, chain.layers[l]);
      const bool is_beside = is_bias(m, i) || m.sources.contains(pre);
      if (chain.layers[l].shared) p.shared = is_beside ? convolution{} : *chain.layers[l].shared;
    }
    if (p.weights.empty()) {
      refuse(graph, "metadata/projections",
             fmt::format("'{}' -> '{}', but the graph has no weights for it", pre, post));
    }
    result.push_back(std::move(p));
  }
  for (const auto& layer : chain.layers) check_inputs(graph, m, layer);
  return result;
}

bool settle_precision(const hdf5_object& graph, const nir_chain& chain, const model_metadata& m,
                      std::vector<projection<double>>& projections) {
  const auto wide = std::find_if_not(chain.layers.begin(), chain.layers.end(),
                                     [](const nir_layer& layer) { return layer.single_precision; });
  const bool single = m.precision ? *m.precision == "f32" : wide == chain.layers.end();
  if (!single) return false;
  check_metadata_is_f32(graph, m);
  for (auto& p : projections) {
    for (auto& w : p.weights) {
      const auto rounded = static_cast<double>(static_cast<float>(w));
      if (rounded != w && wide != chain.layers.end()) {
        throw std::runtime_error(
            fmt::format("{}/weight: {} is no f32, but metadata/precision says f32", wide->weight_node, w));
      }
      w = rounded;  // needed for a product r * w of two f32
    }
  }
  return true;
}

// A major version that is not known may mean other things by the same names. Files may lack the version.
void check_nir_version(const hdf5_object& parent) {
  if (!has_member(parent, "version")) return;
  const auto version = read_scalar<std::string>(parent, "version");
  if (version.starts_with("0.") || version.starts_with("1.")) return;
  refuse(parent, "version", fmt::format("is '{}', known: 0 and 1 of NIR; convert the file", version));
}

}  // namespace

stored_model read_model(const std::string& path, const import_options& options, const std::string& group) {
  const auto root = open_hdf5(path);
  if (group == "/") check_kind(root, file_kinds::model);
  const auto parent = open_group_path(root, group);
  check_nir_version(parent);
  const auto graph = open_group(parent, "node");
  const auto chain = read_nir_chain(graph);
  auto m = read_metadata(graph);
  stored_model model;
  if (options.v_th) throw incomplete_model("v_th has no effect on a model, which has its thresholds; leave it out");
  refuse_unused_code(options);
  refuse_missing(missing_of(graph, m, options));
  check_one_spike(graph, m, options);
  if (!m.populations) list_populations(chain, m);
  settle_projections(graph, m, options);
  check_no_step_bias(chain, m);
  model.t_max = agreed_time(graph, "t_max", m.t_max, options.t_max);
  model.t_in = m.t_in || options.t_in ? agreed_time(graph, "t_in", m.t_in, options.t_in) : model.t_max;
  model.label_of_output = agreed_labels(graph, m, options, chain.layers.back().size);
  model.metadata = m.metadata;
  model.regime = m.regime;
  model.trainable = m.trainable;
  auto populations = build_populations(graph, chain, m);
  auto projections = build_projections(graph, chain, m);
  model.single_precision = settle_precision(graph, chain, m, projections);
  try {
    model.net = network<double>(std::move(populations), std::move(projections));
  } catch (const std::invalid_argument& error) {
    refuse(graph, error.what());
  }
  return model;
}

std::vector<std::string> models_in_trace(const std::string& path) {
  const auto root = open_hdf5(path);
  if (!has_member(root, "models")) return {};
  return member_names(open_group(root, "models"));
}

}  // namespace firstspike
