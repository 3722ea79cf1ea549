// Random networks with fire phases through model files and network files.
#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/traces/files.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/network_file.hpp"

using namespace firstspike;

namespace {

struct drawing {
  std::mt19937 rng;
  bool single;  // weights are exactly f32

  bool chance(double p) { return std::bernoulli_distribution(p)(rng); }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(rng() % n); }
  double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(rng); }
  double weight() {
    const double w = std::normal_distribution<double>(0.5, 1)(rng);
    return single ? static_cast<float>(w) : w;
  }
  std::vector<double> weights(std::size_t n) {
    std::vector<double> result(n);
    for (auto& w : result) w = weight();
    return result;
  }
};

// Half have a fire phase, some of slope 0, some without an end; of the others, some have a window.
population random_layer(drawing& d, std::string name) {
  std::vector<double> v_th(1 + d.below(4));
  for (auto& v : v_th) v = d.uniform(0.1, 3);
  auto p = neuron_population(std::move(name), v_th);
  if (d.chance(0.5)) {
    p.t_fire = d.chance(0.2) ? 0 : d.uniform(0, 40);
    p.threshold_slope = d.chance(0.3) ? 0 : d.uniform(0, 2);
  }
  if (d.chance(0.5)) p.t_close = (p.t_fire < never ? p.t_fire : 0) + d.uniform(0.5, 40);
  return p;
}

std::string random_regime(drawing& d) { return std::array{"", "free", "relu", "binary"}.at(d.below(4)); }

// A chain of one to three layers, some with a bias neuron, populations in random order.
stored_model random_model(std::uint32_t number) {
  drawing d{std::mt19937(number), number % 2 == 0};
  const auto kernel = d.chance(0.5) ? synapse_kernel::step : synapse_kernel::ramp;
  std::vector<population> populations{source_population("in", 1 + d.below(4))};
  std::vector<projection<double>> projections;
  std::uint32_t pre = 0;
  const auto layers = 1 + d.below(3);
  for (std::uint32_t l = 0; l < layers; ++l) {
    const auto at = static_cast<std::uint32_t>(populations.size());
    populations.push_back(random_layer(d, "layer" + std::to_string(l)));
    const auto size = populations[at].size;
    projections.push_back(
        {pre, at, kernel, false, d.uniform(0.5, 2), d.weights(std::size_t{populations[pre].size} * size), {}});
    pre = at;
    if (!d.chance(0.5)) continue;
    populations.push_back({"bias" + std::to_string(l), population_kind::bias, 1, {}, d.uniform(0, 20)});
    projections.push_back({at + 1, at, kernel, false, d.uniform(0.5, 2), d.weights(size), {}});
  }
  stored_model model{{populations, projections}, d.single, 32, 96, {}, {}, random_regime(d), {}};
  if (d.chance(0.5)) {
    for (std::size_t p = 0; p < populations.size(); ++p) model.trainable.push_back(d.chance(0.5) ? 1 : 0);
  }
  return model;
}

// Sparse and dense projections between all populations, recurrent ones too.
network<double> random_network(std::uint32_t number) {
  drawing d{std::mt19937(number), false};
  std::vector<population> populations{source_population("in", 1 + d.below(4)),
                                      {"bias", population_kind::bias, 1 + d.below(3), {}, d.uniform(0, 20)}};
  const auto layers = 1 + d.below(3);
  for (std::uint32_t l = 0; l < layers; ++l) populations.push_back(random_layer(d, "layer" + std::to_string(l)));
  std::vector<projection<double>> projections;
  const auto count = static_cast<std::uint32_t>(populations.size());
  for (std::uint32_t post = 2; post < count; ++post) {
    const auto kernel = d.chance(0.5) ? synapse_kernel::step : synapse_kernel::ramp;
    for (std::uint32_t pre = 0; pre < count; ++pre) {
      if (!d.chance(0.6)) continue;
      projection<double> p{pre, post, kernel, d.chance(0.5), 0, {}, {}};
      const auto rows = populations[pre].size, columns = populations[post].size;
      if (p.sparse) {
        p.synapses.push_back({d.below(rows), d.below(columns), d.weight(), d.uniform(0.5, 4)});
      } else {
        p.delay = d.uniform(0.5, 4);
        p.weights = d.weights(std::size_t{rows} * columns);
      }
      projections.push_back(std::move(p));
    }
  }
  return {populations, projections};
}

bool some_fire_phase(const network<double>& net) {
  for (std::size_t p = 0; p < net.populations().size(); ++p) {
    if (net.has_fire_phase(p)) return true;
  }
  return false;
}

// Spikes of layers with a fire phase, which must survive a round trip.
std::size_t check_same_run(const network<double>& a, const network<double>& b, std::uint32_t number) {
  std::mt19937 rng(number);
  std::vector<double> inputs(a.source_count());
  for (auto& t : inputs) t = std::uniform_real_distribution<double>(0, 30)(rng);
  const simulation_options options{96, scheduler::heap, 1, true};
  const auto of_a = simulate(a, inputs, options);
  const auto of_b = simulate(b, inputs, options);
  CHECK(of_a.times == of_b.times);
  CHECK(of_a.v_m == of_b.v_m);
  std::size_t spikes = 0;
  for (std::uint32_t id = 0; id < a.neuron_count(); ++id) {
    spikes += a.has_fire_phase(a.population_of(id)) && of_a.times[id] < never ? 1 : 0;
  }
  return spikes;
}

}  // namespace

TEST_CASE("fire phase: 200 random models come back from their files as they were, and fire the same spikes") {
  const scratch_directory files;
  std::size_t with_phase = 0, spikes = 0;
  for (std::uint32_t number = 0; number < 200; ++number) {
    CAPTURE(number);
    const auto model = random_model(number);
    write_model(files / "1.h5", model, true);
    const auto back = read_model(files / "1.h5");
    check_same(back, model);
    write_model(files / "2.h5", back, true);
    CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
    spikes += check_same_run(model.net, back.net, number);
    with_phase += some_fire_phase(model.net) ? 1 : 0;
  }
  CHECK(with_phase > 100);
  CHECK(spikes > 100);
}

TEST_CASE("fire phase: 200 random networks come back from their files as they were, and fire the same spikes") {
  const scratch_directory files;
  std::size_t with_phase = 0, spikes = 0;
  for (std::uint32_t number = 0; number < 200; ++number) {
    CAPTURE(number);
    const auto net = random_network(number);
    write_network(files / "1.h5", net, true);
    const auto back = read_network(files / "1.h5");
    CHECK(same_network(back, net));
    write_network(files / "2.h5", back, true);
    CHECK(read_bytes(files / "1.h5") == read_bytes(files / "2.h5"));
    spikes += check_same_run(net, back, number);
    with_phase += some_fire_phase(net) ? 1 : 0;
  }
  CHECK(with_phase > 100);
  CHECK(spikes > 100);
}

TEST_CASE("fire phase: a few attributes by others are enough in a network file") {
  const scratch_directory files;
  const std::string path = files / "n.h5";
  REQUIRE(run_python(files, path, R"(
with h5py.File(path, 'w') as f:
    f.create_group('nodes/in').attrs.update(dict(kind='source', n_nodes=1))
    f.create_group('nodes/offset').attrs.update(dict(kind='bias', n_nodes=1))
    f.create_group('nodes/out').attrs.update(dict(t_fire=8, threshold_slope=np.float32(0.25)))
    f['nodes/out/0/v_th'] = [2.0]
    for name, weight in dict(offset=0.5, **{'in': 1.0}).items():
        e = f.create_group(f'edges/{name}_out')
        e.attrs.update(dict(kernel='step', delay=1.0))
        for end, population in dict(source=name, target='out').items():
            e[end + '_node_id'] = [0]
            e[end + '_node_id'].attrs['node_population'] = population
        e['0/syn_weight'] = [weight]
)"));
  const auto net = read_network(path);
  const population out{"out", population_kind::neurons, 1, {2}, 8, 0.25};
  CHECK(net.populations()[2] == out);
  CHECK(net.populations()[1].t_fire == 0);
  // V = 1 + 0.5 at 8; the threshold falls from 2 by 0.25 a step: 2 steps later.
  CHECK(simulate(net, std::vector<double>{3}, {96, scheduler::heap, 1, true}).times == std::vector<double>{3, 0, 10});
}
