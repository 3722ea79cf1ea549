// A generator and a discriminator of spiking neurons, trained against each other through their spike times.
//
// The generator turns noise spikes into at most one spike per pixel, in a window of its run. The discriminator receives
// these spikes, or those of a real image. The first of its two outputs, "real" or "fake", to fire decides.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan_options.hpp"

namespace firstspike {

template <class Real>
struct gan {
  gan_options options;
  learner<Real> generator;      ///< populations noise, hidden..., image, and bias neurons
  learner<Real> discriminator;  ///< populations input, perhaps class, hidden..., output {real, fake}, and bias neurons
  network<Real> average;  ///< the generator with the running mean of its weights; without `average`, the generator
  std::uint64_t step = 0;
};

/// With two networks that were trained before. Throws std::invalid_argument if they do not fit the options.
template <class Real>
gan<Real> make_gan(const gan_options& options, network<Real> generator, network<Real> discriminator);

template <class Real>
gan<Real> make_gan(const gan_options& o);

/// The spikes of one training step, from which its gradients are computed.
struct gan_record {
  spike_record generator;      ///< [batch]
  spike_record discriminator;  ///< [2 batch]: the generator's images, then the real ones
  spike_record second_pass;    ///< [batch]: the generator's images again, after the discriminator's update
};

// A training step: run_step, compute_discriminator_gradients, apply_discriminator_gradients, run_second_pass,
// compute_generator_gradients, apply_generator_gradients. The generator's gradient uses the discriminator after its
// update in the same training step: with both gradients from one pass, the Fréchet distance of the samples is twice as
// large (docs/gan.md).

/// Runs training step gan.step on `images` of `set` (indices, [batch]), except the second pass.
template <class Real>
gan_record run_step(const gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                    const run_options& run);

/// Runs the current discriminator on the generator's images of `record`.
template <class Real>
void run_second_pass(const gan<Real>& gan, gan_record& record, const run_options& run);

struct gan_losses {
  double generator = 0;  ///< mean loss of the second pass with the label real (non-saturating, Goodfellow et al. 2014)
  double discriminator = 0;  ///< mean over real plus mean over generated images
  double real_correct = 0;   ///< fraction of real images decided as real; ties count half
  double fake_correct = 0;   ///< fraction of generated images decided as fake; ties count half
};

/// Computes the gradient of a recorded training step for one network into its gradient, from the record and the
/// weights only. The function of the discriminator sets all of `losses` except the generator's loss, which the function
/// of the generator sets. The generator's gradient is propagated through the discriminator of the second pass.
template <class Real>
void compute_discriminator_gradients(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads);
template <class Real>
void compute_generator_gradients(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads);

/// Updates the weights with the gradient that was computed from `record`, divided by its number of generated images.
/// The update of the generator completes the training step.
template <class Real>
void apply_discriminator_gradients(gan<Real>& gan, const gan_record& record, unsigned threads);
template <class Real>
void apply_generator_gradients(gan<Real>& gan, const gan_record& record, unsigned threads);

/// Hash of the last gradients of both networks.
template <class Real>
std::string gradient_hash(const gan<Real>& gan);

/// Spikes of a generator for samples [first, first + count), with the sources of sample_sources.
template <class Real>
spike_record generate(const network<Real>& generator, const gan_options& options, std::uint32_t first,
                      std::uint32_t count, const run_options& run);

}  // namespace firstspike
