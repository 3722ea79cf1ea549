// Bias neurons of model files: one a layer, in the graph for kernel ramp, in the metadata for kernel step.
#include <doctest/doctest.h>

#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/model_file.hpp"

using namespace firstspike;

namespace {

// Two layers, the first of which has a bias neuron that fires at 2; in single precision.
stored_model biased_model(synapse_kernel kernel) {
  const population bias{"a_bias", population_kind::bias, 1, {}, 2};
  network<double> net({source_population("in", 1), bias, neuron_population("a", {1, 2}), neuron_population("b", {1})},
                      {{0, 2, kernel, false, 1, {0.25, 0.5}, {}},
                       {1, 2, kernel, false, 3, {0.125, -0.75}, {}},
                       {2, 3, kernel, false, 1, {1, 1}, {}}});
  return {std::move(net), true, 32, 96, {}, {}};
}

}  // namespace

TEST_CASE("bias neurons: what is written is read back, and written again to the same bytes") {
  const scratch_directory files;
  for (const auto kernel : {synapse_kernel::ramp, synapse_kernel::step}) {
    const auto model = biased_model(kernel);
    write_model(files / "1.h5", model, true);
    const auto back = read_model(files / "1.h5");
    check_same(back, model);
    write_model(files / "2.h5", back, true);
    CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
  }
}

TEST_CASE("bias neurons: with kernel ramp the bias of the graph's Affine node is their weights, and nothing else") {
  const scratch_directory files;
  write_model(files / "m.h5", biased_model(synapse_kernel::ramp));
  CHECK(run_python(files, files / "m.h5", R"(
with h5py.File(path) as f:
    assert f['node/nodes/in_to_a/type'][()] == b'Affine' and f['node/nodes/a_to_b/type'][()] == b'Linear'
    assert f['node/nodes/in_to_a/bias'][()].tolist() == [0.125, -0.75]
    assert f['node/nodes/in_to_a/bias'].dtype == 'f4'
    assert not any(name.startswith('bias.') for name in f['node/metadata'])
    assert f['node/metadata/delay'][()].tolist() == [1, 3, 1]
    assert f['node/metadata/t_fire'][()].tolist() == [np.inf, 2, np.inf, np.inf]
)"));
}

TEST_CASE("bias neurons: with kernel step the graph is linear, and the metadata has their weights") {
  const scratch_directory files;
  write_model(files / "m.h5", biased_model(synapse_kernel::step));
  CHECK(run_python(files, files / "m.h5", R"(
with h5py.File(path) as f:
    assert f['node/nodes/in_to_a/type'][()] == b'Linear' and 'bias' not in f['node/nodes/in_to_a']
    weights = f['node/metadata/bias.a_bias']
    assert weights[()].tolist() == [0.125, -0.75] and weights.dtype == 'f4'
    assert [name for name in f['node/metadata'] if name.startswith('bias.')] == ['bias.a_bias']
)"));
}

TEST_CASE("bias neurons: weights of kernel step that are no f32 are refused in a model of single precision") {
  const scratch_directory files;
  auto model = biased_model(synapse_kernel::step);
  model.net.weights(1)[1] = 0.1;
  CHECK(contains(message_of([&] { write_model(files / "m.h5", model); }), "bias.a_bias = 0.1 is no f32"));
  CHECK(entries_in(files.path()) == 0);
  model.single_precision = false;
  write_model(files / "m.h5", model);
  check_same(read_model(files / "m.h5"), model);
  REQUIRE(run_python(files, files / "m.h5", R"(
with h5py.File(path, 'r+') as f:
    for name in ('in_to_a', 'a_to_b'):
        weights = f[f'node/nodes/{name}/weight'][()].astype('f4')
        del f[f'node/nodes/{name}/weight']
        f[f'node/nodes/{name}/weight'] = weights
    del f['node/metadata/precision']
    f['node/metadata/precision'] = 'f32'
)"));
  CHECK(contains(message_of([&] { read_model(files / "m.h5"); }), "/node/metadata/bias.a_bias: 0.1 is no f32"));
}

TEST_CASE("bias neurons: a bias neuron that trains nothing keeps its flag through a trace's copy of the model") {
  const scratch_directory files;
  auto model = biased_model(synapse_kernel::step);
  model.regime = "binary";
  model.trainable = {0, 0, 1, 0};
  spike_trace_writer writer(files / "t.h5", {{"in", 1, 0, 96}}, {});
  add_model(writer, "classifier", model);
  writer.finish();
  check_same(read_model(files / "t.h5", {}, "/models/classifier"), model);
}
