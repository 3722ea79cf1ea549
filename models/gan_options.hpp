// What decides how a GAN learns and draws, and settings that are known to work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/network.hpp"
#include "models/backprop.hpp"
#include "models/optimizer.hpp"

namespace firstspike {

/// Classes that a conditional GAN is told of, labels 0 to 9.
inline constexpr std::uint32_t gan_classes = 10;

/// All that decides what is learnt; threads and engine do not.
struct gan_options {
  synapse_kernel kernel = synapse_kernel::ramp;
  std::uint32_t noise = 100;  ///< noise neurons, each firing once, uniformly in [0, t_in)
  /// Both networks are also told the image's class, by gan_classes more sources: the class's fires at 0, all others at
  /// t_in. Real images need labels then.
  bool conditional = false;
  std::vector<std::uint32_t> generator_hidden{400};
  std::vector<std::uint32_t> discriminator_hidden{400};
  std::uint32_t rows = 28, columns = 28;
  double t_in = 256;    ///< length of the image code [steps]
  double t_max = 1536;  ///< of both networks' runs [steps]
  /// A spike of the generator's last layer at window_open is white, at window_open + t_in black [steps].
  double window_open = 1024;
  /// ramp: neurons of hidden layer k (from 1) rest at k gates: one that would fire earlier fires then. With its slope
  /// held, which makes its time linear in its inputs, this is a rectifier (Stanojevic et al. 2024, arXiv 2306.08744,
  /// with the gate at the early end). The discriminator's outputs rest one gate after its last hidden layer, pixels as
  /// black. 0: no gate, slopes are free [steps].
  double generator_gate = 512, discriminator_gate = 512;
  /// step: 0, or gates: hidden neurons fire at one instant of their layer or never, pixels and outputs as a clock, a
  /// reference neuron with synapses of many delays, lifts them over v_th (docs/design.md, "GAN"). Gradients pass hidden
  /// neurons whose potential is less than this from v_th. Noise and pixels then count as fired or not: whether they
  /// come in the first half of t_in.
  double gate_width = 0;
  double contrast = 3;  ///< step with gates: a pixel goes from black to white within 1 / contrast of potential
  double delay = 0;     ///< of every projection but the references' [steps]
  double generator_v_th = 250, discriminator_v_th = 80;  ///< without a gate, which sets its own
  /// Standard deviations of initial weights: the generator's hidden layers, its last layer, the discriminator.
  double generator_spread = 0.08, image_spread = 0.04, discriminator_spread = 0.012;
  /// What each neuron's weights add up to: always in a network with a gate, else only at first and on average.
  double generator_slope = 1, discriminator_slope = 1;
  std::size_t batch = 32;
  /// Softness of the discriminator's decision [steps]; with gates at instants, also how long its outputs' clock takes
  /// for one of potential.
  double beta = 128;
  double real_label = 0.9;  ///< what "real" is trained towards, in (0.5, 1]
  double pull = 0;          ///< aggressive: how much a sure and right output of the discriminator is drawn earlier
  optimizer_options generator_optimizer{update_rule::adam, 4e-3, 0, 0};
  optimizer_options discriminator_optimizer{update_rule::adam, 3e-4, 0, 0};
  rate_schedule schedule = rate_schedule::linear;  ///< of both rates
  std::uint64_t schedule_steps = 1;                ///< >= 1, all steps of the run
  /// Decay of the running mean of the generator's weights, [0, 1), from which samples are drawn; 0: the last ones.
  double average = 0.999;
  bool normalise = false;    ///< step: as in backprop_options, as are the next three
  double jump_length = 0;    ///< step [steps]
  double jump_ahead = 0;     ///< step [steps]
  double least_slope = 0.1;  ///< ramp, and step with jump_length
  std::uint64_t seed = 1;
};

/// schedule_steps is the caller's to set. A discriminator of step neurons that is told the class learns faster.
gan_options gan_defaults(synapse_kernel kernel, bool conditional = false);

/// How gradients of both networks are found.
backprop_options backprop_of(const gan_options& options);

/// Throws std::invalid_argument naming the first option out of range.
void check(const gan_options& options);

}  // namespace firstspike
