#include <doctest/doctest.h>

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

TEST_CASE("network file: files are replaced only with overwrite, and invalid names leave no file") {
  const scratch_directory files;
  write_network(files / "n.h5", tangled_network());
  CHECK(contains(message_of([&] { write_network(files / "n.h5", tangled_network()); }), "exists already"));
  write_network(files / "n.h5", tangled_network(), true);
  const network<double> slash({source_population("a/b", 1)}, {});
  CHECK(contains(message_of([&] { write_network(files / "m.h5", slash); }), "'a/b'"));
  CHECK(entries_in(files.path()) == 1);
}
