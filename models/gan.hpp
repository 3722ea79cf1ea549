// A generator and a discriminator of spiking neurons, trained against each other through their spike times.
//
// The generator turns noise spikes into one spike per pixel, read in a window of its clock. The discriminator sees
// those, or a real image's spikes, and says "real" or "fake" by which of its two outputs fires first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/simulate.hpp"
#include "models/backprop.hpp"
#include "models/classifier.hpp"
#include "models/gradients.hpp"
#include "models/image_set.hpp"
#include "models/layers.hpp"
#include "models/optimizer.hpp"
#include "models/random.hpp"

namespace firstspike {

/// All that decides what is learnt; threads and engine do not.
struct gan_options {
  synapse_kernel kernel = synapse_kernel::ramp;
  std::uint32_t noise = 100;  ///< noise neurons, each firing once, uniformly in [0, t_in)
  std::vector<std::uint32_t> generator_hidden{400};
  std::vector<std::uint32_t> discriminator_hidden{400};
  std::uint32_t rows = 28, columns = 28;
  double t_in = 256;    ///< length of the image code [steps]
  double t_max = 1024;  ///< of both networks' runs [steps]
  /// A spike of the generator's last layer at window_open is white, at window_open + t_in black [steps].
  double window_open = 332;
  double delay = 0;  ///< of every projection but the references' [steps]
  double generator_v_th = 250;
  double discriminator_v_th = 80;  ///< low, so that its outputs fire: silent ones tell the generator next to nothing
  /// Standard deviations of initial weights: the generator's hidden layers, its last layer, the discriminator.
  double generator_spread = 0.15, image_spread = 0.05;
  double discriminator_spread = 0.03;
  double slope = 1.5;  ///< sum of a neuron's initial weights
  /// Keep the sums at `slope` in layers_held(), and centre gradients there over a neuron's inputs.
  bool hold_slope = true;
  std::size_t batch = 32;
  double beta = 256;        ///< softness of the discriminator's decision [steps]
  double real_label = 0.9;  ///< what "real" is trained towards, in (0.5, 1]
  optimizer_options generator_optimizer{update_rule::adam, 1e-3, 0, 0.5};
  optimizer_options discriminator_optimizer{update_rule::adam, 1e-4, 0, 0.5};
  bool normalise = false;  ///< step: divide deltas by their norm; then an image judged rightly pulls like any other
  std::uint64_t seed = 1;
};

gan_options gan_defaults(synapse_kernel kernel);

/// Throws std::invalid_argument naming the first option out of range.
void check(const gan_options& options);

template <class Real>
struct gan {
  gan_options options;
  network<Real> generator;      ///< populations noise, hidden..., image, and references
  network<Real> discriminator;  ///< populations input, hidden..., output {real, fake}
  std::vector<layer> generator_layers, discriminator_layers;
  optimizer_state<Real> generator_optimizer, discriminator_optimizer;
  std::uint64_t step = 0;
  std::vector<gradients<Real>> generator_blocks, discriminator_blocks;  ///< scratch; [0] holds the last step's gradient
};

/// Layers whose neurons keep the sum of their weights where `hold_slope` is set. ramp: all of the generator, whose
/// slopes would jump otherwise, and none of the discriminator. step: all of the discriminator and the generator's
/// hidden layers, whose neurons would fall silent for good otherwise; a pixel must be free to stay dark.
struct held_layers {
  std::span<const layer> generator, discriminator;
};
template <class Real>
held_layers layers_held(const gan<Real>& gan);

template <class Real>
gan<Real> make_gan(const gan_options& options);

/// Around two networks that were trained before. Throws std::invalid_argument where they do not fit the options.
template <class Real>
gan<Real> make_gan(const gan_options& options, network<Real> generator, network<Real> discriminator);

/// The spikes of one training step, from which its gradients follow.
struct gan_record {
  spike_record generator;      ///< [batch]
  spike_record discriminator;  ///< [2 batch]: the generator's images, then the real ones
};

/// Firing times of the noise neurons, [noise], uniform in [0, t_in): whole numbers for `step`. For training, `purpose`
/// is draw::noise and (step, sample) the place in the run; for sampling, draw::samples and (0, number of the sample).
std::vector<double> noise_times(const gan_options& options, draw purpose, std::uint64_t step, std::uint32_t sample);

/// What the discriminator sees of a generated image: t - window_open, clipped to [0, t_in], silence as t_in.
std::vector<double> seen_times(const gan_options& options, std::span<const double> image_times);

/// What the discriminator sees of a real image: encoded (0 fires at t_in), and for `ramp` moved later by less than a
/// step, as generated times are no whole numbers.
std::vector<double> real_times(const gan_options& options, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample);

/// The pixels that a generator's last layer draws, [rows][columns].
std::vector<std::uint8_t> drawn_pixels(const gan_options& options, std::span<const double> image_times);

/// Runs step number gan.step on `images` of `set` (indices, [batch]).
template <class Real>
gan_record run_step(const gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                    const run_options& run);

struct gan_losses {
  double generator = 0;      ///< mean of -log s(logit) over generated images (Goodfellow et al. 2014, non-saturating)
  double discriminator = 0;  ///< mean over real plus mean over generated images
  double real_right = 0;     ///< share of real images called real
  double fake_right = 0;     ///< share of generated images called fake
};

/// Both gradients of a recorded step, into generator_blocks[0] and discriminator_blocks[0], from the record and the
/// weights alone. Both networks learn from the same spikes: neither moves before the other has been asked.
template <class Real>
gan_losses learn(gan<Real>& gan, const gan_record& record, unsigned threads);

/// Takes the step that learn() has found.
template <class Real>
void apply(gan<Real>& gan, unsigned threads);

/// Hash of both gradients that learn() has found.
template <class Real>
std::string gradient_hash(const gan<Real>& gan);

/// Spikes of a generator for samples [first, first + count) of the seed in `options`.
template <class Real>
spike_record generate(const network<Real>& generator, const gan_options& options, std::uint32_t first,
                      std::uint32_t count, const run_options& run);

}  // namespace firstspike
