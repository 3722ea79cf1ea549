#include "firstspike/tests/engine/random_convolutions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace firstspike {

drawn_convolution draw_convolution(random_stream& random, const grid& pre, std::uint32_t most_channels) {
  for (;;) {
    convolution c{.kernel_rows = 1 + random.below(4),
                  .kernel_columns = 1 + random.below(4),
                  .stride = 1 + random.below(3),
                  .padding = random.below(3),
                  .transposed = random.below(3) == 0,
                  .pool = 1 + random.below(3) / 2 * (1 + random.below(2))};
    try {
      auto post = grid_after(c, pre, 1 + random.below(most_channels));
      if (c.transposed) post.rows += random.below(c.stride), post.columns += random.below(c.stride);
      return {c, pre, post};
    } catch (const std::invalid_argument&) {  // it does not fit: another one
    }
  }
}

grid draw_grid(random_stream& random) { return {1 + random.below(7), 1 + random.below(7), 1 + random.below(3)}; }

random_chain draw_chain(std::uint64_t number, bool fire_phase) {
  random_stream random(22, draw::tests, number);
  const bool whole = number % 2 == 0;
  const auto kernel = number / 2 % 2 == 0 ? synapse_kernel::step : synapse_kernel::ramp;
  const auto weight = [&] { return whole ? static_cast<double>(random.below(7)) - 2 : 0.4 + random.normal(); };
  const auto delay = [&] {
    return random.below(2) == 0 ? 0 : whole ? 1 + random.below(3) : 0.1 + 3 * random.uniform();
  };
  random_chain c;
  grid at{3 + random.below(6), 3 + random.below(6), 1 + random.below(3)};
  c.populations.push_back({.name = "input",
                           .kind = population_kind::source,
                           .size = static_cast<std::uint32_t>(at.size()),
                           .v_th = {},
                           .shape = at});
  const auto layers = 1 + random.below(3);
  double t_fire = 6;
  for (std::uint32_t l = 0; l < layers; ++l, t_fire += 6) {
    const auto pre = static_cast<std::uint32_t>(c.populations.size() - 1);
    const auto drawn = draw_convolution(random, at, number % 16 == 0 ? 20 : 4);
    const auto size = static_cast<std::uint32_t>(drawn.post.size());
    const auto post = pre + 1;
    const double v_th = kernel == synapse_kernel::step ? 1.5 : 6;
    c.populations.push_back({.name = fmt::format("layer{}", l),
                             .size = size,
                             .v_th = std::vector<double>(size, v_th),
                             .shape = drawn.post});
    auto& layer = c.populations.back();
    for (auto& v : layer.v_th) v += whole ? random.below(3) : random.uniform();
    if (fire_phase) {
      layer.t_fire = t_fire;
      layer.threshold_slope = v_th / 6;
      layer.t_close = t_fire + 6;
    }
    projection<double> p{pre, post, kernel, false, static_cast<double>(delay()), {}, {}};
    p.shared = drawn.how;
    for (std::uint64_t k = weight_count(drawn.how, at, drawn.post); k > 0; --k) p.weights.push_back(weight());
    c.projections.push_back(p);
    if (random.below(3) == 0) c.projections.push_back(std::move(p));  // the same twice, which is allowed
    if (random.below(4) == 0) {
      projection<double> beside{0, post, kernel, random.below(2) == 0, 1, {}, {}};
      const auto pres = c.populations[0].size;
      for (std::uint32_t k = 0; !beside.sparse && k < pres * size; ++k) beside.weights.push_back(0.1 * weight());
      for (std::uint32_t k = 0; beside.sparse && k < 20; ++k) {
        beside.synapses.push_back({random.below(pres), random.below(size), weight(), static_cast<double>(delay())});
      }
      c.projections.push_back(std::move(beside));
    }
    at = drawn.post;
  }
  for (std::uint32_t i = 0; i < c.populations[0].size; ++i) {
    c.source_times.push_back(random.below(4) == 0 ? never : whole ? random.below(8) : 8 * random.uniform());
  }
  return c;
}

}  // namespace firstspike
