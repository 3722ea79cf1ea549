// Random chains of layers with shared weights, in every regime.
#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/convolution.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {

inline std::uint32_t size_of(const grid& g) { return static_cast<std::uint32_t>(g.size()); }

/// A random chain for a regime: one to three convolutions, some of them transposed or pooled, then a dense output.
inline chain_plan draw_plan(random_stream& random, std::string_view regime) {
  chain_plan plan{16, 0, 60, {}, {4 + random.below(4), 4 + random.below(4), 1 + random.below(2)}};
  if (random.below(2) == 0) plan.delay = 1;
  auto at = plan.input;
  const auto layers = 1 + random.below(3);
  for (std::uint32_t l = 0; l < layers; ++l) {
    const convolution c{.kernel_rows = 1 + random.below(3),
                        .kernel_columns = 1 + random.below(3),
                        .stride = 1 + random.below(2),
                        .padding = random.below(2),
                        .transposed = random.below(4) == 0,
                        .pool = 1 + random.below(2)};
    grid after;
    try {
      after = grid_after(c, at, 1 + random.below(4));
    } catch (const std::invalid_argument&) {
      continue;
    }
    const double inputs = at.channels * c.kernel_rows * c.kernel_columns;
    layer_plan layer{"layer" + std::to_string(l), size_of(after), {}};
    layer.init = {weight_distribution::shape::normal, 0.6 / inputs, 1 / std::sqrt(inputs)};
    layer.bias_mean = regime == "relu" ? 0.3 : 0.6;
    layer.bias_std = 0.2;
    layer.v_th = 0.4;
    layer.shape = after;
    layer.shared = c;
    plan.layers.push_back(layer);
    at = after;
  }
  const double inputs = at.size();
  layer_plan output{"output", 3, {weight_distribution::shape::normal, 0.6 / inputs, 1 / std::sqrt(inputs)}, 0.3};
  output.bias_mean = 0.5;
  plan.layers.push_back(output);
  return plan;
}

struct drawn_network {
  chain_plan plan;
  network<double> net;
  std::vector<double> source_times;
  double t_max;
};

inline drawn_network draw_network(const learning_rule& rule, std::uint64_t number) {
  random_stream random(31, draw::tests, number);
  const auto& r = regime_called(rule.regime);
  auto plan = draw_plan(random, rule.regime);
  while (plan.layers.size() < 2) plan = draw_plan(random, rule.regime);
  drawn_network d{plan, make_chain<double>("input", size_of(plan.input), rule.kernel, r, plan, number), {}, 0};
  d.t_max = run_length(r, plan);
  for (std::uint32_t i = 0; i < d.net.source_count(); ++i) {
    d.source_times.push_back(random.below(4) == 0 ? never : random.below(16));
  }
  return d;
}

}  // namespace firstspike
