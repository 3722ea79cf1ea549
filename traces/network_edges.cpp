#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/circuit_config.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/network_parts.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

struct edge_end {
  std::uint32_t population = 0;
  std::vector<std::uint64_t> ids;
};

edge_end read_end(const hdf5_object& group, const sonata_rows& rows, const std::string& field,
                  std::vector<std::uint64_t> ids, const std::vector<population>& populations) {
  edge_end end;
  end.ids = rows.in_order(field, std::move(ids));
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
std::vector<double> read_synapse_weights(const hdf5_object& group, const sonata_rows& rows,
                                         const std::string& synapse_directory) {
  check_words(rows, "weight_function", "wmax");
  check_words(rows, "model_template", "static_synapse");
  check_words(rows, "template", "static_synapse");
  auto weights = rows.numbers("syn_weight");
  const auto counts = rows.has("nsyns") ? rows.numbers("nsyns") : sonata_column<double>{};
  const auto signs = read_signs(group, rows, synapse_directory);
  for (std::size_t e = 0; e < rows.size(); ++e) {
    if (!weights.given[e]) throw std::runtime_error(rows.place("syn_weight", e) + " is missing, needed: a weight");
    weights.values[e] *= signs[e] * (!counts.given.empty() && counts.given[e] ? counts.values[e] : 1);
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

}  // namespace

projection<double> read_projection(const hdf5_object& group, const sonata_types& types,
                                   const std::string& synapse_directory, const std::vector<population>& populations,
                                   network_answers& answers) {
  projection<double> p;
  p.kernel = read_kernel(group, answers);
  const auto layout = find_attribute<std::string>(group, "layout").value_or("sparse");
  if (layout != "sparse" && layout != "dense") {
    refuse(group, fmt::format("attribute layout = '{}', allowed: dense, sparse", layout));
  }
  auto source_ids = read_vector<std::uint64_t>(group, "source_node_id");
  const sonata_rows rows(group, "edge", source_ids.size(), types);
  const auto sources = read_end(group, rows, "source_node_id", std::move(source_ids), populations);
  auto target_ids = read_vector<std::uint64_t>(group, "target_node_id");
  const auto targets = read_end(group, rows, "target_node_id", std::move(target_ids), populations);
  const auto weights = read_synapse_weights(group, rows, synapse_directory);
  const auto delays = read_delays(group, rows, answers);
  p.pre = sources.population;
  p.post = targets.population;
  p.sparse = true;
  p.synapses.reserve(rows.size());
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

}  // namespace firstspike
