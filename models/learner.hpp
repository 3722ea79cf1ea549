// A layered network in training: what classifiers and both networks of a GAN have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/network.hpp"
#include "engine/parallel.hpp"
#include "engine/require.hpp"
#include "models/constraints.hpp"
#include "models/regimes.hpp"
#include "models/rules.hpp"

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
optimizer_state<Real> make_optimizer(const network<Real>& net, const optimizer_options& options) {
  optimizer_state<Real> state;
  for (std::size_t i = 0; options.rule == update_rule::adam && i < net.projection_count(); ++i) {
    state.m.emplace_back(net.weights(i).size());
  }
  state.v = state.m;
  return state;
}

/// One step along scale * g, at learning rate options.lr. Elementwise, so threads change nothing.
template <class Real>
void update(network<Real>& net, optimizer_state<Real>& state, const gradients<Real>& g, double scale,
            const optimizer_options& options, unsigned threads);

/// What decides how a learner's weights change.
struct learner_options {
  std::string rule = "s4nn";
  rule_options backward{};
  std::string constraint = "none";       ///< on the weights from the first constrained_inputs sources
  std::uint32_t constrained_inputs = 0;  ///< up to the number of sources
  bool train_biases = true;              ///< off: the weights of bias neurons stay as they were drawn
  optimizer_options optimizer{};         ///< its lr is that of the first step
  rate_schedule schedule = rate_schedule::constant;
  std::uint64_t schedule_steps = 1;  ///< >= 1, all steps of the run; the rate is 0 from there on unless constant
};

/// Throws std::invalid_argument naming the first option out of range, or a rule that is not for the regime and kernel.
void check(const learner_options& options, std::string_view regime, synapse_kernel kernel);

template <class Real>
struct learner {
  learner_options options;
  network<Real> net;
  std::vector<layer> layers;
  optimizer_state<Real> optimizer;
  std::vector<gradients<Real>> blocks;  ///< scratch; [0] holds the last gradient

  /// Firing times of the last layer in one sample of a record of `net`.
  std::span<const double> outputs(std::span<const double> times) const {
    return times.subspan(net.first_id(layers.back().population));
  }
};

/// Around a network, for gradients of up to `samples` samples.
template <class Real>
learner<Real> make_learner(const learner_options& options, network<Real> net, std::size_t samples) {
  learner<Real> l{options, std::move(net), {}, {}, {}};
  l.layers = layers_of(l.net);
  l.optimizer = make_optimizer(l.net, options.optimizer);
  for (const auto& layer : l.layers) {
    if (layer.bias && !options.train_biases) l.optimizer.fixed.push_back(*layer.bias);
  }
  l.blocks.assign((samples + gradient_block - 1) / gradient_block, gradients<Real>(l.net));
  return l;
}

/// Sets blocks[0] to the sum over [0, samples) of what add(sample, gradients) adds, in an order that no number of
/// threads changes.
template <class Real, class Add>
void sum_gradients(learner<Real>& l, std::size_t samples, unsigned threads, const Add& add) {
  const auto blocks = std::span(l.blocks).first((samples + gradient_block - 1) / gradient_block);
  parallel_for(blocks.size(), threads, [&](std::size_t b) {
    blocks[b].clear();
    const auto end = std::min(samples, (b + 1) * gradient_block);
    for (auto sample = b * gradient_block; sample < end; ++sample) add(sample, blocks[b]);
  });
  add_blocks(blocks, threads);
}

/// Moves the first rows of the first layer's `matrix` [pre][post], weights or gradient, to where the constraint holds.
template <class Real>
void project(const learner_options& o, std::span<Real> matrix, std::size_t posts) {
  std::get<constrain<Real>>(constraint_called(o.constraint).project)(matrix.first(o.constrained_inputs * posts), posts);
}

/// Takes training step number `step` along blocks[0] / samples.
template <class Real>
void apply_gradients(learner<Real>& l, std::uint64_t step, std::size_t samples, unsigned threads) {
  auto how = l.options.optimizer;
  how.lr *= learning_rate_factor(l.options.schedule, step, l.options.schedule_steps);
  auto& g = l.blocks[0];
  const auto first = l.layers.front().weights;
  const auto posts = l.net.populations()[l.layers.front().population].size;
  for (std::uint32_t i = 0; i < l.options.constrained_inputs; ++i) g.reached[first][i] = 1;
  project<Real>(l.options, g.dw[first], posts);
  update(l.net, l.optimizer, g, 1 / static_cast<double>(samples), how, threads);
  project<Real>(l.options, l.net.weights(first), posts);
}

/// The run length of a chain. Throws std::invalid_argument naming the first size, range or time out of range.
double check(const chain_plan& plan, const regime& r);

/// A chain of layers in a regime.
template <class Real>
network<Real> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel, const regime& r,
                         const chain_plan& plan, std::uint64_t seed) {
  require(!r.kernel || *r.kernel == kernel, "regime = {}, allowed with kernel {} only", r.name,
          r.kernel == synapse_kernel::step ? "step" : "ramp");
  return make_layered<Real>(source, inputs, kernel, r.place(plan), seed);
}

/// hidden, or hidden1, hidden2, ... where there are several.
inline std::string hidden_name(std::size_t index, std::size_t count) {
  return count == 1 ? "hidden" : "hidden" + std::to_string(index + 1);
}

}  // namespace firstspike
