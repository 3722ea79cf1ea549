// Networks and models with shared weights in files.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/models/random_convolutions.hpp"
#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/network_file.hpp"

using namespace firstspike;

namespace {

// Of all regimes, with transposed and pooled convolutions.
drawn_network draw_chain(std::uint64_t number) {
  const std::vector<std::string> rules{"relu", "straight_through", "s4nn", "exact_ramp"};
  return draw_network(rule_called(rules[number % rules.size()]), number);
}

stored_model model_of(const drawn_network& d, bool single) {
  return {single ? with_precision<double>(with_precision<float>(d.net)) : d.net, single, d.plan.t_in, d.t_max, {}, {}};
}

}  // namespace

TEST_CASE("convolution: a network file has the network with its kernels, grids and delays, bit for bit") {
  const scratch_directory files;
  for (std::uint64_t number = 0; number < 100; ++number) {
    CAPTURE(number);
    const auto d = draw_chain(number);
    write_network(files / "n.h5", d.net, true);
    CHECK(same_network(read_network(files / "n.h5"), d.net));
  }
}

TEST_CASE("convolution: an expanded network file has every synapse, and the same results") {
  const scratch_directory files;
  for (std::uint64_t number = 0; number < 20; ++number) {
    CAPTURE(number);
    const auto d = draw_chain(number);
    write_network(files / "n.h5", d.net, true, true);
    const auto back = read_network(files / "n.h5");
    for (std::size_t i = 0; i < back.projection_count(); ++i) CHECK_FALSE(back.describe(i).shared);
    CHECK(simulate(back, d.source_times, {d.t_max}).times == simulate(d.net, d.source_times, {d.t_max}).times);
  }
}

TEST_CASE("convolution: a model file has the network in NIR's order, and is read back bit for bit") {
  const scratch_directory files;
  for (std::uint64_t number = 0; number < 200; ++number) {
    CAPTURE(number);
    const auto written = model_of(draw_chain(number), number % 3 == 0);
    write_model(files / "m.h5", written, true);
    const auto read = read_model(files / "m.h5");
    CHECK(read.single_precision == written.single_precision);
    CHECK(same_network(read.net, written.net));
  }
}

TEST_CASE("convolution: a model of MNIST's size has a kernel, not its expansion, in memory and file") {
  const scratch_directory files;
  chain_plan plan{16, 0, 60, {}, {28, 28, 1}};
  const convolution first{.kernel_rows = 5, .kernel_columns = 5},
      second{.kernel_rows = 5, .kernel_columns = 5, .pool = 2};
  layer_plan a{"a", 24 * 24 * 16, {}}, b{"b", 8 * 8 * 32, {}}, output{"output", 10, {}};
  a.shape = {24, 24, 16};
  a.shared = first;
  b.shape = {8, 8, 32};
  b.shared = second;
  plan.layers = {a, b, output};
  const auto net = make_chain<double>("input", 784, synapse_kernel::ramp, regime_called("relu"), plan, 1);
  write_model(files / "m.h5", {net, true, 16, 64, {}, {}});
  CHECK(std::filesystem::file_size(files / "m.h5") < 500'000);
  CHECK(read_model(files / "m.h5").net.weights(2).size() == 16 * 25 * 32);
}

namespace {

population grid_population(std::string name, population_kind kind, const grid& shape) {
  population p{std::move(name), kind, std::max(1u, static_cast<std::uint32_t>(shape.size())), {}};
  if (kind == population_kind::neurons) {
    for (std::uint32_t i = 0; i < p.size; ++i) p.v_th.push_back(1 + i);
  }
  if (kind == population_kind::bias) p.t_fire = 2;
  p.shape = shape;
  return p;
}

projection<double> shared_projection(std::uint32_t pre, std::uint32_t post, const convolution& how, std::size_t count) {
  projection<double> p{pre, post, synapse_kernel::ramp, false, 1, {}, {}};
  for (std::size_t i = 0; i < count; ++i) p.weights.push_back(static_cast<double>(i) - 2);
  p.shared = how;
  return p;
}

projection<double> dense_projection(std::uint32_t pre, std::uint32_t post, std::size_t count) {
  auto p = shared_projection(pre, post, {}, count);
  p.shared.reset();
  return p;
}

const auto source = population_kind::source, bias = population_kind::bias, neurons = population_kind::neurons;

}  // namespace

TEST_CASE("convolution: grids that meet dense layers are read back from a model file") {
  const scratch_directory files;
  const convolution whole{.kernel_rows = 2, .kernel_columns = 3, .pool = 2}, up{.kernel_rows = 3, .transposed = true};
  const std::vector<network<double>> networks{
      // dense from a grid into a grid, and from it into a vector
      {{grid_population("in", source, {2, 3, 2}), grid_population("a", neurons, {2, 2, 3}),
        neuron_population("out", {1, 2})},
       {dense_projection(0, 1, 144), dense_projection(1, 2, 24)}},
      // a vector that becomes a grid, which is transposed
      {{source_population("in", 3), grid_population("a", neurons, {1, 2, 2}), grid_population("b", neurons, {3, 2, 1})},
       {dense_projection(0, 1, 12), shared_projection(1, 2, up, 6)}},
      // the whole grid behind a pool, as last layer, and before dense weights and shared ones
      {{grid_population("in", source, {4, 6, 2}), grid_population("out", neurons, {1, 1, 3})},
       {shared_projection(0, 1, whole, 36)}},
      {{grid_population("in", source, {5, 7, 2}), grid_population("a", neurons, {1, 1, 3}),
        neuron_population("out", {1, 2})},
       {shared_projection(0, 1, whole, 36), dense_projection(1, 2, 6)}},
      {{grid_population("in", source, {4, 6, 2}), grid_population("a", neurons, {1, 1, 3}),
        grid_population("out", neurons, {3, 1, 2})},
       {shared_projection(0, 1, whole, 36), shared_projection(1, 2, up, 18)}},
      // biases of cells, listed last
      {{grid_population("in", source, {2, 2, 1}), grid_population("a", neurons, {2, 2, 3}),
        grid_population("a_bias", bias, {2, 2, 1})},
       {shared_projection(2, 1, {}, 3), shared_projection(0, 1, {}, 3)}}};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    CAPTURE(i);
    const stored_model model{networks[i], false, 8, 16, {}, {}};
    write_model(files / "m.h5", model, true);
    check_same(read_model(files / "m.h5"), model);
    write_network(files / "n.h5", networks[i], true);
    CHECK(same_network(read_network(files / "n.h5"), networks[i]));
  }
}

TEST_CASE("convolution: biases that no node of a graph has are refused, and leave no file") {
  const scratch_directory files;
  const auto refusal = [&](const grid& cells, projection<double> from_bias, bool is_shared) {
    auto weights = is_shared ? shared_projection(0, 1, {}, 3) : dense_projection(0, 1, 48);
    network<double> net({grid_population("in", source, {2, 2, 1}), grid_population("a", neurons, {2, 2, 3}),
                         grid_population("a_bias", bias, cells)},
                        {std::move(weights), std::move(from_bias)});
    return message_of([&] { write_model(files / "m.h5", {std::move(net), false, 8, 16, {}, {}}); });
  };
  const std::string advice =
      "; a model file stores a chain of layers without sparse projections, a network file any network";
  CHECK(refusal({2, 2, 2}, shared_projection(2, 1, {}, 6), true) ==
        "projection a_bias -> a is no kernel of 1 x 1 from one bias neuron in each cell" + advice);
  CHECK(refusal({1, 1, 1}, shared_projection(2, 1, {.kernel_rows = 2, .kernel_columns = 2, .transposed = true}, 12),
                true) == "projection a_bias -> a is no kernel of 1 x 1 from one bias neuron in each cell" + advice);
  CHECK(refusal({2, 2, 1}, shared_projection(2, 1, {}, 3), false) ==
        "population a: its weights are dense, its bias shared" + advice);
  CHECK(refusal({1, 1, 1}, dense_projection(2, 1, 12), true) ==
        "projection a_bias -> a: a bias neuron of dense weights has a grid, allowed: none" + advice);
  CHECK(refusal({}, dense_projection(2, 1, 12), true) ==
        "population a: its weights are shared, its bias dense" + advice);
  CHECK(entries_in(files.path()) == 0);
}
