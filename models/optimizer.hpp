// From gradients to new weights.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network.hpp"
#include "models/gradients.hpp"

namespace firstspike {

enum class update_rule : std::uint8_t {
  sgd,   ///< w -= lr g, then w -= lr decay w
  adam,  ///< Kingma & Ba 2015 (arXiv 1412.6980), algorithm 1, then w -= lr decay w
};

/// How a learning rate falls while x goes from 0 to 1 over the steps of a run.
enum class rate_schedule : std::uint8_t {
  constant,
  linear,  ///< 1 - x
  square,  ///< (1 - x)^2
};

/// The learning-rate factor at training step number `step` of `steps` (>= 1); 0 from there on unless constant.
double learning_rate_factor(rate_schedule schedule, std::uint64_t step, std::uint64_t steps);

struct optimizer_options {
  update_rule rule = update_rule::sgd;
  double lr = 0.2;             ///< > 0
  double weight_decay = 1e-6;  ///< lambda >= 0
  double beta1 = 0.9;          ///< adam, [0, 1)
  double beta2 = 0.999;        ///< adam, [0, 1)
  double epsilon = 1e-8;       ///< adam, > 0
};

/// What an optimizer remembers between steps: all that a checkpoint needs of it, `fixed` apart.
template <class Real>
struct optimizer_state {
  std::vector<std::uint32_t> fixed;     ///< projections that are not trained
  std::vector<std::vector<Real>> m, v;  ///< adam: first and second moments [projection][pre][post]; else empty
  double beta1_power = 1;               ///< beta1^steps
  double beta2_power = 1;               ///< beta2^steps
};

template <class Real>
optimizer_state<Real> make_optimizer(const network<Real>& net, const optimizer_options& options);

/// One step along scale * g, at learning rate options.lr. Elementwise, so threads change nothing.
template <class Real>
void update(network<Real>& net, optimizer_state<Real>& state, const gradients<Real>& g, double scale,
            const optimizer_options& options, unsigned threads);

}  // namespace firstspike
