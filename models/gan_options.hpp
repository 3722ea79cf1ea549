// What decides how a GAN learns and draws, settings that are known to work, and images as its networks see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/draw.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

/// Classes of a class-conditional GAN, labels 0 to 9.
inline constexpr std::uint32_t gan_classes = 10;

/// One of the two networks. "Its last layer" draws the pixels, or decides between real and fake.
struct gan_network_options {
  std::vector<std::uint32_t> hidden{400};
  double range = 1;        ///< relu: hidden activations from 0 to this are told apart
  double last_range = 1;   ///< relu, binary: the same of the last layer
  double v_th = 100;       ///< free
  double initial_sum = 0;  ///< free: what the initial weights of a neuron add up to, on average
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
  std::string constraint = "none";  ///< on the weights from the noise
  rule_options backward{};          ///< of both networks; its t_max is set from the run's
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

/// All options but `rows`, `columns` and `schedule_steps`, which follow from the data and the run, by name. Those of
/// the discriminator begin with "d-", but for its last layer's, "output-".
const option_table<gan_options>& gan_option_table();

/// Options that change nothing with the others as they are, each with the names of those that rule it out.
std::map<std::string, std::vector<std::string>> options_without_effect(const gan_options& options);

/// The usual settings of the kernel, regime and `conditional` given, by gan_defaults(), with all else that is given.
/// Throws as classifier_options_from() does.
gan_options gan_options_from(const std::map<std::string, std::string>& given);

/// relu for ramp, binary for step.
inline std::string default_gan_regime(synapse_kernel kernel) {
  return kernel == synapse_kernel::ramp ? "relu" : "binary";
}

/// The layers as their regime places them.
chain_plan generator_plan(const gan_options& options);
chain_plan discriminator_plan(const gan_options& options);

/// The end of a network's run, t_max [steps].
inline double generator_run_length(const gan_options& o) {
  return run_length(regime_called(o.regime), generator_plan(o));
}
inline double discriminator_run_length(const gan_options& o) {
  return run_length(regime_called(o.regime), discriminator_plan(o));
}

/// How each network learns.
learner_options generator_learning(const gan_options& options);
learner_options discriminator_learning(const gan_options& options);

/// Throws std::invalid_argument naming the first option out of range.
void check(const gan_options& options);

// What goes into and comes out of the networks: noise, classes and images as firing times.

/// Sources of each network: noise or pixels, then the classes of a conditional GAN.
inline std::uint32_t generator_sources(const gan_options& o) { return o.noise + (o.conditional ? gan_classes : 0); }
inline std::uint32_t discriminator_sources(const gan_options& o) {
  return o.rows * o.columns + (o.conditional ? gan_classes : 0);
}

/// A spike of the generator's last layer is white at this time and black t_in later [steps].
double image_opens(const gan_options& options);

/// When a black pixel fires, as the discriminator hears it: t_in with free neurons, so that a pixel turns from grey to
/// black without a jump in what they compute; otherwise never.
inline double black_time(const gan_options& o) { return o.regime == "free" ? o.t_in : never; }

/// Firing times of the noise neurons, [noise], each silent but for noise_rate: whole numbers for `step`. For training,
/// `purpose` is draw::noise and (step, sample) the place in the run; for sampling, draw::samples and (0, number of the
/// sample).
std::vector<double> noise_times(const gan_options& options, draw purpose, std::uint64_t step, std::uint32_t sample);

/// Adds the sources of the class `label`, where the GAN is conditional; else nothing.
void add_class(const gan_options& options, std::uint8_t label, std::vector<double>& times);

/// All sources of a generator for sample number `sample` of the seed in `options`. A conditional one draws `label`;
/// without it, sample n is of class n mod 10.
std::vector<double> sample_sources(const gan_options& options, std::uint32_t sample,
                                   std::optional<std::uint8_t> label = {});

/// Sources that lie at `share` in [0, 1] of the way from `a` to `b`: whole numbers for `step`. Silence counts as t_in.
std::vector<double> sources_between(const gan_options& options, std::span<const double> a, std::span<const double> b,
                                    double share);

/// What the discriminator hears of a generated image, with `opens` = image_opens(options): t - opens, no earlier than
/// 0; black_time from t_in on.
std::vector<double> heard_times(const gan_options& options, double opens, std::span<const double> image_times);

/// What the discriminator hears of a real image: encoded, black as black_time. For `ramp` spread evenly over the times
/// that stand for its grey level (dequantisation), as generated times are real numbers.
std::vector<double> real_times(const gan_options& options, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample);

/// The pixels that a generator's last layer has drawn by the time `until` [steps] of its run, [rows][columns]: what has
/// not fired yet is black. `never` for the finished image.
std::vector<std::uint8_t> drawn_pixels(const gan_options& options, std::span<const double> image_times,
                                       double until = never);

}  // namespace firstspike
