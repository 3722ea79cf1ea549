// Projections with shared weights: patches by the definition of a convolution, and all schedulers on random networks.
#include "firstspike/engine/convolution.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/naive.hpp"
#include "firstspike/engine/sweep.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_convolutions.hpp"

namespace firstspike {
namespace {

using connections = std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t>;  // (pre, post): weight index

std::uint32_t index_in(const grid& g, std::uint32_t row, std::uint32_t column, std::uint32_t channel) {
  return (row * g.columns + column) * g.channels + channel;
}

bool connects(const convolution& c, std::int64_t pre, std::int64_t post, std::int64_t k) {
  const std::int64_t stride = c.stride, padding = c.padding;
  return c.transposed ? post == pre * stride - padding + k : pre == post * stride - padding + k;
}

// By the definition: all pairs of cells, and all positions of the kernel.
connections by_definition(const convolution& c, const grid& pre, const grid& post) {
  connections found;
  const auto rows = pre.rows / c.pool, columns = pre.columns / c.pool;
  for (std::uint32_t r = 0; r < rows * c.pool; ++r) {
    for (std::uint32_t q = 0; q < columns * c.pool; ++q) {
      for (std::uint32_t i = 0; i < post.rows * post.columns; ++i) {
        for (std::uint32_t k = 0; k < c.kernel_rows * c.kernel_columns; ++k) {
          if (!connects(c, r / c.pool, i / post.columns, k / c.kernel_columns)) continue;
          if (!connects(c, q / c.pool, i % post.columns, k % c.kernel_columns)) continue;
          for (std::uint32_t from = 0; from < pre.channels; ++from) {
            for (std::uint32_t to = 0; to < post.channels; ++to) {
              const auto weight = (from * c.kernel_rows * c.kernel_columns + k) * post.channels + to;
              const auto place = std::pair(index_in(pre, r, q, from), i * post.channels + to);
              REQUIRE(found.emplace(place, weight).second);
            }
          }
        }
      }
    }
  }
  return found;
}

connections by_patches(const convolution& c, const grid& pre, const grid& post) {
  connections found;
  const patch_table patches(c, pre, post);
  for (std::uint32_t i = 0; i < pre.size(); ++i) {
    std::uint32_t count = 0;
    const auto p = patches[i];
    for_each_synapse(p, [&](std::uint32_t to, std::size_t weight) {
      REQUIRE(found.emplace(std::pair(i, to), weight).second);
      ++count;
    });
    REQUIRE(count == p.size());
  }
  return found;
}

connections by_areas(const convolution& c, const grid& pre, const grid& post) {
  connections found;
  const patch_table patches(c, pre, post);
  for (std::uint32_t i = 0; i < pre.size(); ++i) {
    const auto a = patches.area(i);
    for (auto row = a.first_row; row < a.first_row + a.rows; ++row) {
      for (auto column = a.first_column; column < a.first_column + a.columns; ++column) {
        const auto weight = a.weight + row * patches.cell_row() + column * patches.cell_column();
        for (std::uint32_t k = 0; k < post.channels; ++k) {
          const auto place = std::pair(i, index_in(post, row, column, k));
          REQUIRE(found.emplace(place, static_cast<std::size_t>(weight) + k).second);
        }
      }
    }
  }
  return found;
}

// The same from the side of the postsynaptic neurons.
connections by_receptive_fields(const convolution& c, const grid& pre, const grid& post) {
  connections found;
  for (std::uint32_t i = 0; i < post.size(); ++i) {
    std::int64_t last = -1;
    for_each_presynaptic(c, pre, post, i, [&](std::uint32_t from) {
      REQUIRE(from > last);
      last = from;
      const auto weight = weight_between(c, pre, post, from, i);
      REQUIRE(weight);
      found.emplace(std::pair(from, i), *weight);
    });
  }
  return found;
}

TEST_CASE("convolution: patches are the synapses of its definition, for all strides, paddings, pools and directions") {
  std::size_t transposed = 0, pooled = 0, strided = 0, partial = 0;
  for (std::uint64_t number = 0; number < 2000; ++number) {
    CAPTURE(number);
    random_stream random(21, draw::tests, number);
    const auto [c, pre, post] = draw_convolution(random, draw_grid(random), 3);
    const auto found = by_patches(c, pre, post);
    REQUIRE(found == by_definition(c, pre, post));
    REQUIRE(found == by_areas(c, pre, post));
    CHECK_NOTHROW(check(c, pre, post));
    transposed += c.transposed;
    pooled += c.pool > 1;
    strided += c.stride > 1;
    partial += pre.rows % c.pool != 0;
  }
  CHECK(transposed > 300);
  CHECK(pooled > 300);
  CHECK(strided > 300);
  CHECK(partial > 100);
}

TEST_CASE("convolution: receptive fields, weights of pairs and counts of synapses follow its definition") {
  for (std::uint64_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    random_stream random(23, draw::tests, number);
    const auto [c, pre, post] = draw_convolution(random, draw_grid(random), 3);
    const auto defined = by_definition(c, pre, post);
    REQUIRE(by_receptive_fields(c, pre, post) == defined);
    std::size_t connected = 0;
    for (std::uint32_t i = 0; i < pre.size(); ++i) {
      for (std::uint32_t o = 0; o < post.size(); ++o) connected += weight_between(c, pre, post, i, o).has_value();
    }
    CHECK(connected == defined.size());
    CHECK(synapse_count(c, pre, post) == defined.size());
    std::vector<std::size_t> uses(weight_count(c, pre, post));
    for (const auto& [pair, weight] : defined) ++uses[weight];
    for (std::size_t w = 0; w < uses.size(); ++w) REQUIRE(synapses_with_weight(c, pre, post, w) == uses[w]);
  }
}

TEST_CASE("convolution: by hand, the receptive field of a corner is cut off, and its kernel positions are the last") {
  // 4 x 5 x 2 sources, kernel 3 x 3, stride 2, padding 1: neuron (0, 0) receives rows 0 and 1, columns 0 and 1.
  const convolution c{.kernel_rows = 3, .kernel_columns = 3, .stride = 2, .padding = 1};
  const grid pre{4, 5, 2}, post{2, 3, 4};
  std::vector<std::uint32_t> received;
  for_each_presynaptic(c, pre, post, 0, [&](std::uint32_t i) { received.push_back(i); });
  CHECK(received == std::vector<std::uint32_t>{0, 1, 2, 3, 10, 11, 12, 13});
  // From (1, 0, channel 1) to (0, 0, channel 2): kernel row 2, column 1.
  CHECK(weight_between(c, pre, post, 11, 2) == ((1 * 3 + 2) * 3 + 1) * 4 + 2);
  CHECK_FALSE(weight_between(c, pre, post, 14, 2));
  // Kernel row 0 reaches the second row of neurons only, kernel column 0 the second and third column.
  CHECK(synapses_with_weight(c, pre, post, 0) == 2);
}

TEST_CASE("convolution: a spike of the middle adds a mirrored kernel, and a transposed one the kernel itself") {
  // 3 x 3 sources, kernel 3 x 3 with padding 1: 9 neurons, and each weight is its own number.
  for (const bool transposed : {false, true}) {
    auto pixels = sources("input", 9);
    auto layer = neurons("output", 9, 1e9);
    pixels.shape = layer.shape = {3, 3, 1};
    projection<double> p{0, 1, synapse_kernel::step, false, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {}};
    p.shared = convolution{.kernel_rows = 3, .kernel_columns = 3, .padding = 1, .transposed = transposed};
    const network<double> net({pixels, layer}, {p});
    const auto v_m = agreed(net, {never, never, never, never, 0, never, never, never, never}).v_m;
    const std::vector<double> kernel{1, 2, 3, 4, 5, 6, 7, 8, 9}, mirrored{9, 8, 7, 6, 5, 4, 3, 2, 1};
    CHECK(std::vector<double>(v_m.begin() + 9, v_m.end()) == (transposed ? kernel : mirrored));
  }
}

TEST_CASE("convolution: average pooling divides a weight by the size of the window and drops incomplete windows") {
  // A window of 2 x 2 in 3 x 3 sources: the last row and column have no synapses.
  auto pixels = sources("input", 9);
  auto layer = neurons("output", 1, 1e9);
  pixels.shape = {3, 3, 1};
  layer.shape = {1, 1, 1};
  projection<double> p{0, 1, synapse_kernel::step, false, 0, {10}, {}};
  p.shared = convolution{.pool = 2};
  const network<double> net({pixels, layer}, {p});
  CHECK(agreed(net, {0, 0, 0, never, 0, 0, 0, 0, 0}).v_m.back() == 7.5);
}

TEST_CASE(
    "convolution: a field out of range or a grid of the wrong size is refused with its name and what is allowed") {
  const grid pre{5, 5, 1}, post{3, 3, 2};
  CHECK(refusal([&] { check(convolution{.kernel_rows = 0}, pre, post); }) ==
        "convolution: kernel_rows = 0, allowed: 1 to 65536");
  CHECK(refusal([&] { check(convolution{.stride = 0}, pre, post); }) == "convolution: stride = 0, allowed: 1 to 65536");
  CHECK(refusal([&] { check(convolution{.kernel_rows = 6, .kernel_columns = 3}, pre, post); }) ==
        "convolution: a kernel of 6 x 3 with padding 0 and pool 1 does not fit into a grid of 5 x 5");
  CHECK(refusal([&] {
          check(convolution{.kernel_rows = 3, .kernel_columns = 3}, pre, {4, 3, 2});
        }) == "convolution: the postsynaptic grid has 4 x 3 neurons, needed: 3 x 3");
  CHECK(refusal([&] { check({}, grid{}, post); }) ==
        "convolution: the presynaptic population has no grid; give it rows, columns and channels");

  auto pixels = sources("input", 25);
  auto layer = neurons("output", 18, 1);
  layer.shape = post;
  projection<float> p{0, 1, synapse_kernel::step, false, 0, std::vector<float>(18), {}};
  p.shared = convolution{.kernel_rows = 3, .kernel_columns = 3};
  pixels.shape = {4, 5, 1};
  CHECK(refusal([&] {
          network<float>({pixels, layer}, {p});
        }) == "population input: shape = 4 x 5 x 1, allowed: rows x columns x channels = size = 25");
  pixels.shape = {};
  CHECK(refusal([&] {
          network<float>({pixels, layer}, {p});
        }) ==
        "projection 0 (input -> output): convolution: the presynaptic population has no grid; give it rows, columns "
        "and channels");
  pixels.shape = pre;
  CHECK_NOTHROW(network<float>({pixels, layer}, {p}));
  p.weights.pop_back();
  CHECK(refusal([&] {
          network<float>({pixels, layer}, {p});
        }) ==
        "projection 0 (input -> output): 17 weights, needed: 1 x 3 x 3 x 2 (presynaptic channels, kernel, postsynaptic "
        "channels)");
}

template <class Real>
void compare(const random_chain& c, std::size_t& spikes) {
  const auto net = with_precision<Real>(network<double>(c.populations, c.projections));
  const auto record = agreed(net, c.source_times, 40);
  REQUIRE(same_records(record, agreed(expanded(net), c.source_times, 40)));
  for (auto t = record.times.begin() + net.source_count(); t != record.times.end(); ++t) spikes += *t != never;
}

TEST_CASE("convolution: heap, sweep and naive are bit-identical on random networks, and to sparse projections") {
  for (const bool fire_phase : {false, true}) {
    std::size_t spikes = 0;
    for (std::uint64_t number = 0; number < 1000; ++number) {
      CAPTURE(number);
      const auto drawn = draw_chain(number, fire_phase);
      compare<float>(drawn, spikes);
      compare<double>(drawn, spikes);
    }
    CHECK(spikes > 50'000);
  }
}

// A layer with a fire phase, biases of channels and sources. Even numbers have whole times, so that biases and spikes
// arrive at the same time, and every fourth has its bias neurons, and their ids, before the sources.
random_chain draw_layer_with_biases(std::uint64_t number, std::uint32_t channels, synapse_kernel kernel) {
  random_stream random(24, draw::tests, number);
  const bool whole = number % 2 == 0;
  const grid at{3 + random.below(8), 3 + random.below(8), 1 + random.below(3)};
  auto [c, pre, post] = draw_convolution(random, at, 1);
  post.channels = channels;
  auto pixels = sources("input", static_cast<std::uint32_t>(pre.size()));
  pixels.shape = pre;
  const grid cells{post.rows, post.columns, 1};
  auto biases = bias_neurons("bias", static_cast<std::uint32_t>(cells.size()), random.below(5));
  biases.shape = cells;
  const auto size = static_cast<std::uint32_t>(post.size());
  auto layer = fire_phase_neurons("layer", size, 4, 6, 1, number % 3 == 0 ? 8 : 10);
  layer.shape = post;
  for (auto& v : layer.v_th) v += number % 5 == 0 ? random.uniform() : 0;
  const std::uint32_t bias = number % 4 == 0 ? 0 : 1, input = 1 - bias;
  random_chain chain{bias == 0 ? std::vector{biases, pixels, layer} : std::vector{pixels, biases, layer}, {}, {}};
  const auto add = [&](std::uint32_t from, const convolution& how, std::uint64_t weights) {
    projection<double> p{from, 2, kernel, false, 0, {}, {}};
    p.shared = how;
    for (; weights > 0; --weights) p.weights.push_back(0.3 * random.normal());
    chain.projections.push_back(std::move(p));
  };
  add(input, c, weight_count(c, pre, post));
  add(bias, {}, channels);
  if (number % 3 == 1 && channels <= 3) {  // a bias neuron's two synapses to a neuron are summed one after the other
    projection<double> beside{bias, 2, kernel, false, 0, {}, {}};
    for (std::uint64_t k = cells.size() * size; k > 0; --k) beside.weights.push_back(0.1 * random.normal());
    chain.projections.push_back(std::move(beside));
  }
  const auto silent = 1 + random.below(8);
  for (std::uint32_t i = 0; i < pre.size(); ++i) {
    const auto t = whole ? random.below(7) : 7 * random.uniform();
    chain.source_times.push_back(random.below(8) < silent ? never : t);
  }
  return chain;
}

template <class Real>
void compare_biased(const random_chain& c, std::size_t& spikes) {
  const auto net = with_precision<Real>(network<double>(c.populations, c.projections));
  std::vector<double> times(net.neuron_count()), v_m(times), expected(times), expected_v_m(times);
  run_naive(net, c.source_times, 20, std::span(expected), std::span(expected_v_m));
  for (const auto set : instruction_sets()) {
    CAPTURE(set);
    layer_sweep<Real>(net, set).run(c.source_times, 20, times, v_m);
    REQUIRE(times == expected);
    REQUIRE(v_m == expected_v_m);
  }
  for (auto id = net.first_id(2); id < net.neuron_count(); ++id) spikes += times[id] != never;
}

TEST_CASE("convolution: layers with biases are those of the oracle for every instruction set and number of channels") {
  std::size_t spikes = 0;
  for (const std::uint32_t channels : {1, 2, 3, 7, 16, 24, 37, 128, 131}) {
    for (std::uint64_t number = 0; number < 60; ++number) {
      CAPTURE(channels);
      CAPTURE(number);
      const auto kernel = number / 2 % 2 == 0 ? synapse_kernel::ramp : synapse_kernel::step;
      const auto drawn = draw_layer_with_biases(100 * channels + number, channels, kernel);
      compare_biased<float>(drawn, spikes);
      compare_biased<double>(drawn, spikes);
    }
  }
  CHECK(spikes > 20'000);
}

TEST_CASE("fire phases: neurons at the ends of the window fire as the oracle's, without a division for the others") {
  // Weights around v_th, and around the potential that the threshold reaches at t_close, one rounding apart.
  for (const double slope : {0.0, 0.3, 1e-30, 7.0, 1e30}) {
    for (const double t_close : {7.0, 6.1, 6 + 1e-12}) {
      std::vector<float> weights;
      for (const double at : {2.0, 2 - slope * (t_close - 6)}) {
        auto w = static_cast<float>(at);
        for (int k = 0; k < 8; ++k) w = std::nextafter(w, -INFINITY);
        for (int k = 0; k < 16; ++k) weights.push_back(w = std::nextafter(w, INFINITY));
      }
      const auto count = static_cast<std::uint32_t>(weights.size());
      const network<float> net({sources("in", 1), fire_phase_neurons("layer", count, 2, 6, slope, t_close)},
                               {dense<float>(0, 1, synapse_kernel::step, 0, weights)});
      CAPTURE(slope);
      CAPTURE(t_close);
      const auto record = agreed(net, std::vector<double>{1}, 20);
      const auto fired =
          std::count_if(record.times.begin() + 1, record.times.end(), [](double t) { return t < never; });
      CHECK(fired >= 9);  // those that reach v_th
      CHECK(fired < 32);
    }
  }
}

TEST_CASE(
    "convolution: automatic chooses the sweep with fire phases, which test each neuron once, and otherwise heap") {
  for (const bool fire_phase : {false, true}) {
    auto pixels = sources("input", 9);
    auto layer = fire_phase ? fire_phase_neurons("output", 9, 1, 4, 1) : neurons("output", 9, 1);
    pixels.shape = layer.shape = {3, 3, 1};
    projection<float> p{0, 1, synapse_kernel::step, false, 0, std::vector<float>(9, 1), {}};
    p.shared = convolution{.kernel_rows = 3, .kernel_columns = 3, .padding = 1};
    CHECK(chosen_scheduler(network<float>({pixels, layer}, {p}), scheduler::automatic, false) ==
          (fire_phase ? scheduler::sweep : scheduler::heap));
  }
}

}  // namespace
}  // namespace firstspike
