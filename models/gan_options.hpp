// What decides how a GAN learns and draws, and settings that are known to work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/learner.hpp"
#include "models/losses.hpp"

namespace firstspike {

/// Classes of a class-conditional GAN, labels 0 to 9.
inline constexpr std::uint32_t gan_classes = 10;

/// One of the two networks. "Its last layer" draws the pixels, or decides between real and fake.
struct gan_network_options {
  std::vector<std::uint32_t> hidden{400};
  double range = 1;         ///< relu: hidden activations from 0 to this are told apart
  double last_range = 1;    ///< relu, binary: the same of the last layer
  double v_th = 100;        ///< free
  double initial_sum = 0;   ///< free: what the initial weights of a neuron add up to, on average
  /// Standard deviations of initial weights times the square root of the fan-in: of hidden layers, and of the last one.
  double init_std = 1, last_init_std = 1;
  optimizer_options optimizer{update_rule::adam, 1e-3, 0, 0};
};

/// All that decides what is learnt; threads and scheduler do not.
struct gan_options {
  synapse_kernel kernel = synapse_kernel::ramp;
  std::string regime = "relu";
  std::string rule = "relu";
  std::string loss = "xent";
  std::uint32_t noise = 100;  ///< noise neurons
  /// Probability that a noise neuron fires, (0, 1]: uniformly in [0, t_in); binary: in the half that counts. Where all
  /// fire, what they have in common outweighs what each one tells, and GANs suffer mode collapse (docs/gan.md).
  double noise_rate = 0.1;
  /// Both networks also hear the image's class, by gan_classes more sources: the class's fires at 0, all others are
  /// silent. Real images need labels then.
  bool conditional = false;
  std::uint32_t rows = 28, columns = 28;
  double t_in = 64;         ///< length of the image code, and of every window [steps]
  double delay = 0;         ///< of every projection but the bias neurons' [steps]
  double t_max = 320;       ///< free: end of both networks' runs; other regimes derive it [steps]
  double window_open = 64;  ///< free: a spike of the generator's last layer then is white, t_in later black [steps]
  gan_network_options generator{}, discriminator{};
  rule_options backward{};  ///< of both networks; its t_max is set from the run's
  bool train_biases = true;
  std::size_t batch = 32;
  double beta = 8;          ///< temperature of the discriminator's decision [steps]
  double gamma = 3;         ///< margin of losses that have one [steps]
  double real_label = 0.9;  ///< probability that the discriminator is trained to give a real image, in (0.5, 1]
  double pull = 0;          ///< aggressive: how much an output that is already likely is drawn earlier
  rate_schedule schedule = rate_schedule::linear;  ///< of both rates
  std::uint64_t schedule_steps = 1;                ///< >= 1, all steps of the run
  /// Decay of the running mean of the generator's weights, [0, 1), from which samples are drawn; 0: the last ones.
  double average = 0.999;
  std::uint64_t seed = 1;
};

/// schedule_steps is the caller's to set.
gan_options gan_defaults(synapse_kernel kernel, const std::string& regime, bool conditional = false);

/// relu for ramp, binary for step.
std::string default_gan_regime(synapse_kernel kernel);

/// The layers as their regime places them.
chain_plan generator_plan(const gan_options& options);
chain_plan discriminator_plan(const gan_options& options);

/// The end of a network's run, t_max [steps].
double generator_run_length(const gan_options& options);
double discriminator_run_length(const gan_options& options);

/// How one network learns.
learner_options learning_of(const gan_options& options, const gan_network_options& network, double t_max);

/// Throws std::invalid_argument naming the first option out of range.
void check(const gan_options& options);

}  // namespace firstspike
