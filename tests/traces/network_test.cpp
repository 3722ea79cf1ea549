#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/network_file.hpp"

using namespace firstspike;

namespace {

// Recurrent, sparse and dense, with two projections between the same populations, in an order that is not alphabetical.
network<double> tangled_network() {
  std::mt19937 rng(4);
  const auto weight = [&rng] { return std::normal_distribution<double>(0.5, 1)(rng); };
  std::vector<synapse> loop;
  for (int i = 0; i < 60; ++i) {
    loop.push_back({static_cast<std::uint32_t>(rng() % 8), static_cast<std::uint32_t>(rng() % 8), weight(),
                    static_cast<double>(1 + rng() % 3)});
  }
  std::vector<double> weights(24);
  for (auto& w : weights) w = weight();
  auto zebra = neuron_population("zebra", {1, 2, 1, 2, 1, 2, 1, 0.1});
  zebra.t_fire = 6;
  zebra.threshold_slope = 0.125;
  zebra.t_close = 50;
  const auto step = synapse_kernel::step;
  return {{zebra, source_population("input", 3), {"clock", population_kind::bias, 2, {}, 4}},
          {{1, 0, step, false, 0.25, weights, {}},
           {0, 0, step, true, 0, {}, loop},
           {2, 0, step, true, 0, {}, {{1, 7, 5, 0}}},
           {0, 0, step, true, 0, {}, {}}}};
}

}  // namespace

TEST_CASE("network file: a recurrent network comes back as it was, and is written again to the same bytes") {
  const scratch_directory files;
  const auto net = tangled_network();
  write_network(files / "1.h5", net);
  const auto back = read_network(files / "1.h5");
  CHECK(same_network(back, net));
  write_network(files / "2.h5", back);
  CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
}

TEST_CASE("network file: what is read back fires at the same times, bit for bit") {
  const scratch_directory files;
  const auto net = tangled_network();
  write_network(files / "n.h5", net);
  const std::vector<double> inputs{0, 1, 2, never, 0.5, 3};
  const simulation_options options{64, scheduler::heap, 1, true};
  const auto a = simulate(net, inputs, options);
  const auto b = simulate(read_network(files / "n.h5"), inputs, options);
  CHECK(a.times == b.times);
  CHECK(a.v_m == b.v_m);
  CHECK(a.times[0] < never);
}

TEST_CASE("network file: a minimal file by other tools is read, with one delay for all edges") {
  const scratch_directory files;
  const std::string path = files / "n.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f.create_group('nodes/in').attrs['kind'] = 'source'
    f['nodes/in/node_type_id'] = [-1, -1]
    f['nodes/out/0/v_th'] = np.array([1.5], 'f4')
    e = f.create_group('edges/in_out')
    e.attrs['kernel'] = 'ramp'
    e.attrs['delay'] = 2
    for end, ids, name in (('source', [1, 0], 'in'), ('target', [0, 0], 'out')):
        e[end + '_node_id'] = ids
        e[end + '_node_id'].attrs['node_population'] = name
    e['0/syn_weight'] = [0.5, 0.25]
)"));
  const network<double> expected({source_population("in", 2), neuron_population("out", {1.5})},
                                 {{0, 1, synapse_kernel::ramp, true, 0, {}, {{0, 0, 0.25, 2}, {1, 0, 0.5, 2}}}});
  CHECK(same_network(read_network(path), expected));
}

TEST_CASE("network file: the attributes of an edge stand in the row that edge_group_index names") {
  const scratch_directory files;
  const std::string path = files / "n.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f.create_group('nodes/in').attrs['kind'] = 'source'
    f['nodes/in/node_type_id'] = [-1, -1]
    f['nodes/out/0/v_th'] = [0.5, 0.5]
    e = f.create_group('edges/in_out')
    e.attrs['kernel'] = 'step'
    for end, name in (('source', 'in'), ('target', 'out')):
        e[end + '_node_id'] = [0, 1]
        e[end + '_node_id'].attrs['node_population'] = name
    e['edge_group_id'], e['edge_group_index'] = [0, 0], [1, 0]
    e['0/syn_weight'], e['0/delay'] = [1.0, 1.0], [10.0, 20.0]
)"));
  const auto record = simulate(read_network(path), std::vector<double>{0, 0}, {100});
  CHECK(std::vector(record.times.begin() + 2, record.times.end()) == std::vector<double>{20, 10});
}

TEST_CASE("network file: nodes and edges are in the order of their ids, groups in any") {
  const scratch_directory files;
  const std::string path = files / "n.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f.create_group('nodes/in').attrs['kind'] = 'source'
    f['nodes/in/node_type_id'] = [-1]
    n = f.create_group('nodes/out')
    n['node_id'], n['node_group_id'], n['node_group_index'] = [2, 0, 1], [7, 3, 7], [0, 0, 1]
    n['7/v_th'], n['3/v_th'] = [30.0, 20.0], [10.0]
    e = f.create_group('edges/in_out')
    e.attrs['kernel'] = 'step'
    e['edge_id'] = [1, 0]
    e['source_node_id'], e['target_node_id'] = [0, 0], [1, 2]
    e['source_node_id'].attrs['node_population'] = 'in'
    e['target_node_id'].attrs['node_population'] = 'out'
    e['edge_group_id'], e['edge_group_index'] = [5, 5], [1, 0]
    e['5/syn_weight'], e['5/delay'] = [4.0, 3.0], [1.0, 1.0]
)"));
  const network<double> expected({source_population("in", 1), neuron_population("out", {10, 20, 30})},
                                 {{0, 1, synapse_kernel::step, true, 0, {}, {{0, 2, 4, 1}, {0, 1, 3, 1}}}});
  CHECK(same_network(read_network(path), expected));
}

TEST_CASE("network file: kernel, delay and threshold are answers where the file has none") {
  const scratch_directory files;
  const std::string path = files / "n.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f.create_group('nodes/in').attrs['kind'] = 'source'
    f['nodes/in/node_type_id'] = [-1]
    f['nodes/out/node_type_id'] = [-1, -1]
    e = f.create_group('edges/in_out')
    e['source_node_id'], e['target_node_id'] = [0, 0], [0, 1]
    e['source_node_id'].attrs['node_population'] = 'in'
    e['target_node_id'].attrs['node_population'] = 'out'
    e['0/syn_weight'] = [1.0, 2.0]
)"));
  CHECK(message_of([&] { read_network(path); }) ==
        "delay is needed, with kernel, v_th: " + path + ": /edges/in_out/0/delay: entry 0 is missing; " + path +
            ": /edges/in_out: attribute kernel is missing; " + path + ": /nodes/out/0/v_th: entry 0 is missing");
  import_options import;
  import.kernel = synapse_kernel::ramp;
  import.delay = 3;
  import.v_th = 0.25;
  const network<double> expected({source_population("in", 1), neuron_population("out", {0.25, 0.25})},
                                 {{0, 1, synapse_kernel::ramp, true, 0, {}, {{0, 0, 1, 3}, {0, 1, 2, 3}}}});
  CHECK(same_network(read_network(path, import), expected));
  import.delay = -1;
  CHECK(message_of([&] { read_network(path, import); }) == "delay = -1, allowed: 0, or from 2^-20 to 2^32 steps");
  import.delay = 3;
  import.v_th = 0;
  CHECK(message_of([&] { read_network(path, import); }) == "v_th = 0, allowed: finite, > 0");
}

TEST_CASE("network file: types files and configurations that are damaged are refused by name and line") {
  const scratch_directory files;
  const auto refused = [&](const std::string& config, const std::string& types) {
    std::ofstream(files / "c.json") << config;
    std::ofstream(files / "t.csv") << types;
    return message_of([&] { read_network(files / "c.json"); });
  };
  const std::string good =
      R"({"networks": {"nodes": [{"nodes_file": "n.h5", "node_types_file": "t.csv"}], "edges": []}})";
  REQUIRE(run_python(files, files / "n.h5", R"(
with h5py.File(path, 'w') as f:
    f['nodes/a/node_type_id'] = [100, 101]
)"));
  const std::string types = files / "t.csv", config = files / "c.json";
  CHECK(refused(good, "node_type_id model_type\n100 virtual\n101 virtual\n").empty());
  CHECK(refused(good, "node_type_id,model_type\n") ==
        types + ": line 1: no column node_type_id, needed; columns are separated by one space each");
  CHECK(refused(good, "node_type_id model_type\n\n100 virtual more\n") ==
        types + ": line 3 has 3 values, needed: one for each of 2 columns");
  CHECK(refused(good, "node_type_id\n1e2\n") == types + ": line 2: node_type_id = '1e2', allowed: whole numbers");
  CHECK(refused(good, "node_type_id\n100\n100\n") == types + ": line 3: node_type_id = 100, which an earlier line has");
  CHECK(contains(refused(good, "node_type_id\n100\n"), "/nodes/a/node_type_id: entry 1 = 101, which " + types));
  CHECK(contains(refused(good, "node_type_id v_th\n100 high\n101 1\n"), "node_type_id 100: v_th = 'high'"));
  CHECK(contains(refused("{", ""), config + ": is no JSON"));
  CHECK(refused("{}", "") == config + ": networks: is missing, needed: lists of nodes and edges");
  CHECK(contains(refused(R"({"networks": {"nodes": []}})", ""), "networks/nodes: lists no file"));
  CHECK(contains(refused(R"({"networks": {"nodes": [{"nodes_file": "$A/n.h5"}]}})", ""),
                 "manifest: has no value for '$A'"));
  CHECK(contains(refused(R"({"manifest": {"$A": "$A"}, "networks": {"nodes": [{"nodes_file": "$A/n.h5"}]}})", ""),
                 "manifest: has no value for '$A'"));
  CHECK(contains(refused(R"({"network": "c.json"})", ""), "networks: is missing"));
}

TEST_CASE("network file: files are replaced only with overwrite, and invalid names leave no file") {
  const scratch_directory files;
  write_network(files / "n.h5", tangled_network());
  CHECK(contains(message_of([&] { write_network(files / "n.h5", tangled_network()); }), "exists; choose another name"));
  write_network(files / "n.h5", tangled_network(), true);
  const network<double> slash({source_population("a/b", 1)}, {});
  CHECK(contains(message_of([&] { write_network(files / "m.h5", slash); }), "'a/b'"));
  CHECK(entries_in(files.path()) == 1);
}
