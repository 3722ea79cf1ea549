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

bool same_networks(const network<double>& a, const network<double>& b) {
  if (!std::ranges::equal(a.populations(), b.populations()) || a.projection_count() != b.projection_count())
    return false;
  for (std::size_t i = 0; i < a.projection_count(); ++i) {
    if (a.describe(i) != b.describe(i)) return false;
  }
  return true;
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
    CHECK(same_networks(read_network(files / "n.h5"), d.net));
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
    CHECK(same_networks(read.net, written.net));
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

TEST_CASE("convolution: a damaged network file is refused with file, field, value and what is allowed") {
  const scratch_directory files;
  const auto path = files / "n.h5";
  std::uint64_t number = 0;
  while (draw_chain(number).net.describe(0).shared->pool != 1) ++number;
  const auto change = [&](const std::string& code) {
    write_network(path, draw_chain(number).net, true);
    REQUIRE(run_python(files, path,
                       "with h5py.File(path, 'r+') as f:\n"
                       "    edges = f['shared_edges']; e = edges[sorted(edges)[0]]\n    " +
                           code + "\n"));
    return message_of([&] { read_network(path); });
  };
  CHECK(change("e.attrs['kernel_rows'] = np.uint64(0)").find("convolution: kernel_rows = 0, allowed: 1 to 65536") !=
        std::string::npos);
  CHECK(change("e.attrs['stride'] = np.uint64(70000)").find("attribute stride = 70000, allowed: up to 65536") !=
        std::string::npos);
  CHECK(change("e.attrs['source_population'] = 'nobody'")
            .find("attribute source_population = 'nobody', which is no population") != std::string::npos);
  CHECK(change("e.attrs['delay'] = -1.0").find("attribute delay = -1, allowed: 0, or from") != std::string::npos);
  CHECK(change("w = e['weight'][()]; w[0, 0, 0, 0] = np.nan; e['weight'][...] = w")
            .find("weight: entry 0 = nan, allowed: finite") != std::string::npos);
  CHECK(change("w = e['weight'][()]; del e['weight']; e['weight'] = w[0]").find("weight: has shape (") !=
        std::string::npos);
  CHECK(change("f['nodes/input'].attrs['rows'] = np.uint64(1)").find("attributes rows, columns, channels = 1,") !=
        std::string::npos);
}
