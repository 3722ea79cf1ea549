#include <fmt/core.h>

#include <span>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/circuit_config.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/network_parts.hpp"

namespace firstspike {
namespace {

// A group in one of several.
struct member {
  std::size_t parent = 0;
  std::string name;
};

// Members in the order of their attribute `index`, which is one order for all parents; alphabetical if none has it.
std::vector<member> ordered_members(std::span<const hdf5_object> parents) {
  std::vector<member> names;
  for (std::size_t p = 0; p < parents.size(); ++p) {
    for (auto& name : member_names(parents[p])) names.push_back({p, std::move(name)});
  }
  std::vector<member> ordered(names.size());
  std::size_t indexed = 0;
  for (const auto& name : names) {
    const auto group = open_group(parents[name.parent], name.name);
    const auto index = find_attribute<std::uint64_t>(group, "index");
    if (!index) continue;
    if (*index >= names.size() || !ordered[*index].name.empty()) {
      refuse(group, fmt::format("attribute index = {}, allowed: each of 0 to {} once", *index, names.size() - 1));
    }
    ordered[*index] = name;
    ++indexed;
  }
  if (indexed == 0) return names;
  if (indexed != names.size()) refuse(parents.front(), "some members have an attribute index and some have none");
  return ordered;
}

hdf5_object open_part(const hdf5_object& root, const std::string& part) {
  if (has_member(root, part)) return open_group(root, part);
  refuse(root, part, "is missing, needed: a group; a network of several files is read by its circuit_config.json");
}

std::vector<population> read_populations(const sonata_network_files& files, network_answers& answers) {
  std::vector<population> populations;
  for (const auto& [path, types_path] : files.nodes) {
    const auto root = open_hdf5(path);
    check_kind(root, file_kinds::network);
    check_sonata(root);
    const auto nodes = open_part(root, "nodes");
    for (const auto& [parent, name] : ordered_members({&nodes, 1})) {
      const auto types = read_sonata_types(types_path, "node", name);
      populations.push_back(read_population(open_group(nodes, name), name, types, answers));
    }
    if (populations.empty()) refuse(nodes, "has no population, needed: one group for each");
  }
  return populations;
}

template <class Real>
std::vector<projection<Real>> read_projections(const sonata_network_files& files,
                                               const std::vector<population>& populations, network_answers& answers) {
  std::vector<projection<Real>> projections;
  for (const auto& [path, types_path] : files.edges) {
    const auto root = open_hdf5(path);
    check_kind(root, file_kinds::network);
    check_sonata(root);
    std::vector<hdf5_object> parents;
    parents.push_back(open_part(root, "edges"));
    if (has_member(root, shared_edges)) parents.push_back(open_group(root, shared_edges));
    for (const auto& [parent, name] : ordered_members(parents)) {
      const auto group = open_group(parents[parent], name);
      if (parent > 0) {
        projections.push_back(read_shared_projection<Real>(group, populations));
        continue;
      }
      const auto types = read_sonata_types(types_path, "edge", name);
      projections.push_back(read_projection<Real>(group, types, files.synapse_directory, populations, answers));
    }
  }
  return projections;
}

}  // namespace

void network_answers::check_used(const std::string& name, bool is_given) const {
  if (!is_given || used_.contains(name)) return;
  throw incomplete_model(fmt::format("{} has no effect: {} has all values; leave it out", name, path_));
}

void network_answers::check() const {
  check_used("kernel", given_.kernel.has_value());
  check_used("delay", given_.delay.has_value());
  check_used("v_th", given_.v_th.has_value());
  refuse_missing(missing_);
}

template <class Real>
network<Real> read_network_in(const std::string& path, const import_options& import) {
  const bool is_config = is_json(path);
  const auto files = is_config ? read_circuit_config(path) : sonata_network_files{{{path, ""}}, {{path, ""}}, ""};
  network_answers answers(path, import);
  auto populations = read_populations(files, answers);
  auto projections = read_projections<Real>(files, populations, answers);
  answers.check();
  try {
    return {std::move(populations), std::move(projections)};
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(fmt::format("{}: {}{}", path, is_config ? "" : "/edges: ", error.what()));
  }
}

network<double> read_network(const std::string& path, const import_options& import) {
  return read_network_in<double>(path, import);
}

template network<float> read_network_in(const std::string&, const import_options&);
template network<double> read_network_in(const std::string&, const import_options&);

}  // namespace firstspike
