#include <array>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/hdf5_write.hpp"
#include "firstspike/traces/network_file.hpp"
#include "firstspike/traces/network_parts.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

// SONATA requires a type, a group and an index in the group for every node and edge: type -1 (none), group 0, in order.
void write_sonata_columns(const hdf5_object& group, const std::string& prefix, std::size_t count) {
  std::vector<std::uint64_t> column(count, 0);
  write_column<std::int64_t>(group, prefix + "_type_id", std::vector<std::int64_t>(count, -1));
  write_column<std::uint64_t>(group, prefix + "_group_id", column);
  for (std::size_t i = 0; i < count; ++i) column[i] = i;
  write_column<std::uint64_t>(group, prefix + "_group_index", column);
}

void write_population(const hdf5_object& nodes, const population& p, std::int64_t index) {
  const auto group = create_group(nodes, p.name);
  write_attribute(group, "index", index);
  write_attribute(group, "kind", kind_name(p.kind));
  write_attribute(group, "n_nodes", std::uint64_t{p.size});
  if (p.t_fire != never) write_attribute(group, "t_fire", p.t_fire);
  if (p.threshold_slope != 0) write_attribute(group, "threshold_slope", p.threshold_slope);
  write_attribute(group, "t_close", p.t_close);
  if (p.shape.size() > 0) {
    write_attribute(group, "rows", std::uint64_t{p.shape.rows});
    write_attribute(group, "columns", std::uint64_t{p.shape.columns});
    write_attribute(group, "channels", std::uint64_t{p.shape.channels});
  }
  write_sonata_columns(group, "node", p.size);
  const auto columns = create_group(group, "0");
  if (p.kind == population_kind::neurons) write_column<double>(columns, "v_th", p.v_th);
}

struct edge_columns {
  std::vector<std::uint64_t> sources;
  std::vector<std::uint64_t> targets;
  std::vector<double> weights;
  std::vector<double> delays;
};

edge_columns edges_of(const projection<double>& p, std::uint64_t post_size) {
  edge_columns edges;
  for (const auto& s : p.synapses) {
    edges.sources.push_back(s.pre);
    edges.targets.push_back(s.post);
    edges.weights.push_back(s.weight);
    edges.delays.push_back(s.delay);
  }
  for (std::size_t i = 0; i < p.weights.size(); ++i) {
    edges.sources.push_back(i / post_size);
    edges.targets.push_back(i % post_size);
    edges.weights.push_back(p.weights[i]);
    edges.delays.push_back(p.delay);
  }
  return edges;
}

std::string projection_name(const network<double>& net, std::size_t index) {
  return std::to_string(index) + "_" + net.populations()[net.pre(index)].name + "_to_" +
         net.populations()[net.post(index)].name;
}

// Beside /edges, because it has no row for each synapse, which SONATA requires there.
void write_shared_projection(const hdf5_object& shared_edges, const network<double>& net, std::size_t index) {
  const auto& p = net.describe(index);
  const auto& c = *p.shared;
  const auto group = create_group(shared_edges, projection_name(net, index));
  write_attribute(group, "index", static_cast<std::int64_t>(index));
  write_attribute(group, "kernel", kernel_name(p.kernel));
  write_attribute(group, "source_population", net.populations()[p.pre].name);
  write_attribute(group, "target_population", net.populations()[p.post].name);
  write_attribute(group, "kernel_rows", std::uint64_t{c.kernel_rows});
  write_attribute(group, "kernel_columns", std::uint64_t{c.kernel_columns});
  write_attribute(group, "stride", std::uint64_t{c.stride});
  write_attribute(group, "padding", std::uint64_t{c.padding});
  write_attribute(group, "transposed", std::uint64_t{c.transposed});
  write_attribute(group, "pool", std::uint64_t{c.pool});
  write_attribute(group, "delay", p.delay);
  const std::uint64_t pre_channels = net.populations()[p.pre].shape.channels;
  const std::uint64_t post_channels = net.populations()[p.post].shape.channels;
  write_dataset<double>(group, "weight", p.weights, {pre_channels, c.kernel_rows, c.kernel_columns, post_channels});
}

void write_projection(const hdf5_object& edges, const network<double>& net, std::size_t index) {
  const auto& p = net.describe(index);
  const auto& pre = net.populations()[p.pre];
  const auto& post = net.populations()[p.post];
  const auto columns = edges_of(p, post.size);
  const auto group = create_group(edges, projection_name(net, index));
  write_attribute(group, "index", static_cast<std::int64_t>(index));
  write_attribute(group, "kernel", kernel_name(p.kernel));
  write_attribute(group, "layout", std::string(p.sparse ? "sparse" : "dense"));
  write_column<std::uint64_t>(group, "source_node_id", columns.sources);
  write_column<std::uint64_t>(group, "target_node_id", columns.targets);
  write_dataset_attribute(group, "source_node_id", "node_population", pre.name);
  write_dataset_attribute(group, "target_node_id", "node_population", post.name);
  write_sonata_columns(group, "edge", columns.sources.size());
  const auto values = create_group(group, "0");
  write_column<double>(values, "syn_weight", columns.weights);
  write_column<double>(values, "delay", columns.delays);
}

}  // namespace

void write_network(const std::string& path, const network<double>& net, bool overwrite, bool expand) {
  if (expand) return write_network(path, expanded(net), overwrite);
  for (const auto& p : net.populations()) check_link_name("population", p.name);
  pending_file file(path, overwrite);
  auto root = create_hdf5(file.tmp(), path);
  write_attribute(root, "magic", std::uint32_t{0x0A7A});
  write_vector_attribute(root, "version", std::array<std::uint32_t, 2>{0, 1});
  {
    const auto nodes = create_group(root, "nodes");
    std::int64_t index = 0;
    for (const auto& p : net.populations()) write_population(nodes, p, index++);
    const auto edges = create_group(root, "edges");
    for (std::size_t i = 0; i < net.projection_count(); ++i) {
      if (!net.describe(i).shared) {
        write_projection(edges, net, i);
        continue;
      }
      const bool is_first = !has_member(root, shared_edges);
      write_shared_projection(is_first ? create_group(root, shared_edges) : open_group(root, shared_edges), net, i);
    }
  }
  close_hdf5(root);
  file.commit();
}

}  // namespace firstspike
