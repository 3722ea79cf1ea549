// Model files of layers with several reference neurons, or several synapses from one.
#include <doctest/doctest.h>

#include "tests/traces_files.hpp"
#include "traces/model_file.hpp"

using namespace firstspike;

namespace {

// One layer with two reference neurons, in single precision.
stored_model clocked_model(synapse_kernel kernel) {
  const population early{"early", population_kind::reference, 1, {}, 2, never};
  const population late{"late", population_kind::reference, 1, {}, 5.5, never};
  network<double> net({source_population("in", 1), early, late, neuron_population("a", {1, 2})},
                      {{0, 3, kernel, false, 1, {0.25, 0.5}, {}},
                       {1, 3, kernel, false, 0, {1, 0.5}, {}},
                       {2, 3, kernel, false, 0, {0.125, -0.75}, {}}});
  return {std::move(net), true, 32, 96, {}, {}};
}

}  // namespace

TEST_CASE("model file: reference neurons that no Affine bias can tell apart keep their weights in the metadata") {
  const scratch_directory files;
  for (const auto kernel : {synapse_kernel::ramp, synapse_kernel::step}) {
    const auto model = clocked_model(kernel);
    write_model(files / "1.h5", model, true);
    const auto back = read_model(files / "1.h5");
    check_same(back, model);
    write_model(files / "2.h5", back, true);
    CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
  }
  write_model(files / "1.h5", clocked_model(synapse_kernel::ramp), true);
  CHECK(run_python(files, files / "1.h5", R"(
with h5py.File(path, 'r+') as f:
    parts = [f[f'node/metadata/reference.{name}'][()] for name in ('early', 'late')]
    assert (f['node/nodes/in_to_a/bias'][()] == parts[0] + parts[1]).all()
    f['node/metadata/reference.late'][1] = 7
)"));
  CHECK(contains(message_of([&] { read_model(files / "1.h5"); }),
                 "reference weights of neuron 1 of 'a' add up to 7.5, but the graph's bias is -0.25"));
}

TEST_CASE("model file: a reference neuron's projections of several delays are rows of one data set") {
  const scratch_directory files;
  const population clock{"clock", population_kind::reference, 1, {}, 2, never};
  const auto step = synapse_kernel::step;
  const stored_model model{{{source_population("in", 1), clock, neuron_population("a", {1, 2})},
                            {{0, 2, step, false, 1, {0.25, 0.5}, {}},
                             {1, 2, step, false, 0, {1, 0.5}, {}},
                             {1, 2, step, false, 3, {0.125, -0.75}, {}}}},
                           true,
                           32,
                           96,
                           {},
                           {}};
  write_model(files / "1.h5", model, true);
  const auto back = read_model(files / "1.h5");
  check_same(back, model);
  write_model(files / "2.h5", back, true);
  CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
  CHECK(run_python(files, files / "1.h5", R"(
with h5py.File(path, 'r+') as f:
    m = f['node/metadata']
    assert m['reference.clock'][()].tolist() == [[1, 0.5], [0.125, -0.75]]
    assert m['delay'][()].tolist() == [1, 0, 3]
    del m['reference.clock']
    m['reference.clock'] = np.array([1, 0.5, 0.125, -0.75], 'f4')
)"));
  CHECK(contains(message_of([&] { read_model(files / "1.h5"); }),
                 "metadata/reference.clock: 4 weights, needed: 2 x 2 finite ones"));
}
