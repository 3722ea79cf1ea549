// A layered network in training: common parts of classifiers and both networks of a GAN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/models/constraints.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {

enum class update_rule : std::uint8_t {
  sgd,   ///< w -= lr g, then w -= lr decay w
  adam,  ///< Kingma & Ba 2015 (arXiv 1412.6980), algorithm 1, then w -= lr decay w
};

/// The learning-rate factor, for x from 0 to 1 over the training steps of a run.
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

/// State of an optimizer between training steps: all that a checkpoint stores of it except `fixed`.
template <class Real>
struct optimizer_state {
  std::vector<std::uint32_t> fixed;     ///< projections that are not trained
  std::vector<std::vector<Real>> m, v;  ///< adam: first and second moments [projection][pre][post]; else empty
  double beta1_power = 1;               ///< beta1^steps
  double beta2_power = 1;               ///< beta2^steps
};

template <class Real>
optimizer_state<Real> make_optimizer(const network<Real>& net, const optimizer_options& options);

/// One update with the gradient scale * g at the learning rate options.lr. Elementwise, so the result does not depend
/// on threads.
template <class Real>
void update(network<Real>& net, optimizer_state<Real>& state, const gradients<Real>& g, double scale,
            const optimizer_options& options, unsigned threads);

/// Options of a learner.
struct learner_options {
  std::string rule = "s4nn";
  rule_options backward{};
  std::string constraint = "none";       ///< on the weights from the first constrained_inputs sources
  std::uint32_t constrained_inputs = 0;  ///< up to the number of sources
  bool train_biases = true;              ///< off: the weights of bias neurons keep their initial values
  optimizer_options optimizer{};         ///< its lr is that of the first training step
  rate_schedule schedule = rate_schedule::constant;
  std::uint64_t schedule_steps = 1;  ///< >= 1, all training steps of the run; then the rate is 0 unless constant
};

/// Throws std::invalid_argument naming the first option out of range, or a rule that does not fit the regime and
/// kernel.
void check(const learner_options& options, std::string_view regime, synapse_kernel kernel);

template <class Real>
struct learner {
  learner_options options;
  network<Real> net;
  std::vector<layer> layers;
  optimizer_state<Real> optimizer;
  gradients<Real> gradient;      ///< the last one
  backprop_memory<Real> memory;  ///< scratch

  /// Firing times of the last layer in one sample of a record of `net`.
  std::span<const double> outputs(std::span<const double> times) const {
    return times.subspan(net.first_id(layers.back().population));
  }
  /// The derivative of the loss by the output times of one sample, the input of backprop().
  void set_output_dl_dt(std::size_t sample, std::span<const double> dl_dt) {
    auto to = memory.layers.back().dl_dt.begin() + static_cast<std::ptrdiff_t>(sample * dl_dt.size());
    for (const double d : dl_dt) *to++ = static_cast<Real>(d);
  }
};

/// With a network, for gradients of up to `samples` samples.
template <class Real>
learner<Real> make_learner(const learner_options& options, network<Real> net, std::size_t samples);

/// Sets `gradient` to dL/dw, summed over all samples of a record of `net`, up to as many as the learner was made for.
/// set_dl_dt(first, end) calls set_output_dl_dt() for the samples [first, end), one block of gradients, and may be
/// called for several blocks at the same time.
template <class Real>
void compute_gradients(learner<Real>& l, const spike_record& record, unsigned threads,
                       const std::function<void(std::size_t first, std::size_t end)>& set_dl_dt);

/// Projects the first rows of the first layer's `matrix` [pre][post], weights or gradient, onto the constraint.
template <class Real>
void project(const learner_options& o, std::span<Real> matrix, std::size_t posts);

/// Takes training step `step` with `gradient` / samples.
template <class Real>
void apply_gradients(learner<Real>& l, std::uint64_t step, std::size_t samples, unsigned threads);

/// Moves the weights of `mean` to their running mean after `steps` (>= 1) training steps: mean += (1 - d) (w - mean)
/// with d = min(decay, steps / (10 + steps)), so that the mean soon forgets the initial weights.
template <class Real>
void follow_weights(network<Real>& mean, const network<Real>& net, double decay, std::uint64_t steps);

/// The run length of a chain. Throws std::invalid_argument naming the first size, range or time out of range.
double check(const chain_plan& plan, const regime& r);

/// A chain of layers in a regime.
template <class Real>
network<Real> make_chain(const std::string& source, std::uint32_t inputs, synapse_kernel kernel, const regime& r,
                         const chain_plan& plan, std::uint64_t seed);

/// hidden, or hidden1, hidden2, ... where there are several.
inline std::string hidden_name(std::size_t index, std::size_t count) {
  return count == 1 ? "hidden" : "hidden" + std::to_string(index + 1);
}

}  // namespace firstspike
