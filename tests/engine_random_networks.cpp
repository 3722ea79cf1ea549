#include "tests/engine_random_networks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/random.hpp"

namespace firstspike {
namespace {

struct drawing {
  random_stream random;
  network_choice choice;
  random_case result{};
  std::vector<std::uint32_t>
      layers{};  // populations, sources and references first, then so that zero delays lead forward
  std::vector<synapse_kernel> kernel{};  // [population] of its inputs

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

population draw_layer(drawing& d, std::uint32_t index, population_kind kind) {
  // Some are wide enough for whole vector registers and what is left over.
  const auto widest = kind == population_kind::reference ? 2u : d.chance(0.15) ? 40u : 8u;
  population p{fmt::format("p{}", index), kind, 1 + d.random.below(widest), {}, 0, never};
  if (kind == population_kind::reference) p.t_open = d.random.below(4);
  if (kind != population_kind::neurons) return p;
  for (std::uint32_t j = 0; j < p.size; ++j) {
    p.v_th.push_back(d.choice.whole ? 1 + d.random.below(9) : 0.5 + 6 * d.random.uniform());
  }
  if (d.chance(0.25)) p.t_open = d.choice.whole_times ? d.random.below(12) : 12 * d.random.uniform();
  if (d.chance(0.25)) p.t_close = p.t_open + 2 + d.random.below(16);
  return p;
}

void draw_layers(drawing& d) {
  const auto givers = 1 + d.random.below(2);
  const auto references = d.chance(0.3) ? 1u : 0u;
  const auto hearers = 1 + d.random.below(4);
  std::vector<population_kind> kinds(givers, population_kind::source);
  kinds.insert(kinds.end(), references, population_kind::reference);
  kinds.insert(kinds.end(), hearers, population_kind::neurons);
  const auto count = static_cast<std::uint32_t>(kinds.size());
  for (std::uint32_t i = 0; i < count; ++i) d.layers.push_back(i);
  for (auto i = count; i > 1; --i) std::swap(d.layers[i - 1], d.layers[d.random.below(i)]);
  d.result.populations.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) d.result.populations[d.layers[i]] = draw_layer(d, d.layers[i], kinds[i]);
  for (std::uint32_t i = 0; i < count; ++i) {
    d.kernel.push_back(d.choice.step_only || d.chance(0.5) ? synapse_kernel::step : synapse_kernel::ramp);
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

// Each layer hears the one before it (nobody is left deaf), and often others, the same one again among them.
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
