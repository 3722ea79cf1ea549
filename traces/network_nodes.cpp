#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/network_parts.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

constexpr std::size_t most_equal_neurons = std::size_t{1} << 28;

// The size from n_nodes, SONATA's columns and v_th; those that exist must agree.
std::uint32_t read_size(const hdf5_object& group) {
  auto size = find_attribute<std::uint64_t>(group, "n_nodes");
  const bool has_attribute = size.has_value();
  for (const auto* column : {"node_type_id", "node_id", "node_group_id"}) {
    if (!has_member(group, column)) continue;
    const auto length = read_vector<std::int64_t>(group, column).size();
    if (size && *size != length) {
      refuse(group, column,
             fmt::format("has {} entries, but {} {}", length, has_attribute ? "attribute n_nodes =" : "the population",
                         *size));
    }
    size = length;
  }
  if (!size && is_group(group, "0") && has_member(open_group(group, "0"), "v_th")) {
    size = read_vector<double>(open_group(group, "0"), "v_th").size();
  }
  if (!size) refuse(group, "attribute n_nodes and data set node_type_id are missing, needed: one of them");
  if (*size == 0 || *size > 0xffffffffu) {
    refuse(group, fmt::format("attribute n_nodes = {}, allowed: 1 to 2^32 - 1", *size));
  }
  return static_cast<std::uint32_t>(*size);
}

// t_open, in files of firstspike 0.1.0: the firing time of a bias neuron; must be 0 for layers of neurons.
std::optional<double> find_t_open(const hdf5_object& group, population_kind kind) {
  const auto t_open = find_attribute<double>(group, "t_open");
  if (!t_open) return std::nullopt;
  if (has_attribute(group, "t_fire")) refuse(group, "attributes t_open and t_fire are both there, needed: t_fire");
  if (!(*t_open >= 0 && *t_open < longest_window)) {
    refuse(group, fmt::format("attribute t_open = {}, allowed: [0, 2^32)", *t_open));
  }
  if (kind == population_kind::neurons && *t_open > 0) {
    refuse(group,
           fmt::format("attribute t_open = {}, allowed of neurons: 0; firstspike 0.1.0 reads this network", *t_open));
  }
  return kind == population_kind::bias ? t_open : std::nullopt;
}

void read_times(const hdf5_object& group, population& p) {
  const auto t_open = find_t_open(group, p.kind);
  p.t_fire = find_attribute<double>(group, "t_fire").value_or(t_open.value_or(default_t_fire(p.kind)));
  p.threshold_slope = find_attribute<double>(group, "threshold_slope").value_or(0);
  p.t_close = find_attribute<double>(group, "t_close").value_or(never);
  const auto refused = find_refused_value(p);
  if (!refused) return;
  refuse(group, fmt::format("attribute {} = {}, allowed: {}", refused->field, refused->value, refused->allowed));
}

// The kind by SONATA's model_type, where the attribute `kind` does not say it. Other models of neurons are read as
// integrate-and-fire neurons, but only where the caller wants that.
population_kind kind_by_model(const hdf5_object& group, const sonata_rows& rows, network_answers& answers) {
  if (!rows.has("model_type")) return population_kind::neurons;
  const auto models = rows.words("model_type");
  std::size_t sources = 0;
  std::optional<std::size_t> first_neuron;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& model = models.values[i];
    if (model == "virtual") ++sources;
    if (model.empty() || model == "virtual") continue;
    if (!first_neuron) first_neuron = i;
    if (model == "point_neuron" || model == "point_process") continue;
    throw std::runtime_error(
        fmt::format("{} = '{}', allowed: virtual, point_neuron, point_process", rows.place("model_type", i), model));
  }
  if (first_neuron) answers.need_one_spike(rows, "model_type", *first_neuron);
  if (sources != 0 && sources != rows.size()) {
    refuse(group, fmt::format("{} of {} nodes are virtual, needed: all or none", sources, rows.size()));
  }
  return sources != 0 ? population_kind::source : population_kind::neurons;
}

// Neurons with parameters of another simulator's model.
void check_neuron_models(const sonata_rows& rows, network_answers& answers) {
  const auto templates = rows.has("model_template") ? rows.words("model_template") : sonata_column<std::string>{};
  const auto first = std::ranges::find(templates.given, true);
  if (first != templates.given.end()) {
    answers.need_one_spike(rows, "model_template", static_cast<std::size_t>(first - templates.given.begin()));
  }
  if (!rows.groups_with("dynamics_params").empty()) answers.need_one_spike(rows, "dynamics_params", 0);
}

std::vector<double> read_thresholds(const sonata_rows& rows, network_answers& answers) {
  const auto& answer = answers.given().v_th;
  if (answer && !(*answer > 0 && *answer < never)) {
    throw incomplete_model(fmt::format("v_th = {}, allowed: finite, > 0", *answer));
  }
  if (!rows.has("v_th")) {
    // Nothing in the file has as many entries as it has neurons.
    if (rows.size() > most_equal_neurons) {
      throw std::runtime_error(fmt::format("{} is missing, allowed for up to {} neurons, not {}", rows.place("v_th", 0),
                                           most_equal_neurons, rows.size()));
    }
    return std::vector<double>(rows.size(),
                               answers.fill_in("v_th", answer, rows.place("v_th", 0) + " is missing", 1.0));
  }
  auto v_th = rows.numbers("v_th");
  answers.fill_in("v_th", answer, rows, v_th, 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (v_th.values[i] > 0 && v_th.values[i] < never) continue;
    throw std::runtime_error(fmt::format("{} = {}, allowed: finite, > 0", rows.place("v_th", i), v_th.values[i]));
  }
  return std::move(v_th.values);
}

grid read_grid(const hdf5_object& group, std::uint32_t size) {
  grid shape;
  for (const auto& [name, length] :
       {std::pair{"rows", &shape.rows}, std::pair{"columns", &shape.columns}, std::pair{"channels", &shape.channels}}) {
    const auto stored = find_attribute<std::uint64_t>(group, name);
    if (!stored) continue;
    if (*stored == 0 || *stored > size)
      refuse(group, fmt::format("attribute {} = {}, allowed: 1 to {}", name, *stored, size));
    *length = static_cast<std::uint32_t>(*stored);
  }
  if (shape == grid{} || shape.size() == size) return shape;
  refuse(group, fmt::format("attributes rows, columns, channels = {}, {}, {}, needed: none, or a product of {}",
                            shape.rows, shape.columns, shape.channels, size));
}

}  // namespace

population read_population(const hdf5_object& group, const std::string& name, const sonata_types& types,
                           network_answers& answers) {
  population p;
  p.name = name;
  p.size = read_size(group);
  const sonata_rows rows(group, "node", p.size, types);
  const auto word = find_attribute<std::string>(group, "kind");
  const auto kind = word ? kind_called(*word == "reference" ? "bias" : *word)  // the word of firstspike 0.1.0
                         : kind_by_model(group, rows, answers);
  if (!kind) refuse(group, fmt::format("attribute kind = '{}', allowed: source, bias, neurons", *word));
  p.kind = *kind;
  if (p.kind == population_kind::neurons) {
    check_neuron_models(rows, answers);
    p.v_th = read_thresholds(rows, answers);
  }
  read_times(group, p);
  p.shape = read_grid(group, p.size);
  return p;
}

}  // namespace firstspike
