// Options of a GAN, tested defaults, and the coding of images for its networks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/distortion.hpp"
#include "firstspike/data/draw.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

/// One of the two networks. Its last layer draws the pixels, or decides between real and fake.
struct gan_network_options {
  std::vector<std::uint32_t> hidden{400};  ///< sizes of dense hidden layers, first to last
  /// Layers as text (layer_text.hpp), instead of `hidden`; empty: `hidden`. Generator: the first item is dense, because
  /// noise has no grid. If the text's last layer is a grid of rows x columns x 1, it draws the image; otherwise a dense
  /// layer of rows * columns pixels follows. Discriminator: behind a grid of rows x columns x 1 pixels; a dense layer
  /// of two outputs follows.
  std::string layers{};
  double range = 1;        ///< relu: hidden activations are clipped to [0, range]
  double last_range = 1;   ///< relu, binary: the same for the last layer
  double v_th = 100;       ///< free
  double initial_sum = 0;  ///< free: mean sum of the initial weights of a neuron
  /// Standard deviations of initial weights times the square root of the fan-in: of hidden layers, and of the last
  /// layer. The fan-in of a neuron with shared weights is its number of synapses away from the edges of the grid, or
  /// their mean.
  double init_std = 1, last_init_std = 1;
  optimizer_options optimizer{update_rule::adam, 1e-3, 0, 0};
};

/// All options that determine the result of training; threads and scheduler do not.
struct gan_options {
  synapse_kernel kernel = synapse_kernel::ramp;
  std::string regime = "relu";
  std::string rule = "relu";
  std::string loss = "xent";
  std::uint32_t noise = 100;  ///< noise neurons
  /// Probability that a noise neuron fires, (0, 1]. Firing times are uniform in [0, t_in); binary: in the half that
  /// counts. If all noise neurons fire, their mean outweighs their deviations, and GANs suffer mode collapse
  /// (docs/gan.md).
  double noise_rate = 0.1;
  /// Both networks also receive the class of the image, by one more source for each class: the source of the
  /// class fires at 0, all others are silent (free: at t_in). Real images then need labels. A discriminator whose first
  /// layer is not dense has these sources in a population "class" of its own. Each projects to the first dense layer
  /// and fires at the same time as its bias neuron, so its weights are biases that depend on the class.
  bool conditional = false;
  std::vector<std::uint8_t> classes = ten_digits();  ///< conditional: label of each of these sources, all different
  std::uint32_t rows = 28, columns = 28;
  double t_in = 64;         ///< length of the image code, and of every window [steps]
  double delay = 0;         ///< of every projection except those of bias neurons [steps]
  double t_max = 320;       ///< free: end of both networks' runs; other regimes derive it [steps]
  double window_open = 64;  ///< free: pixels that fire then are white, t_in later black [steps]
  gan_network_options generator{}, discriminator{};
  std::string constraint = "none";  ///< on the weights from the noise
  rule_options backward{};          ///< of both networks; its t_max is set from the run's
  bool train_biases = true;
  std::size_t batch = 32;
  double beta = 8;           ///< temperature of the discriminator's decision [steps]
  double gamma = 3;          ///< margin of losses that have one [steps]
  double real_label = 0.9;   ///< target probability of real images, in (0.5, 1]
  double pull = 0;           ///< aggressive: weight of the term that moves a likely true output earlier
  double dither = 0;         ///< of the discriminator's pixels, [0, 1], as a share of t_in (add_dither); free: 0
  std::uint32_t shift = 0;   ///< augmentation of real images: `most` of shift_images [pixels]
  double shift_share = 0.5;  ///< and its `share`
  distortion distort{};      ///< augmentation of real images before the shift
  rate_schedule schedule = rate_schedule::linear;  ///< of both rates
  std::uint64_t schedule_steps = 1;                ///< >= 1, all training steps of the run
  /// Decay of the running mean of the generator's weights, [0, 1), which draws the samples; 0: the last weights do.
  double average = 0.999;
  std::uint64_t seed = 1;
};

/// `shared_weights`: at least one of the networks is described as text, and so may be convolutional. The caller sets
/// schedule_steps.
gan_options gan_defaults(synapse_kernel kernel, const std::string& regime, bool conditional = false,
                         bool shared_weights = false);

/// All options but `schedule_steps`, which follows from the run, by name. Those of
/// the discriminator begin with "d-", those of its last layer with "output-".
const option_table<gan_options>& gan_option_table();

/// Options without effect given the others, each with the names of the options that disable it.
std::map<std::string, std::vector<std::string>> options_without_effect(const gan_options& options);

/// The defaults of gan_defaults() for the given kernel, regime, `conditional` and layers, with all other given options.
/// Throws as classifier_options_from() does.
gan_options gan_options_from(const std::map<std::string, std::string>& given);

/// relu for ramp, binary for step.
inline std::string default_gan_regime(synapse_kernel kernel) {
  return kernel == synapse_kernel::ramp ? "relu" : "binary";
}

/// The layers with the times of their regime.
chain_plan generator_plan(const gan_options& options);
chain_plan discriminator_plan(const gan_options& options);

/// The end of a network's run, t_max [steps].
inline double generator_run_length(const gan_options& o) {
  return run_length(regime_called(o.regime), generator_plan(o));
}
inline double discriminator_run_length(const gan_options& o) {
  return run_length(regime_called(o.regime), discriminator_plan(o));
}

/// The learner options of each network.
learner_options generator_learning(const gan_options& options);
learner_options discriminator_learning(const gan_options& options);

/// Throws std::invalid_argument naming the first option out of range.
void check(const gan_options& options);

// Inputs and outputs of the networks: noise, classes and images as firing times.

/// Sources of each network: noise or pixels, then the classes of a conditional GAN.
inline std::uint32_t class_sources(const gan_options& o) {
  return o.conditional ? static_cast<std::uint32_t>(o.classes.size()) : 0;
}
inline std::uint32_t generator_sources(const gan_options& o) { return o.noise + class_sources(o); }
inline std::uint32_t discriminator_sources(const gan_options& o) { return o.rows * o.columns + class_sources(o); }
/// Whether the discriminator's class sources are a population of their own, behind that of the pixels.
bool has_class_population(const gan_options& options);
/// Sources of the discriminator's first population: pixels and, unless they are a population of their own, classes.
inline std::uint32_t discriminator_inputs(const gan_options& o) {
  return o.rows * o.columns + (has_class_population(o) ? 0 : class_sources(o));
}

/// Firing time of a white pixel of the generator; a black pixel fires t_in later or never [steps].
double image_opens(const gan_options& options);

/// Firing time of a black pixel in the discriminator's input: t_in with free neurons, so that their potentials are
/// continuous between grey and black; otherwise never.
inline double black_time(const gan_options& o) { return o.regime == "free" ? o.t_in : never; }

/// Firing times of the noise neurons, [noise], each of which fires with probability noise_rate: whole numbers for
/// `step`. For training, `purpose` is draw::noise and (step, sample) is the training step and the place in the batch;
/// for sampling, they are draw::samples and (0, number of the sample).
std::vector<double> noise_times(const gan_options& options, draw purpose, std::uint64_t step, std::uint32_t sample);

/// The class that a conditional generator draws as sample number `sample`: one after the other.
inline std::uint8_t class_of_sample(const gan_options& o, std::uint64_t sample) {
  return o.classes[sample % o.classes.size()];
}

/// Adds the sources of the class `label` if the GAN is conditional; `label` must be one of options.classes. Its source
/// fires at `at`: 0 in a generator, class_time() in a discriminator [steps].
void add_class(const gan_options& options, std::uint8_t label, std::vector<double>& times, double at = 0);

/// Firing time of the class in the discriminator: 0 or, of a population of its own, that of the bias neuron of the
/// layer that it projects to, if that has one [steps].
double class_time(const gan_options& options);

/// All sources of a generator for sample number `sample` of the seed in `options`. A conditional generator draws
/// `label`; without it, class_of_sample().
std::vector<double> sample_sources(const gan_options& options, std::uint32_t sample,
                                   std::optional<std::uint8_t> label = {});

/// Linear interpolation from the sources `a` to `b`, at `share` in [0, 1]: whole numbers for `step`. Silence counts as
/// t_in, except that a source that is silent in both stays silent.
std::vector<double> sources_between(const gan_options& options, std::span<const double> a, std::span<const double> b,
                                    double share);

/// The discriminator's input for a generated image, with `opens` = image_opens(options): max(t - opens, 0), or
/// black_time from t_in on.
std::vector<double> discriminator_input(const gan_options& options, double opens, std::span<const double> image_times);

/// The discriminator's input for a real image: encoded, black as black_time. For `ramp`, uniformly distributed over the
/// times that decode to its grey level (dequantisation), because generated times are real numbers.
std::vector<double> real_times(const gan_options& options, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample);

/// real_times of the real images (indices) of a training step, distorted before and shifted after as the options say:
/// [image][row][column].
std::vector<double> real_times(const gan_options& options, const image_set& set, std::span<const std::uint32_t> images,
                               std::uint64_t step, unsigned threads = 1);

/// Moves the firing times of an image in the discriminator's input by up to `dither` * t_in either way, uniformly
/// distributed, each pixel apart; up to 0, and black from t_in on. A binary network sees only whether a pixel fires in
/// the first half of its code: with a dither of 0.5, it does so with a probability that is its grey level (stochastic
/// rounding), so that the discriminator sees grey levels on average. Random numbers are those of (seed, draw::dither,
/// training step, `place`): in a training step, generated images have the places [0, batch), and real ones the next.
void add_dither(const gan_options& options, std::span<double> times, std::uint64_t step, std::uint32_t place);

/// The pixels that a generator's last layer has drawn by the time `until` [steps] of its run, [rows][columns]. Pixels
/// that have not fired are black. `never` gives the finished image.
std::vector<std::uint8_t> drawn_pixels(const gan_options& options, std::span<const double> image_times,
                                       double until = never);

}  // namespace firstspike
