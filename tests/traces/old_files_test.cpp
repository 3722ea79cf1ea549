// Files as firstspike 0.1.0 wrote them: layers could have a t_open, bias neurons were of kind "reference".
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/network_file.hpp"

using namespace firstspike;

namespace {

// A classifier of S4NN neurons, 2-2, and a function that adds a bias neuron of kind "reference" to it.
constexpr auto old_model = R"(
def text(group, name, values): group.create_dataset(name, data=values, dtype=h5py.string_dtype())
def put(group, name, values):
    if name in group: del group[name]
    text(group, name, values) if isinstance(np.ravel(values)[0], str) else group.create_dataset(name, data=values)
f = h5py.File(path, 'w')
f['version'] = '1.0'
node = f.create_group('node')
node['type'] = 'NIRGraph'
text(node, 'edges', [['input', 'input_to_output'], ['input_to_output', 'output'], ['output', 'output_spikes']])
for name, kind in dict(input='Input', input_to_output='Linear', output='IF', output_spikes='Output').items():
    node[f'nodes/{name}/type'] = kind
node['nodes/input/shape'] = [2]
node['nodes/output_spikes/shape'] = [2]
node['nodes/input_to_output/weight'] = np.array([[1, 2], [3, 4]], 'f4')
for name, value in dict(r=1, v_threshold=100, v_reset=0).items(): node[f'nodes/output/{name}'] = np.full(2, value, 'f4')
m = node.create_group('metadata')
for name, value in dict(max_spikes=1, precision='f32', t_in=256.0, t_max=256.0).items(): m[name] = value
m['label_of_output'] = np.array([0, 1], 'u1')
text(m, 'populations', ['input', 'output'])
text(m, 'population_kinds', ['source', 'neurons'])
m['t_open'] = [0.0, 0.0]
m['t_close'] = [np.inf, np.inf]
text(m, 'projections', [['input', 'output']])
text(m, 'kernel', ['step'])
m['delay'] = [1.0]
m['fact.trained_by'] = 'train classifier'
def add_reference(kernel):
    put(m, 'populations', ['input', 'clock', 'output'])
    put(m, 'population_kinds', ['source', 'reference', 'neurons'])
    put(m, 't_open', [0.0, 2.0, 0.0])
    put(m, 't_close', [np.inf] * 3)
    put(m, 'projections', [['input', 'output'], ['clock', 'output']])
    put(m, 'kernel', [kernel, kernel])
    put(m, 'delay', [1.0, 0.0])
)";

// Two sources, a bias neuron "clock" and one neuron; every population has t_open and t_close.
constexpr auto old_network = R"(
f = h5py.File(path, 'w')
populations = [('in', 'source', 0.0), ('clock', 'reference', 4.5), ('out', 'neurons', 0.0)]
for index, (name, kind, t_open) in enumerate(populations):
    g = f.create_group('nodes/' + name)
    g.attrs.update(dict(index=index, kind=kind, n_nodes=np.uint64(1), t_open=t_open, t_close=np.inf))
f['nodes/out/0/v_th'] = [1.5]
for index, (name, weight) in enumerate([('in', 1.0), ('clock', 0.75)]):
    e = f.create_group(f'edges/{index}_{name}_to_out')
    e.attrs.update(dict(index=index, kernel='step', layout='dense'))
    for end, population in dict(source=name, target='out').items():
        e[end + '_node_id'] = np.zeros(1, 'u8')
        e[end + '_node_id'].attrs['node_population'] = population
    e['0/syn_weight'] = [weight]
    e['0/delay'] = [1.0]
)";

constexpr auto read_by = "firstspike 0.1.0 reads this model; for this version it has to be trained again";

}  // namespace

TEST_CASE("old files: a classifier without bias neurons and t_open is read as regime free") {
  const scratch_directory files;
  REQUIRE(run_python(files, files / "m.h5", old_model));
  const auto model = read_model(files / "m.h5");
  const network<double> expected({source_population("input", 2), neuron_population("output", {100, 100})},
                                 {{0, 1, synapse_kernel::step, false, 1, {1, 3, 2, 4}, {}}});
  check_same(model, {expected, true, 256, 256, {0, 1}, {{"trained_by", std::string("train classifier")}}, "free", {}});
  write_model(files / "new.h5", model);
  check_same(read_model(files / "new.h5"), model);
}

TEST_CASE("old files: models with bias neurons or a t_open are refused with the version that reads them") {
  const scratch_directory files;
  const std::vector<std::pair<std::string, std::string>> changes{
      {"add_reference('step')\nm['reference.clock'] = np.array([1, 2], 'f4')", "population_kinds: 'reference'; "},
      {R"(add_reference('ramp')
put(node, 'nodes/input_to_output/type', 'Affine')
node['nodes/input_to_output/bias'] = np.array([1, 2], 'f4'))",
       "population_kinds: 'reference'; "},
      {"m['reference.clock'] = np.array([1, 2], 'f4')", "reference.clock: "},
      {"put(m, 't_open', [0.0, 512.0])", "t_open: 512; "}};
  for (const auto& [made, field] : changes) {
    const auto& change = made;  // clang 14 captures no structured binding
    CAPTURE(change);
    const std::string path = files / "m.h5";
    REQUIRE(run_python(files, path, old_model + change));
    CHECK(message_of([&] { read_model(path); }) == path + ": /node/metadata/" + field + read_by);
  }
}

TEST_CASE("old files: an invalid t_open is refused, and so are t_open and t_fire together") {
  const scratch_directory files;
  const std::string path = files / "m.h5";
  REQUIRE(run_python(files, path, std::string(old_model) + "put(m, 't_open', [0.0, np.nan])"));
  CHECK(message_of([&] { read_model(path); }) == path + ": /node/metadata/t_open: nan, allowed: 0");
  REQUIRE(run_python(files, path, std::string(old_model) + "m['t_fire'] = [np.inf, np.inf]"));
  CHECK(contains(message_of([&] { read_model(path); }), "/node/metadata/t_open: is there, and so is t_fire"));
}

TEST_CASE("old files: kind reference of a network is read as a bias neuron that fires at its t_open") {
  const scratch_directory files;
  REQUIRE(run_python(files, files / "n.h5", old_network));
  const network<double> expected(
      {source_population("in", 1), {"clock", population_kind::bias, 1, {}, 4.5}, neuron_population("out", {1.5})},
      {{0, 2, synapse_kernel::step, false, 1, {1}, {}}, {1, 2, synapse_kernel::step, false, 1, {0.75}, {}}});
  CHECK(same_network(read_network(files / "n.h5"), expected));
  write_network(files / "new.h5", expected);
  CHECK(run_python(files, files / "new.h5", R"(
with h5py.File(path) as f:
    assert f['nodes/clock'].attrs['kind'] == 'bias' and f['nodes/clock'].attrs['t_fire'] == 4.5
    assert not any('t_open' in group.attrs for group in f['nodes'].values())
)"));
}

TEST_CASE("old files: a network whose neurons have a t_open is refused with the version that reads it") {
  const scratch_directory files;
  const std::string path = files / "n.h5";
  REQUIRE(run_python(files, path, std::string(old_network) + "f['nodes/out'].attrs['t_open'] = 3.0"));
  CHECK(message_of([&] { read_network(path); }) ==
        path + ": /nodes/out: attribute t_open = 3, allowed of neurons: 0; firstspike 0.1.0 reads this network");
}
