#include "firstspike/traces/model_metadata.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/hdf5_write.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

const std::string metadata_prefix = "fact.";
const std::string bias_prefix = "bias.";
const std::string source_prefix = "source.";
const std::string old_bias_prefix = "reference.";  // of firstspike 0.1.0
constexpr auto read_by_0_1 = "firstspike 0.1.0 reads this model; for this version it has to be trained again";

// One value, or one for each of `count`.
template <class T>
std::optional<std::vector<T>> find_values(const hdf5_object& metadata, const std::string& field, std::size_t count) {
  if (!has_member(metadata, field)) return std::nullopt;
  auto values = read_dataset<T>(metadata, field);
  const bool one_for_all = values.shape.empty();
  if (!one_for_all && values.values.size() != count) {
    refuse(metadata, field, fmt::format("has {} entries, needed: {}", values.values.size(), count));
  }
  return std::move(values.values);
}

std::optional<double> find_time(const hdf5_object& metadata, const std::string& field) {
  if (!has_member(metadata, field)) return std::nullopt;
  const auto t = read_scalar<double>(metadata, field);
  if (t > 0 && t <= longest_window) return t;
  refuse(metadata, field, fmt::format("is {}, allowed: above 0, up to 2^32 steps", t));
}

// Data of firstspike 0.1.0 that this version does not support.
void refuse_old_models(const hdf5_object& metadata) {
  if (has_member(metadata, "population_kinds")) {
    for (const auto& kind : read_vector<std::string>(metadata, "population_kinds")) {
      if (kind == "reference") refuse(metadata, "population_kinds", fmt::format("'{}'; {}", kind, read_by_0_1));
    }
  }
  for (const auto& name : member_names(metadata)) {
    if (name.starts_with(old_bias_prefix)) refuse(metadata, name, read_by_0_1);
  }
  if (!has_member(metadata, "t_open")) return;
  for (const double t : read_dataset<double>(metadata, "t_open").values) {
    if (t > 0) refuse(metadata, "t_open", fmt::format("{}; {}", t, read_by_0_1));
    if (t != 0) refuse(metadata, "t_open", fmt::format("{}, allowed: 0", t));
  }
  if (has_member(metadata, "t_fire")) refuse(metadata, "t_open", "is there, and so is t_fire; needed: t_fire");
}

// One value for each population; empty if the file has none.
std::vector<double> read_per_population(const hdf5_object& metadata, const std::string& field, std::size_t count) {
  auto values = find_values<double>(metadata, field, count).value_or(std::vector<double>());
  if (values.size() == 1) values.resize(count, values.front());
  return values;
}

std::vector<std::uint8_t> read_trainable(const hdf5_object& metadata, std::size_t count) {
  if (!has_member(metadata, "trainable")) return {};
  auto trainable = read_vector<std::uint8_t>(metadata, "trainable");
  if (trainable.size() != count) {
    refuse(metadata, "trainable", fmt::format("has {} entries, but populations {}", trainable.size(), count));
  }
  for (const auto value : trainable) {
    if (value > 1) refuse(metadata, "trainable", fmt::format("{}, allowed: 0, 1", value));
  }
  return trainable;
}

void read_populations(const hdf5_object& metadata, model_metadata& m) {
  if (!has_member(metadata, "populations")) return;
  m.populations = read_vector<std::string>(metadata, "populations");
  const auto count = m.populations->size();
  const auto kinds = read_vector<std::string>(metadata, "population_kinds");
  if (kinds.size() != count) {
    refuse(metadata, "population_kinds", fmt::format("has {} entries, but populations {}", kinds.size(), count));
  }
  for (const auto& name : kinds) {
    const auto kind = kind_called(name);
    if (!kind) refuse(metadata, "population_kinds", fmt::format("'{}', allowed: source, bias, neurons", name));
    m.kinds.push_back(*kind);
  }
  m.t_fire = read_per_population(metadata, "t_fire", count);
  m.threshold_slope = read_per_population(metadata, "threshold_slope", count);
  m.t_close = read_per_population(metadata, "t_close", count);
  m.trainable = read_trainable(metadata, count);
  const auto pairs = read_dataset<std::string>(metadata, "projections");
  if (pairs.shape.size() != 2 || pairs.shape[1] != 2)
    refuse(metadata, "projections", "its shape is not [projections, 2]");
  for (std::size_t i = 0; i < pairs.values.size(); i += 2) {
    m.projections.emplace_back(pairs.values[i], pairs.values[i + 1]);
  }
}

void read_projection_values(const hdf5_object& metadata, model_metadata& m) {
  const std::size_t count = m.populations ? m.projections.size() : 1;
  if (const auto names = find_values<std::string>(metadata, "kernel", count)) {
    m.kernels.emplace();
    for (const auto& name : *names) {
      const auto kernel = kernel_called(name);
      if (!kernel) refuse(metadata, "kernel", fmt::format("'{}', allowed: step, ramp", name));
      m.kernels->push_back(*kernel);
    }
  }
  m.delays = find_values<double>(metadata, "delay", count);
  if (!m.delays) return;
  for (const double d : *m.delays) {
    if (d == 0 || (d >= shortest_delay && d <= longest_window)) continue;
    refuse(metadata, "delay", fmt::format("{}, allowed: 0, or from 2^-20 to 2^32 steps", d));
  }
}

source_weights read_source_weights(const hdf5_object& metadata, const std::string& field) {
  auto read = read_dataset<double>(metadata, field);
  if (read.shape.size() != 2 || read.values.empty()) refuse(metadata, field, "its shape is not [sources, post]");
  for (std::size_t k = 0; k < read.values.size(); ++k) {
    if (std::isfinite(read.values[k])) continue;
    refuse(metadata, field, fmt::format("entry {} = {}, allowed: finite", k, read.values[k]));
  }
  return {static_cast<std::uint32_t>(read.shape[0]), std::move(read.values)};
}

void write_populations(const hdf5_object& metadata, const network<double>& net) {
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  std::vector<double> t_fire;
  std::vector<double> threshold_slope;
  std::vector<double> t_close;
  for (const auto& p : net.populations()) {
    names.push_back(p.name);
    kinds.push_back(kind_name(p.kind));
    t_fire.push_back(p.t_fire);
    threshold_slope.push_back(p.threshold_slope);
    t_close.push_back(p.t_close);
  }
  write_strings(metadata, "populations", names, {names.size()});
  write_strings(metadata, "population_kinds", kinds, {kinds.size()});
  write_dataset<double>(metadata, "t_fire", t_fire, {t_fire.size()});
  write_dataset<double>(metadata, "threshold_slope", threshold_slope, {threshold_slope.size()});
  write_dataset<double>(metadata, "t_close", t_close, {t_close.size()});
}

void write_projections(const hdf5_object& metadata, const network<double>& net) {
  std::vector<std::string> pairs;
  std::vector<std::string> kernels;
  std::vector<double> delays;
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const auto& p = net.describe(i);
    pairs.push_back(net.populations()[p.pre].name);
    pairs.push_back(net.populations()[p.post].name);
    kernels.push_back(kernel_name(p.kernel));
    delays.push_back(p.delay);
  }
  write_strings(metadata, "projections", pairs, {kernels.size(), 2});
  write_strings(metadata, "kernel", kernels, {kernels.size()});
  write_dataset<double>(metadata, "delay", delays, {delays.size()});
}

}  // namespace

bool is_bias(const model_metadata& m, std::size_t projection) {
  const auto at = std::find(m.populations->begin(), m.populations->end(), m.projections[projection].first);
  return at != m.populations->end() &&
         m.kinds[static_cast<std::size_t>(at - m.populations->begin())] == population_kind::bias;
}

std::string bias_field(const std::string& population) { return bias_prefix + population; }
std::string source_field(const std::string& population) { return source_prefix + population; }

model_metadata read_metadata(const hdf5_object& graph) {
  model_metadata m;
  if (!has_member(graph, "metadata")) return m;
  const auto metadata = open_group(graph, "metadata");
  refuse_old_models(metadata);
  if (has_member(metadata, "t_open")) m.regime = "free";  // firstspike 0.1.0 wrote it
  if (has_member(metadata, "regime")) m.regime = read_scalar<std::string>(metadata, "regime");
  if (has_member(metadata, "max_spikes")) m.max_spikes = read_scalar<std::int64_t>(metadata, "max_spikes");
  if (has_member(metadata, "precision")) {
    m.precision = read_scalar<std::string>(metadata, "precision");
    if (m.precision != "f32" && m.precision != "f64") {
      refuse(metadata, "precision", fmt::format("'{}', allowed: f32, f64", *m.precision));
    }
  }
  m.t_in = find_time(metadata, "t_in");
  m.t_max = find_time(metadata, "t_max");
  if (has_member(metadata, "label_of_output")) {
    m.label_of_output = read_vector<std::uint8_t>(metadata, "label_of_output");
  }
  read_populations(metadata, m);
  read_projection_values(metadata, m);
  for (const auto& name : member_names(metadata)) {
    if (name.starts_with(metadata_prefix))
      m.metadata[name.substr(metadata_prefix.size())] = read_metadata_value(metadata, name);
    if (name.starts_with(bias_prefix)) {
      m.biases[name.substr(bias_prefix.size())] = read_vector<double>(metadata, name);
    }
    if (name.starts_with(source_prefix)) {
      m.sources[name.substr(source_prefix.size())] = read_source_weights(metadata, name);
    }
  }
  return m;
}

hdf5_object write_metadata(const hdf5_object& graph, const stored_model& model) {
  auto metadata = create_group(graph, "metadata");
  write_scalar(metadata, "max_spikes", std::int64_t{1});
  write_scalar(metadata, "precision", std::string(model.single_precision ? "f32" : "f64"));
  write_scalar(metadata, "t_in", model.t_in);
  write_scalar(metadata, "t_max", model.t_max);
  write_dataset<std::uint8_t>(metadata, "label_of_output", model.label_of_output, {model.label_of_output.size()});
  write_populations(metadata, model.net);
  write_projections(metadata, model.net);
  if (!model.regime.empty()) write_scalar(metadata, "regime", model.regime);
  if (!model.trainable.empty()) {
    write_dataset<std::uint8_t>(metadata, "trainable", model.trainable, {model.trainable.size()});
  }
  for (const auto& [name, value] : model.metadata) write_scalar(metadata, metadata_prefix + name, value);
  return metadata;
}

}  // namespace firstspike
