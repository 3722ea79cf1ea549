#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/circuit_config.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/population_fields.hpp"
#include "firstspike/traces/sonata_rows.hpp"
#include "firstspike/traces/sonata_types.hpp"

namespace firstspike {
namespace {

// Members in the order of their attribute `index`; alphabetical if none has it.
std::vector<std::string> ordered_members(const hdf5_object& parent) {
  const auto names = member_names(parent);
  std::vector<std::string> ordered(names.size());
  std::size_t indexed = 0;
  for (const auto& name : names) {
    const auto group = open_group(parent, name);
    const auto index = find_attribute<std::uint64_t>(group, "index");
    if (!index) continue;
    if (*index >= names.size() || !ordered[*index].empty()) {
      refuse(group, fmt::format("attribute index = {}, allowed: each of 0 to {} once", *index, names.size() - 1));
    }
    ordered[*index] = name;
    ++indexed;
  }
  if (indexed == 0) return names;
  if (indexed != names.size()) refuse(parent, "some members have an attribute index and some have none");
  return ordered;
}

// What the file leaves to import_options: each is needed only where some population or projection has no value.
class network_answers {
 public:
  network_answers(std::string path, const import_options& given) : path_(std::move(path)), given_(given) {}

  const import_options& given() const { return given_; }

  // The option `name` fills in what stands nowhere in the file; `place` says where it might.
  template <class T>
  T fill_in(const std::string& name, const std::optional<T>& answer, const std::string& place, T otherwise) {
    used_.insert(name);
    if (!answer) missing_.emplace(name, place);
    return answer.value_or(otherwise);
  }

  // The same for the rows of a column that have no value.
  void fill_in(const std::string& name, const std::optional<double>& answer, const sonata_rows& rows,
               sonata_column<double>& column, double otherwise) {
    const auto first = std::find(column.given.begin(), column.given.end(), false);
    if (first == column.given.end()) return;
    const auto row = static_cast<std::size_t>(first - column.given.begin());
    const auto value = fill_in(name, answer, rows.place(name, row) + " is missing", otherwise);
    for (std::size_t i = row; i < rows.size(); ++i) {
      if (!column.given[i]) column.values[i] = value;
    }
  }

  // The model of row i fires repeatedly in other tools.
  void need_one_spike(const sonata_rows& rows, const std::string& field, std::size_t i) {
    if (!given_.one_spike) missing_.emplace("one_spike", rows.place(field, i) + " is another model of neurons");
  }

  // Names all that is missing at once.
  void check() const {
    check_used("kernel", given_.kernel.has_value());
    check_used("delay", given_.delay.has_value());
    check_used("v_th", given_.v_th.has_value());
    if (missing_.empty()) return;
    std::string others, places;
    for (const auto& [name, place] : missing_) {
      if (name != missing_.begin()->first) others += (others.empty() ? ", with " : ", ") + name;
      places += "; " + place;
    }
    throw incomplete_model(fmt::format("{} is needed{}: {}", missing_.begin()->first, others, places.substr(2)));
  }

 private:
  void check_used(const std::string& name, bool is_given) const {
    if (!is_given || used_.contains(name)) return;
    throw incomplete_model(fmt::format("{} has no effect: {} has all values; leave it out", name, path_));
  }

  std::string path_;
  const import_options& given_;
  std::set<std::string> used_;
  std::map<std::string, std::string> missing_;  // the first place
};

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
  const auto templates = rows.words("model_template");
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
  auto v_th = rows.numbers("v_th");
  answers.fill_in("v_th", answer, rows, v_th, 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (v_th.values[i] > 0 && v_th.values[i] < never) continue;
    throw std::runtime_error(fmt::format("{} = {}, allowed: finite, > 0", rows.place("v_th", i), v_th.values[i]));
  }
  return std::move(v_th.values);
}

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
  return p;
}

struct edge_end {
  std::uint32_t population = 0;
  std::vector<std::uint64_t> ids;
};

edge_end read_end(const hdf5_object& group, const sonata_rows& rows, const std::string& field,
                  const std::vector<population>& populations) {
  edge_end end;
  end.ids = rows.own_column(field);
  const auto name = find_dataset_attribute(group, field, "node_population");
  if (!name) refuse(group, field, "attribute node_population is missing");
  const auto at =
      std::find_if(populations.begin(), populations.end(), [&](const population& p) { return p.name == *name; });
  if (at == populations.end()) {
    refuse(group, field, fmt::format("attribute node_population = '{}', which is not in /nodes", *name));
  }
  end.population = static_cast<std::uint32_t>(at - populations.begin());
  for (std::size_t e = 0; e < end.ids.size(); ++e) {
    if (end.ids[e] >= at->size) {
      refuse(group, field,
             fmt::format("entry {} = {}, allowed: below {}, the size of {}", e, end.ids[e], at->size, *name));
    }
  }
  return end;
}

std::vector<double> read_delays(const hdf5_object& group, const sonata_rows& rows, network_answers& answers) {
  const auto is_allowed = [](double d) { return d == 0 || (d >= shortest_delay && d <= longest_window); };
  const auto& answer = answers.given().delay;
  if (answer && !is_allowed(*answer)) {
    throw incomplete_model(fmt::format("delay = {}, allowed: 0, or from 2^-20 to 2^32 steps", *answer));
  }
  const auto one = find_attribute<double>(group, "delay");
  auto delays = one ? sonata_column<double>{} : rows.numbers("delay");
  if (one) {
    for (const auto& name : rows.groups_with("delay")) {
      refuse(group, name + "/delay", "is there, and so is the attribute delay; needed: one of them");
    }
    delays.values.assign(rows.size(), *one);
    delays.given.assign(rows.size(), true);
  }
  answers.fill_in("delay", answer, rows, delays, 0);
  for (std::size_t e = 0; e < rows.size(); ++e) {
    if (is_allowed(delays.values[e])) continue;
    const auto where = one ? fmt::format("{}: {}: attribute delay", group.file, group.name) : rows.place("delay", e);
    throw std::runtime_error(fmt::format("{} = {}, allowed: 0, or from 2^-20 to 2^32 steps", where, delays.values[e]));
  }
  return std::move(delays.values);
}

// Words that say how another simulator computes a synapse: only those that mean weight and delay alone are allowed.
void check_words(const sonata_rows& rows, const std::string& field, const std::string& allowed) {
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
  if (!rows.groups_with("dynamics_params").empty()) return signs;
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
std::vector<double> read_synapse_weights(const hdf5_object& group, const sonata_rows& rows,
                                         const std::string& synapse_directory) {
  check_words(rows, "weight_function", "wmax");
  check_words(rows, "model_template", "static_synapse");
  check_words(rows, "template", "static_synapse");
  auto weights = rows.numbers("syn_weight");
  const auto counts = rows.numbers("nsyns");
  const auto signs = read_signs(group, rows, synapse_directory);
  for (std::size_t e = 0; e < rows.size(); ++e) {
    if (!weights.given[e]) throw std::runtime_error(rows.place("syn_weight", e) + " is missing, needed: a weight");
    weights.values[e] *= signs[e] * (counts.given[e] ? counts.values[e] : 1);
    if (weights.values[e] > -never && weights.values[e] < never) continue;
    throw std::runtime_error(fmt::format("{} = {}, allowed: finite", rows.place("syn_weight", e), weights.values[e]));
  }
  return std::move(weights.values);
}

// Every pair once, source by source, with one delay.
void check_dense(const hdf5_object& group, const projection<double>& p, const population& pre, const population& post) {
  const std::size_t needed = std::size_t{pre.size} * post.size;
  if (p.synapses.size() != needed) {
    refuse(group, "source_node_id",
           fmt::format("layout is dense, but {} edges, needed: {}", p.synapses.size(), needed));
  }
  for (std::size_t e = 0; e < needed; ++e) {
    const auto& s = p.synapses[e];
    if (s.pre != e / post.size || s.post != e % post.size) {
      refuse(group, "target_node_id",
             fmt::format("layout is dense, but edge {} is {} -> {}, needed: {} -> {}", e, s.pre, s.post, e / post.size,
                         e % post.size));
    }
    if (s.delay != p.synapses.front().delay) {
      refuse(group, "0/delay", fmt::format("layout is dense, but entry {} = {} differs from the first", e, s.delay));
    }
  }
}

void make_dense(projection<double>& p) {
  p.sparse = false;
  p.delay = p.synapses.front().delay;
  for (const auto& s : p.synapses) p.weights.push_back(s.weight);
  p.synapses.clear();
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

projection<double> read_projection(const hdf5_object& group, const sonata_types& types,
                                   const std::string& synapse_directory, const std::vector<population>& populations,
                                   network_answers& answers) {
  projection<double> p;
  p.kernel = read_kernel(group, answers);
  const auto layout = find_attribute<std::string>(group, "layout").value_or("sparse");
  if (layout != "sparse" && layout != "dense") {
    refuse(group, fmt::format("attribute layout = '{}', allowed: dense, sparse", layout));
  }
  const sonata_rows rows(group, "edge", read_vector<std::uint64_t>(group, "source_node_id").size(), types);
  const auto sources = read_end(group, rows, "source_node_id", populations);
  const auto targets = read_end(group, rows, "target_node_id", populations);
  const auto weights = read_synapse_weights(group, rows, synapse_directory);
  const auto delays = read_delays(group, rows, answers);
  p.pre = sources.population;
  p.post = targets.population;
  p.sparse = true;
  for (std::size_t e = 0; e < rows.size(); ++e) {
    p.synapses.push_back({static_cast<std::uint32_t>(sources.ids[e]), static_cast<std::uint32_t>(targets.ids[e]),
                          weights[e], delays[e]});
  }
  if (layout == "dense") {
    check_dense(group, p, populations[p.pre], populations[p.post]);
    make_dense(p);
  }
  return p;
}

hdf5_object open_part(const hdf5_object& root, const std::string& part) {
  if (has_member(root, part)) return open_group(root, part);
  refuse(root, part, "is missing, needed: a group; a network of several files is read by its circuit_config.json");
}

std::vector<population> read_populations(const sonata_network_files& files, network_answers& answers) {
  std::vector<population> populations;
  for (const auto& [path, types_path] : files.nodes) {
    const auto root = open_hdf5(path);
    const auto nodes = open_part(root, "nodes");
    for (const auto& name : ordered_members(nodes)) {
      const auto types = read_sonata_types(types_path, "node", name);
      populations.push_back(read_population(open_group(nodes, name), name, types, answers));
    }
    if (populations.empty()) refuse(nodes, "has no population, needed: one group for each");
  }
  return populations;
}

std::vector<projection<double>> read_projections(const sonata_network_files& files,
                                                 const std::vector<population>& populations, network_answers& answers) {
  std::vector<projection<double>> projections;
  for (const auto& [path, types_path] : files.edges) {
    const auto root = open_hdf5(path);
    const auto edges = open_part(root, "edges");
    for (const auto& name : ordered_members(edges)) {
      const auto types = read_sonata_types(types_path, "edge", name);
      projections.push_back(
          read_projection(open_group(edges, name), types, files.synapse_directory, populations, answers));
    }
  }
  return projections;
}

}  // namespace

network<double> read_network(const std::string& path, const import_options& import) {
  const bool is_config = is_json(path);
  const auto files = is_config ? read_circuit_config(path) : sonata_network_files{{{path, ""}}, {{path, ""}}, ""};
  network_answers answers(path, import);
  auto populations = read_populations(files, answers);
  auto projections = read_projections(files, populations, answers);
  answers.check();
  try {
    return {std::move(populations), std::move(projections)};
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(fmt::format("{}: {}{}", path, is_config ? "" : "/edges: ", error.what()));
  }
}

}  // namespace firstspike
