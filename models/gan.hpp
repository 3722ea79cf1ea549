// A generator and a discriminator of spiking neurons, trained against each other through their spike times.
//
// The generator turns noise spikes into one spike per pixel, read in a window of its clock. The discriminator sees
// those, or a real image's spikes, and says "real" or "fake" by which of its two outputs fires first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/simulate.hpp"
#include "models/classifier.hpp"
#include "models/gan_options.hpp"
#include "models/gradients.hpp"
#include "models/image_set.hpp"
#include "models/layers.hpp"
#include "models/optimizer.hpp"

namespace firstspike {

template <class Real>
struct gan {
  gan_options options;
  network<Real> generator;      ///< populations noise, hidden..., image, and references
  network<Real> discriminator;  ///< populations input, hidden..., output {real, fake}
  std::vector<layer> generator_layers, discriminator_layers;
  optimizer_state<Real> generator_optimizer, discriminator_optimizer;
  std::uint64_t step = 0;
  network<Real> average;  ///< the generator with its weights' running mean; without `average`, the generator itself
  std::vector<gradients<Real>> generator_blocks, discriminator_blocks;  ///< scratch; [0] holds the last step's gradient
};

/// Sets the weights that follow from all others, as after every update. With a gate: so that every neuron's weights add
/// up to its network's slope, which would otherwise jump with every step of learning, as hundreds of weights that all
/// push it one way do. With gates at instants: so that the noise is centred.
template <class Real>
void hold_generator(gan<Real>& gan);
template <class Real>
void hold_discriminator(gan<Real>& gan);

template <class Real>
gan<Real> make_gan(const gan_options& options);

/// Around two networks that were trained before. Throws std::invalid_argument where they do not fit the options.
template <class Real>
gan<Real> make_gan(const gan_options& options, network<Real> generator, network<Real> discriminator);

/// The spikes of one training step, from which its gradients follow.
struct gan_record {
  spike_record generator;      ///< [batch]
  spike_record discriminator;  ///< [2 batch]: the generator's images, then the real ones
  spike_record second_look;    ///< [batch]: the generator's images again, after the discriminator's update
};

// A training step: run_step, learn_discriminator, update_discriminator, look_again, learn_generator, update_generator.
// The generator learns from a discriminator that has already seen this step's images: with both gradients from one
// look, its images are twice as far from real ones by Fréchet distance (docs/gan.md).

/// Runs step number gan.step on `images` of `set` (indices, [batch]): all but the second look.
template <class Real>
gan_record run_step(const gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                    const run_options& run);

/// Shows the generator's images of `record` to the discriminator, as it is now: the record's second look.
template <class Real>
void look_again(const gan<Real>& gan, gan_record& record, const run_options& run);

struct gan_losses {
  double generator = 0;      ///< mean of -log s(logit) at the second look (Goodfellow et al. 2014, non-saturating)
  double discriminator = 0;  ///< mean over real plus mean over generated images
  double real_right = 0;     ///< share of real images called real, ties counting half
  double fake_right = 0;     ///< share of generated images called fake, ties counting half
};

/// The gradient of a recorded step for one network, into its blocks [0], from the record and the weights alone; along
/// held slopes where it has a gate. The discriminator's sets all losses but the generator's in `losses`, the
/// generator's that one. The generator's goes through the discriminator of the second look.
template <class Real>
void learn_discriminator(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads);
template <class Real>
void learn_generator(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads);

/// Takes the step along the gradient that was learnt; the generator's ends the training step.
template <class Real>
void update_discriminator(gan<Real>& gan, unsigned threads);
template <class Real>
void update_generator(gan<Real>& gan, unsigned threads);

/// Hash of both gradients that were learnt.
template <class Real>
std::string gradient_hash(const gan<Real>& gan);

/// Spikes of a generator for samples [first, first + count), each as in sample_sources.
template <class Real>
spike_record generate(const network<Real>& generator, const gan_options& options, std::uint32_t first,
                      std::uint32_t count, const run_options& run);

}  // namespace firstspike
