// From gradients to new weights.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network.hpp"
#include "models/gradients.hpp"
#include "models/layers.hpp"

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

/// The rate's share at step number `step` of `steps` (>= 1); 0 from there on unless constant.
double share_of_rate(rate_schedule schedule, std::uint64_t step, std::uint64_t steps);

struct optimizer_options {
  update_rule rule = update_rule::sgd;
  double lr = 0.2;             ///< > 0
  double weight_decay = 1e-6;  ///< lambda >= 0
  double beta1 = 0.9;          ///< adam, [0, 1)
  double beta2 = 0.999;        ///< adam, [0, 1)
  double epsilon = 1e-8;       ///< adam, > 0
};

/// What an optimizer remembers between steps: all that a checkpoint needs of it.
template <class Real>
struct optimizer_state {
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

/// Sets the weights of the layer's first reference neuron so that each post neuron's incoming weights add up to
/// `slope`: once all have arrived its potential rises at that slope, and for `ramp` its firing time is linear in those
/// of its inputs. An input that fires together with that reference then stands for nothing: its weight moves no firing
/// time.
template <class Real>
void hold_slope(network<Real>& net, const layer& of, double slope);

/// The gradient along the weights that hold_slope() leaves free: as a change of any weight is taken back by the first
/// reference's, that one's gradient is subtracted from every other, and becomes 0.
template <class Real>
void follow_held_slope(gradients<Real>& g, const layer& of);

/// Centres the layer's first `count` inputs, each of which has arrived or not with the same chance: sets the weights of
/// its first reference neuron to `rest` minus half of what theirs add up to, so that each stands for +1/2 or -1/2 of
/// its weight. Without that, what they have in common outweighs what each of them tells.
template <class Real>
void centre_inputs(network<Real>& net, const layer& of, std::size_t count, double rest);

/// The gradient along the weights that centre_inputs() leaves free: half of the first reference's is subtracted from
/// each of those inputs', then it becomes 0.
template <class Real>
void follow_centred_inputs(gradients<Real>& g, const layer& of, std::size_t count);

}  // namespace firstspike
