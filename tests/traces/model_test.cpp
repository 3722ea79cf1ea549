#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/spike_trace.hpp"

using namespace firstspike;

namespace {

std::vector<double> random_weights(std::size_t n, std::mt19937& rng, bool single) {
  std::vector<double> weights(n);
  for (auto& w : weights) {
    w = std::normal_distribution<double>(0.3, 1)(rng);
    if (single) w = static_cast<float>(w);
  }
  return weights;
}

// 5-4-3 of kernel ramp; the hidden layer has a fire phase and a bias neuron that comes last in the network's order.
stored_model ramp_model(bool single) {
  std::mt19937 rng(3);
  auto input = source_population("input", 5);
  auto hidden = neuron_population("hidden", {1, 2, 0.5, 1});
  hidden.t_fire = 32;
  hidden.threshold_slope = 0.0625;
  hidden.t_close = 64;
  population bias{"hidden_bias", population_kind::bias, 1, {}, 2.5};
  const auto ramp = synapse_kernel::ramp;
  network<double> net({input, hidden, neuron_population("output", {1, 1, 1}), bias},
                      {{1, 2, ramp, false, 1, random_weights(12, rng, single), {}},
                       {3, 1, ramp, false, 0.5, random_weights(4, rng, single), {}},
                       {0, 1, ramp, false, 0, random_weights(20, rng, single), {}}});
  return {std::move(net),
          single,
          32,
          96,
          {2, 0, 1},
          {{"seed", std::int64_t{5}}, {"lr", 0.1}, {"by", std::string("x")}},
          "relu",
          {0, 1, 1, 0}};
}

stored_model step_model() {
  network<double> net({source_population("noise", 2), neuron_population("image", {100, 0.1})},
                      {{0, 1, synapse_kernel::step, false, 1, {0.1, 0.2, 0.3, 0.4}, {}}});
  return {std::move(net), false, 256, 256, {}, {}};
}

// Three inputs, two neurons, as another tool would write it: no metadata, edges in any order, r other than 1.
constexpr auto foreign = R"(
with h5py.File(path, 'w') as f:
    f['version'] = '0.2'
    n = f.create_group('node')
    n['type'] = 'NIRGraph'
    n.create_dataset('edges', data=[['if', 'o'], ['i', 'lin'], ['lin', 'if']], dtype=h5py.string_dtype())
    for name, kind in dict(i='Input', lin='Affine', o='Output').items():
        n[f'nodes/{name}/type'] = kind
    n['nodes/if/type'] = np.bytes_('IF')
    n['nodes/i/shape'] = [3]
    n['nodes/o/shape'] = [2]
    n['nodes/lin/weight'] = np.array([[1, 2, 3], [4, 5, 6]], 'f4')
    n['nodes/lin/bias'] = np.array([0.5, 0], 'f4')
    n['nodes/if/r'] = np.array([2, 0.5], 'f4')
    n['nodes/if/v_threshold'] = np.array([3, 4], 'f4')
)";

import_options all_answers() { return {true, synapse_kernel::ramp, 1.5, 32.0, 64.0, std::vector<std::uint8_t>{7, 8}}; }

}  // namespace

TEST_CASE("model file: export, import and export again give the same model and the same bytes") {
  const scratch_directory files;
  for (const auto& model : {ramp_model(true), ramp_model(false), step_model()}) {
    write_model(files / "1.h5", model, true);
    const auto back = read_model(files / "1.h5");
    check_same(back, model);
    write_model(files / "2.h5", back, true);
    CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
  }
}

TEST_CASE("model file: the arrays of equal numbers of a large layer take little space") {
  const scratch_directory files;
  constexpr std::uint32_t size = 5000;
  network<double> net({source_population("input", 1), neuron_population("image", std::vector<double>(size, 100))},
                      {{0, 1, synapse_kernel::step, false, 1, std::vector<double>(size, 0.5), {}}});
  const stored_model model{std::move(net), false, 256, 256, {}, {}};
  write_model(files / "m.h5", model);
  CHECK(read_bytes(files / "m.h5").size() < 2 * size * sizeof(double));  // of weights, and three arrays of IF
  check_same(read_model(files / "m.h5"), model);
}

TEST_CASE("model file: what is read back fires at the same times, bit for bit") {
  const scratch_directory files;
  const auto model = ramp_model(false);
  write_model(files / "m.h5", model);
  const std::vector<double> inputs{0, 1.25, 3, never, 7, 2, 2, 2, 31, 0};
  const simulation_options options{96, scheduler::heap, 1, true};
  const auto a = simulate(model.net, inputs, options);
  const auto b = simulate(read_model(files / "m.h5").net, inputs, options);
  CHECK(a.times == b.times);
  CHECK(a.v_m == b.v_m);
  CHECK(std::any_of(a.times.begin() + 5, a.times.begin() + 9, [](double t) { return t < never; }));
}

TEST_CASE("model file: a file by other tools needs every option, and one message names those that are missing") {
  const scratch_directory files;
  const std::string path = files / "m.h5";
  REQUIRE(run_python(files, path, foreign));
  const std::vector<std::pair<std::string, std::function<void(import_options&)>>> gaps{
      {"one_spike", [](auto& o) { o.one_spike = false; }},
      {"kernel", [](auto& o) { o.kernel.reset(); }},
      {"delay", [](auto& o) { o.delay.reset(); }},
      {"t_in", [](auto& o) { o.t_in.reset(); }},
      {"t_max", [](auto& o) { o.t_max.reset(); }}};
  for (const auto& gap : gaps) {
    const auto& option = gap.first;
    CAPTURE(option);
    auto answers = all_answers();
    gap.second(answers);
    CHECK_THROWS_AS(read_model(path, answers), incomplete_model);
    const auto message = message_of([&] { read_model(path, answers); });
    CHECK(message.starts_with(option + " is needed: " + path + ": "));
    CHECK(contains(message, " is missing"));
  }
  CHECK(message_of([&] { read_model(path); }).starts_with("delay is needed, with kernel, one_spike, t_in, t_max: "));
}

TEST_CASE(
    "model file: without labels the outputs are no classes, and without images no length of their code is needed") {
  const scratch_directory files;
  const std::string path = files / "m.h5";
  REQUIRE(run_python(files, path, foreign));
  auto answers = all_answers();
  answers.label_map.reset();
  CHECK(read_model(path, answers).label_of_output.empty());
  answers.encodes_images = false;
  CHECK(message_of([&] { read_model(path, answers); }) == "t_in has no effect, as no images are encoded; leave it out");
  answers.t_in.reset();
  const auto model = read_model(path, answers);
  CHECK(model.t_in == model.t_max);
}

TEST_CASE("model file: in files by other tools weights are r * w, and an Affine bias becomes a bias neuron") {
  const scratch_directory files;
  const std::string path = files / "m.h5";
  REQUIRE(run_python(files, path, foreign));
  const auto model = read_model(path, all_answers());
  const network<double> expected(
      {source_population("i", 3), {"if_bias", population_kind::bias, 1, {}, 0}, neuron_population("if", {3, 4})},
      {{0, 2, synapse_kernel::ramp, false, 1.5, {2, 2, 4, 2.5, 6, 3}, {}},
       {1, 2, synapse_kernel::ramp, false, 0, {1, 0}, {}}});
  CHECK(same_network(model.net, expected));
  CHECK(model.single_precision);
  CHECK(model.regime.empty());
  CHECK(model.trainable.empty());
  CHECK(model.t_in == 32);
  CHECK(model.t_max == 64);
  CHECK(model.label_of_output == std::vector<std::uint8_t>{7, 8});
  auto step = all_answers();
  step.kernel = synapse_kernel::step;
  CHECK(contains(message_of([&] { read_model(path, step); }), "/node/nodes/lin/bias: is not zero"));
  REQUIRE(run_python(files, path, "with h5py.File(path, 'r+') as f: f['node/nodes/lin/bias'][:] = 0"));
  CHECK(read_model(path, step).net.projection_count() == 1);
}

TEST_CASE("model file: an option that contradicts the metadata is refused, one that agrees is not") {
  const scratch_directory files;
  const std::string path = files / "m.h5";
  write_model(path, step_model());
  import_options agreeing{true, synapse_kernel::step, 1.0, 256.0, 256.0, std::vector<std::uint8_t>{}};
  check_same(read_model(path, agreeing), step_model());
  const std::vector<std::pair<std::string, std::function<void(import_options&)>>> wrong{
      {"kernel = ramp, but ", [](auto& o) { o.kernel = synapse_kernel::ramp; }},
      {"delay = 2, but ", [](auto& o) { o.delay = 2; }},
      {"t_in = 7, but ", [](auto& o) { o.t_in = 7; }},
      {"t_max = 7, but ", [](auto& o) { o.t_max = 7; }},
      {"t_max = -1, allowed: ", [](auto& o) { o.t_max = -1; }},
      {"label_map = [1, 2], but ", [](auto& o) {
         o.label_map = {{1, 2}};
       }}};
  for (const auto& [text, contradict] : wrong) {
    auto answers = agreeing;
    contradict(answers);
    CHECK_THROWS_AS(read_model(path, answers), incomplete_model);
    CHECK(contains(message_of([&] { read_model(path, answers); }), text));
  }
}

TEST_CASE("model file: one kernel and one delay in the metadata apply to every projection") {
  const scratch_directory files;
  const std::string path = files / "m.h5";
  REQUIRE(run_python(files, path, std::string(foreign) + R"(
with h5py.File(path, 'r+') as f:
    m = f.create_group('node/metadata')
    for name, value in dict(max_spikes=1, kernel='ramp', delay=2.0, t_in=8, t_max=16.0).items():
        m[name] = value
)"));
  import_options labels;
  labels.label_map.emplace();
  const auto model = read_model(path, labels);
  CHECK(model.net.describe(0).delay == 2);
  CHECK(model.net.describe(0).kernel == synapse_kernel::ramp);
  CHECK(model.net.describe(1).delay == 0);
  CHECK(model.t_in == 8);
}

namespace {

// A 2 x 2 grid to two neurons in one cell, dense or by a kernel of 2 x 2, with three classes; then one output.
stored_model class_model(synapse_kernel kernel, bool shared) {
  auto in = source_population("in", 4), classes = source_population("class", 3);
  auto a = neuron_population("a", {1, 2});
  population bias{"a_bias", population_kind::bias, 1, {}, 2};
  projection<double> weights{0, 3, kernel, false, 1, {0.25, 0.5, 1, 2, 3, 4, 5, 6}, {}};
  projection<double> of_classes{1, 3, kernel, false, 0, {1, -2, 3, -4, 5, 0.5}, {}};
  projection<double> of_bias{2, 3, kernel, false, 0, {0.125, -0.75}, {}};
  if (shared) {
    in.shape = {2, 2, 1};
    a.shape = {1, 1, 2};
    classes.shape = {1, 1, 3};
    bias.shape = {1, 1, 1};
    weights.shared = convolution{.kernel_rows = 2, .kernel_columns = 2};
    of_classes.shared = of_bias.shared = convolution{};
  }
  network<double> net({in, classes, bias, a, neuron_population("b", {1})},
                      {weights, of_classes, of_bias, {3, 4, kernel, false, 1, {1, 1}, {}}});
  return {std::move(net), true, 32, 96, {}, {}};
}

}  // namespace

TEST_CASE("model file: a second source population is read back, with its weights in the metadata") {
  const scratch_directory files;
  for (const auto kernel : {synapse_kernel::ramp, synapse_kernel::step}) {
    for (const bool shared : {false, true}) {
      const auto model = class_model(kernel, shared);
      write_model(files / "1.h5", model, true);
      const auto back = read_model(files / "1.h5");
      check_same(back, model);
      write_model(files / "2.h5", back, true);
      CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
    }
  }
  CHECK(run_python(files, files / "1.h5", R"(
with h5py.File(path) as f:
    assert f['node/metadata/source.class'][()].tolist() == [[1, -2], [3, -4], [5, 0.5]]
    assert f['node/metadata/source.class'].dtype == 'f4' and 'class' not in f['node/nodes']
)"));
}

TEST_CASE("model file: weights of a second source population that do not fit are refused by name") {
  const scratch_directory files;
  const auto refused = [&](const std::string& change) {
    write_model(files / "m.h5", class_model(synapse_kernel::ramp, false), true);
    REQUIRE(run_python(files, files / "m.h5", R"(
with h5py.File(path, 'r+') as f:
    m = f['node/metadata']
    w = m['source.class'][()].astype('f8')
    del m['source.class']
)" + change));
    return message_of([&] { read_model(files / "m.h5"); });
  };
  CHECK(contains(refused("    pass\n"), "'class' of kind source, but no such node is in the graph"));
  CHECK(contains(refused("    m['source.class'] = w.ravel()\n"), "source.class: its shape is not [sources, post]"));
  CHECK(contains(refused("    m['source.class'] = w * np.nan\n"), "entry 0 = nan, allowed: finite"));
  CHECK(contains(refused("    m['source.class'] = w + 0.1\n"), "is no f32"));
  CHECK(contains(refused("    m['source.class'] = w[:, :1]\n"), "class"));
  CHECK(contains(refused("    m['source.class'] = w; m['source.other'] = w\n"), "lists 2 populations"));
  CHECK(contains(refused("    m['source.class'] = w; m['source.in'] = w\n"), "populations"));
}

TEST_CASE("model file: networks that are not chains are refused, and leave no file") {
  const scratch_directory files;
  const auto step = synapse_kernel::step;
  const auto in = source_population("in", 1);
  const auto a = neuron_population("a", {1});
  const auto b = neuron_population("b", {1});
  const auto refusal = [&](std::vector<population> populations, std::vector<projection<double>> projections) {
    const stored_model model{{std::move(populations), std::move(projections)}, false, 1, 1, {}, {}};
    return message_of([&] { write_model(files / "m.h5", model); });
  };
  const auto dense = [&](std::uint32_t pre, std::uint32_t post) {
    return projection<double>{pre, post, step, false, 1, {1}, {}};
  };
  CHECK(contains(refusal({in, a}, {{0, 1, step, true, 0, {}, {{0, 0, 1, 1}}}}), "in -> a is sparse"));
  CHECK(contains(refusal({in, a, b}, {dense(0, 1), dense(0, 2)}), "population in has two projections"));
  CHECK(contains(refusal({in, a, b}, {dense(0, 1), dense(2, 1)}), "b -> a is the second layer into a"));
  CHECK(contains(refusal({in, a}, {dense(1, 1)}), "projects to no layer"));
  CHECK(contains(refusal({in, a, b}, {dense(0, 1), dense(2, 2)}), "not on a path from the source"));
  CHECK(contains(refusal({a}, {dense(0, 0)}), "has 0 source populations, allowed: 1 or 2"));
  const auto second_in = source_population("second", 1);
  CHECK(contains(refusal({in, second_in, source_population("third", 1), a}, {dense(0, 3), dense(1, 3), dense(2, 3)}),
                 "has 3 source populations, allowed: 1 or 2"));
  CHECK(contains(refusal({in, second_in, a, b}, {dense(0, 2), dense(1, 3)}), "comes from a second source population"));
  CHECK(contains(refusal({in, second_in, a}, {dense(0, 2)}), "not on a path from the source"));
  auto grid_in = second_in;
  grid_in.shape = {1, 1, 1};
  CHECK(contains(refusal({in, grid_in, a}, {dense(0, 2), dense(1, 2)}), "second -> a is neither dense without a grid"));
  const population pair{"pair", population_kind::bias, 2, {}, 0};
  const projection<double> both{2, 1, step, false, 0, {1, 1}, {}};
  CHECK(contains(refusal({in, a, pair}, {dense(0, 1), both}), "pair -> a: 2 bias neurons in one population"));
  const population bias{"bias", population_kind::bias, 1, {}, 0};
  const population second{"second", population_kind::bias, 1, {}, 0};
  CHECK(contains(refusal({in, a, bias, second}, {dense(0, 1), dense(2, 1), dense(3, 1)}),
                 "second -> a is the second bias neuron into a"));
  CHECK(contains(refusal({in, a, bias}, {dense(0, 1), dense(2, 1), dense(2, 1)}), "bias has two projections"));
  CHECK(contains(refusal({in, a, bias}, {dense(0, 1)}), "not on a path from the source"));
  CHECK(entries_in(files.path()) == 0);
}

TEST_CASE("model file: values that would not read back are refused") {
  const scratch_directory files;
  const auto refusal = [&](const std::function<void(stored_model&)>& spoil) {
    auto model = step_model();
    spoil(model);
    return message_of([&] { write_model(files / "m.h5", model); });
  };
  CHECK(contains(refusal([](auto& m) { m.single_precision = true; }), "is no f32"));
  CHECK(contains(refusal([](auto& m) { m.label_of_output = {1}; }), "label_of_output has 1 entries"));
  CHECK(contains(refusal([](auto& m) { m.t_in = 0; }), "t_in = 0"));
  CHECK(contains(refusal([](auto& m) { m.metadata["a/b"] = 1.0; }), "'a/b'"));
  CHECK(contains(refusal([](auto& m) { m.trainable = {1}; }), "trainable has 1 entries, needed: none, or 2"));
  CHECK(contains(refusal([](auto& m) { m.trainable = {1, 2}; }), "trainable = 2"));
  CHECK(contains(refusal([](auto& m) { m.regime = std::string("a\0b", 3); }), "NUL"));
  CHECK(contains(refusal([](auto& m) { m.metadata["nul"] = std::string("a\0b", 3); }), "NUL"));
  CHECK(entries_in(files.path()) == 0);
}

TEST_CASE("model file: weights of 64 bits are not rounded if the metadata says f32") {
  const scratch_directory files;
  write_model(files / "m.h5", step_model());
  REQUIRE(run_python(files, files / "m.h5", R"(
with h5py.File(path, 'r+') as f:
    del f['node/metadata/precision']
    f['node/metadata/precision'] = 'f32'
)"));
  CHECK(contains(message_of([&] { read_model(files / "m.h5"); }), "/node/nodes/noise_to_image/weight: 0.1 is no f32"));
}

TEST_CASE("model file: populations may have the names of other nodes in the graph") {
  const scratch_directory files;
  network<double> net(
      {source_population("output_spikes", 1), neuron_population("output_spikes_", {1}),
       neuron_population("output_spikes_to_output_spikes_", {1})},
      {{0, 1, synapse_kernel::step, false, 1, {1}, {}}, {1, 2, synapse_kernel::step, false, 1, {1}, {}}});
  const stored_model model{std::move(net), false, 1, 1, {}, {}};
  write_model(files / "m.h5", model);
  check_same(read_model(files / "m.h5"), model);
}

TEST_CASE("model file: a trace carries models, which read like files of their own") {
  const scratch_directory files;
  const std::string path = files / "t.h5";
  spike_trace_writer writer(path, {{"a", 1, 0, 10}}, {});
  add_model(writer, "generator", ramp_model(true));
  add_model(writer, "discriminator", step_model());
  CHECK(contains(message_of([&] { add_model(writer, "generator", step_model()); }), "/models/generator"));
  writer.append(0, std::vector<double>{1});
  writer.finish();
  CHECK(models_in_trace(path) == std::vector<std::string>{"discriminator", "generator"});
  check_same(read_model(path, {}, "/models/generator"), ramp_model(true));
  check_same(read_model(path, {}, "/models/discriminator"), step_model());
  CHECK(read_spike_trace(path).populations.size() == 1);
  CHECK(contains(message_of([&] { read_model(path, {}, "/models/other"); }), "/models/other: is missing"));
}
