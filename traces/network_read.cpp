#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/population_fields.hpp"

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

// The size from n_nodes, node_type_id and v_th; those that exist must agree.
std::uint32_t read_size(const hdf5_object& group, const population& p) {
  auto size = find_attribute<std::uint64_t>(group, "n_nodes");
  if (has_member(group, "node_type_id")) {
    const auto length = read_vector<std::int64_t>(group, "node_type_id").size();
    if (size && *size != length) {
      refuse(group, "node_type_id", fmt::format("has {} entries, but attribute n_nodes = {}", length, *size));
    }
    size = length;
  }
  const bool has_thresholds = p.kind == population_kind::neurons;
  if (!size && has_thresholds) size = p.v_th.size();
  if (!size) refuse(group, "attribute n_nodes and data set node_type_id are missing, needed: one of them");
  if (*size == 0 || *size > 0xffffffffu) {
    refuse(group, fmt::format("attribute n_nodes = {}, allowed: 1 to 2^32 - 1", *size));
  }
  if (has_thresholds && p.v_th.size() != *size) {
    refuse(group, "0/v_th", fmt::format("has {} entries, needed: {}", p.v_th.size(), *size));
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

population read_population(const hdf5_object& group, const std::string& name) {
  population p;
  p.name = name;
  const auto word = find_attribute<std::string>(group, "kind").value_or("neurons");
  const auto kind = kind_called(word == "reference" ? "bias" : word);  // the word of firstspike 0.1.0
  if (!kind) refuse(group, fmt::format("attribute kind = '{}', allowed: source, bias, neurons", word));
  p.kind = *kind;
  if (p.kind == population_kind::neurons) {
    p.v_th = read_vector<double>(open_group(group, "0"), "v_th");
    for (std::size_t i = 0; i < p.v_th.size(); ++i) {
      if (!(p.v_th[i] > 0 && p.v_th[i] < never)) {
        refuse(group, "0/v_th", fmt::format("entry {} = {}, allowed: finite, > 0", i, p.v_th[i]));
      }
    }
  }
  p.size = read_size(group, p);
  read_times(group, p);
  return p;
}

struct edge_end {
  std::uint32_t population = 0;
  std::vector<std::uint64_t> ids;
};

edge_end read_end(const hdf5_object& group, const std::string& field, const std::vector<population>& populations) {
  edge_end end;
  end.ids = read_vector<std::uint64_t>(group, field);
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

std::vector<double> read_column(const hdf5_object& group, const std::string& field, std::size_t edges) {
  auto values = read_vector<double>(open_group(group, "0"), field);
  if (values.size() == edges) return values;
  refuse(group, "0/" + field, fmt::format("has {} entries, but source_node_id {}", values.size(), edges));
}

std::vector<double> read_delays(const hdf5_object& group, std::size_t edges) {
  const bool has_column = is_group(group, "0") && has_member(open_group(group, "0"), "delay");
  const auto one = find_attribute<double>(group, "delay");
  if (!has_column && !one) refuse(group, "0/delay", "is missing, and so is the attribute delay; needed: one of them");
  if (has_column && one) refuse(group, "0/delay", "is there, and so is the attribute delay; needed: one of them");
  auto delays = one ? std::vector<double>(edges, *one) : read_column(group, "delay", edges);
  for (std::size_t e = 0; e < edges; ++e) {
    if (delays[e] == 0 || (delays[e] >= shortest_delay && delays[e] <= longest_window)) continue;
    refuse(group, one ? "delay" : "0/delay",
           fmt::format("entry {} = {}, allowed: 0, or from 2^-20 to 2^32 steps", e, delays[e]));
  }
  return delays;
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

projection<double> read_projection(const hdf5_object& group, const std::vector<population>& populations) {
  projection<double> p;
  const auto word = read_attribute<std::string>(group, "kernel");
  const auto kernel = kernel_called(word);
  if (!kernel) refuse(group, fmt::format("attribute kernel = '{}', allowed: step, ramp", word));
  const auto layout = find_attribute<std::string>(group, "layout").value_or("sparse");
  if (layout != "sparse" && layout != "dense") {
    refuse(group, fmt::format("attribute layout = '{}', allowed: dense, sparse", layout));
  }
  const auto sources = read_end(group, "source_node_id", populations);
  const auto targets = read_end(group, "target_node_id", populations);
  const std::size_t edges = sources.ids.size();
  if (targets.ids.size() != edges) {
    refuse(group, "target_node_id", fmt::format("has {} entries, but source_node_id {}", targets.ids.size(), edges));
  }
  const auto weights = read_column(group, "syn_weight", edges);
  const auto delays = read_delays(group, edges);
  p.pre = sources.population;
  p.post = targets.population;
  p.kernel = *kernel;
  p.sparse = true;
  for (std::size_t e = 0; e < edges; ++e) {
    if (!(weights[e] > -never && weights[e] < never)) {
      refuse(group, "0/syn_weight", fmt::format("entry {} = {}, allowed: finite", e, weights[e]));
    }
    p.synapses.push_back({static_cast<std::uint32_t>(sources.ids[e]), static_cast<std::uint32_t>(targets.ids[e]),
                          weights[e], delays[e]});
  }
  if (layout == "dense") {
    check_dense(group, p, populations[p.pre], populations[p.post]);
    make_dense(p);
  }
  return p;
}

}  // namespace

network<double> read_network(const std::string& path) {
  const auto root = open_hdf5(path);
  const auto nodes = open_group(root, "nodes");
  std::vector<population> populations;
  for (const auto& name : ordered_members(nodes)) populations.push_back(read_population(open_group(nodes, name), name));
  if (populations.empty()) refuse(nodes, "has no population, needed: one group for each");
  const auto edges = open_group(root, "edges");
  std::vector<projection<double>> projections;
  for (const auto& name : ordered_members(edges)) {
    projections.push_back(read_projection(open_group(edges, name), populations));
  }
  try {
    return {std::move(populations), std::move(projections)};
  } catch (const std::invalid_argument& error) {
    refuse(edges, error.what());
  }
}

}  // namespace firstspike
