// A layered network in training: what classifiers and both networks of a GAN have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/parallel.hpp"
#include "models/backprop.hpp"
#include "models/optimizer.hpp"
#include "models/regimes.hpp"

namespace firstspike {

/// What decides how a learner's weights change.
struct learner_options {
  std::string rule = "s4nn";
  rule_options backward{};
  bool train_biases = true;       ///< off: the weights of bias neurons stay as they were drawn
  optimizer_options optimizer{};  ///< its lr is that of the first step
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
learner<Real> make_learner(const learner_options& options, network<Real> net, std::size_t samples);

/// Sets blocks[0] to the sum over [0, samples) of what add(sample, gradients) adds, in an order that no number of threads
/// changes.
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

/// Takes training step number `step` along blocks[0] / samples.
template <class Real>
void apply_gradients(learner<Real>& l, std::uint64_t step, std::size_t samples, unsigned threads);

/// A chain of layers in a regime.
template <class Real>
network<Real> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel, const regime& r,
                         const chain_plan& plan, std::uint64_t seed);

/// hidden, or hidden1, hidden2, ... where there are several.
std::string hidden_name(std::size_t index, std::size_t count);

}  // namespace firstspike
