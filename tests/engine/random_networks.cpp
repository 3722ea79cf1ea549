#include "firstspike/tests/engine/random_networks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firstspike/data/random.hpp"

namespace firstspike {
namespace {

struct drawing {
  random_stream random;
  network_choice choice;
  random_case result{};
  std::vector<std::uint32_t>
      layers{};  // populations, sources and bias neurons first, then so that zero delays lead forward
  std::vector<synapse_kernel> kernel{};  // [population] of its inputs
  std::vector<bool> with_fire_phase{};   // [population]

  bool chance(double p) { return random.uniform() < p; }

  double weight() {
    if (choice.whole) return static_cast<double>(random.below(9)) - 3;
    return 0.8 + 1.6 * random.normal();
  }

  double delay(bool may_be_zero) {
    if (may_be_zero && chance(0.4)) return 0;
    if (choice.whole_times) return 1 + random.below(4);
    return chance(0.1) ? shortest_delay : chance(0.5) ? 0.5 * (1 + random.below(6)) : 0.01 + 4 * random.uniform();
  }

  double time() {
    const double t = choice.whole_times ? random.below(18)
                     : chance(0.5)      ? 0.5 * random.below(30)
                                        : 15 * random.uniform();
    return chance(0.1) ? never : chance(0.03) ? result.t_max + t : chance(0.03) ? -1 - t : t;
  }
};

double threshold_slope(drawing& d) {
  constexpr double on_clock[] = {1, 0.5, 0.25}, whole[] = {0.5, 1, 2, 3};
  if (d.chance(0.25) || (d.choice.on_clock && !d.choice.whole)) return 0;
  if (d.choice.on_clock) return on_clock[d.random.below(3)];
  return d.choice.whole ? whole[d.random.below(4)] : 0.1 + 2 * d.random.uniform();
}

population draw_layer(drawing& d, std::uint32_t index, population_kind kind, bool fire_phase) {
  // Some fill complete vector registers with a remainder, a few exceed the heap's chunks of 64.
  const auto widest = kind == population_kind::bias ? 2u : d.chance(0.04) ? 150u : d.chance(0.15) ? 40u : 8u;
  population p{fmt::format("p{}", index), kind, 1 + d.random.below(widest), {}};
  if (kind == population_kind::bias) p.t_fire = d.random.below(4);
  if (kind != population_kind::neurons) return p;
  // The sum of a ramp neuron up to the start of a fire phase is larger than a threshold without one.
  const double scale = fire_phase && d.kernel[index] == synapse_kernel::ramp ? 4 : 1;
  for (std::uint32_t j = 0; j < p.size; ++j) {
    p.v_th.push_back(scale * (d.choice.whole ? 1 + d.random.below(9) : 0.5 + 6 * d.random.uniform()));
  }
  if (fire_phase) {
    p.t_fire = d.choice.whole_times ? 1 + d.random.below(12) : 12 * d.random.uniform();
    if (d.chance(0.05)) p.t_fire = d.result.t_max + d.random.below(2);
    p.threshold_slope = threshold_slope(d);
  }
  if (d.chance(0.25)) p.t_close = (fire_phase ? p.t_fire : 0) + 2 + d.random.below(16);
  return p;
}

void draw_kernels(drawing& d, std::uint32_t count, std::uint32_t hearers) {
  const bool fire_phases = d.chance(d.choice.fire_phases);
  d.with_fire_phase.resize(count);
  d.kernel.assign(count, synapse_kernel::step);
  for (auto place = count - hearers; place < count; ++place) {
    const auto i = d.layers[place];
    d.with_fire_phase[i] = fire_phases && (place + 1 == count || d.chance(0.6));
    const bool ramp_fits = !d.choice.on_clock || (d.choice.whole && d.with_fire_phase[i]);
    if (!d.choice.step_only && ramp_fits && d.chance(0.5)) d.kernel[i] = synapse_kernel::ramp;
  }
}

void draw_layers(drawing& d) {
  const auto givers = 1 + d.random.below(2);
  const auto biases = d.chance(0.3) ? 1u : 0u;
  const auto hearers = 1 + d.random.below(4);
  std::vector<population_kind> kinds(givers, population_kind::source);
  kinds.insert(kinds.end(), biases, population_kind::bias);
  kinds.insert(kinds.end(), hearers, population_kind::neurons);
  const auto count = static_cast<std::uint32_t>(kinds.size());
  for (std::uint32_t i = 0; i < count; ++i) d.layers.push_back(i);
  for (auto i = count; i > 1; --i) std::swap(d.layers[i - 1], d.layers[d.random.below(i)]);
  draw_kernels(d, count, hearers);
  d.result.populations.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto index = d.layers[i];
    d.result.populations[index] = draw_layer(d, index, kinds[i], d.with_fire_phase[index]);
  }
}

void draw_projection(drawing& d, std::uint32_t pre, std::uint32_t post, bool as_sparse, bool may_be_zero) {
  projection<double> p{pre, post, d.kernel[post], as_sparse, 0, {}, {}};
  const auto rows = d.result.populations[pre].size;
  const auto columns = d.result.populations[post].size;
  if (as_sparse) {
    const auto count = 1 + d.random.below(1 + rows * columns);
    for (std::uint32_t s = 0; s < count; ++s) {
      p.synapses.push_back({d.random.below(rows), d.random.below(columns), d.weight(), d.delay(may_be_zero)});
    }
  } else {
    p.delay = d.delay(may_be_zero);
    for (std::uint32_t s = 0; s < rows * columns; ++s) p.weights.push_back(d.weight());
  }
  d.result.projections.push_back(std::move(p));
}

// Each layer has input from the layer before it, and often from others, possibly twice from the same.
void draw_projections(drawing& d) {
  const auto is_neurons = [&](std::size_t i) {
    return d.result.populations[d.layers[i]].kind == population_kind::neurons;
  };
  const bool all_dense = d.choice.shape == network_shape::dense_layers;
  const auto as_sparse = [&] { return !all_dense && d.chance(0.7); };
  for (std::size_t i = 0; i < d.layers.size(); ++i) {
    if (!is_neurons(i)) continue;
    draw_projection(d, d.layers[i - 1], d.layers[i], as_sparse(), true);
    for (int extra = 0; extra < 3 && d.chance(0.6); ++extra) {
      draw_projection(d, d.layers[d.random.below(static_cast<std::uint32_t>(i))], d.layers[i], as_sparse(), true);
    }
  }
  const bool dense_back = d.choice.shape == network_shape::dense_recurrent;
  if (!dense_back && d.choice.shape != network_shape::sparse_recurrent) return;
  const auto last = d.layers.size() - 1;
  auto first = last;
  while (first > 0 && is_neurons(first - 1)) --first;
  for (int back = 0; back < 1 || (back < 3 && d.chance(0.5)); ++back) {
    const auto post = first + d.random.below(static_cast<std::uint32_t>(last - first + 1));
    const auto pre = post + d.random.below(static_cast<std::uint32_t>(last - post + 1));
    draw_projection(d, d.layers[pre], d.layers[post], !dense_back, false);
  }
}

}  // namespace

random_case draw_case(std::uint64_t seed, std::uint64_t number, const network_choice& choice) {
  drawing d{random_stream(seed, draw::tests, number), choice};
  d.result.t_max = 16 + d.random.below(24);
  draw_layers(d);
  draw_projections(d);
  const auto samples = choice.samples > 0 ? choice.samples : 1 + d.random.below(4);
  for (std::uint32_t sample = 0; sample < samples; ++sample) {
    for (const auto& p : d.result.populations) {
      if (p.kind != population_kind::source) continue;
      for (std::uint32_t j = 0; j < p.size; ++j) d.result.source_times.push_back(d.time());
    }
  }
  return std::move(d.result);
}

}  // namespace firstspike
