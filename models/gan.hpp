// A generator and a discriminator of spiking neurons, trained against each other through their spike times.
//
// The generator turns noise spikes into at most one spike per pixel, in a window of its run. The discriminator hears
// those, or a real image's spikes, and decides "real" or "fake" by which of its two outputs fires first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "engine/simulate.hpp"
#include "models/classifier.hpp"
#include "models/gan_options.hpp"
#include "models/image_set.hpp"

namespace firstspike {

template <class Real>
struct gan {
  gan_options options;
  learner<Real> generator;      ///< populations noise, hidden..., image, and bias neurons
  learner<Real> discriminator;  ///< populations input, hidden..., output {real, fake}
  network<Real> average;        ///< the generator with its weights' running mean; without `average`, the generator
  std::uint64_t step = 0;
};

/// Around two networks that were trained before. Throws std::invalid_argument where they do not fit the options.
template <class Real>
gan<Real> make_gan(const gan_options& options, network<Real> generator, network<Real> discriminator);

template <class Real>
gan<Real> make_gan(const gan_options& o) {
  check(o);
  const auto& r = regime_called(o.regime);
  auto generator = make_chain<Real>("noise", generator_sources(o), o.kernel, r, generator_plan(o), o.seed);
  const auto first = layers_of(generator).front();
  project<Real>(generator_learning(o), generator.weights(first.weights),
                generator.populations()[first.population].size);
  return make_gan<Real>(
      o, std::move(generator),
      make_chain<Real>("input", discriminator_sources(o), o.kernel, r, discriminator_plan(o), o.seed + 1));
}

/// The spikes of one training step, from which its gradients follow.
struct gan_record {
  spike_record generator;      ///< [batch]
  spike_record discriminator;  ///< [2 batch]: the generator's images, then the real ones
  spike_record second_pass;    ///< [batch]: the generator's images again, after the discriminator's update
};

// A training step: run_step, compute_discriminator_gradients, apply_discriminator_gradients, run_second_pass,
// compute_generator_gradients, apply_generator_gradients. The generator learns from a discriminator that has already
// learnt from this step's images: with both gradients from one pass, its images are twice as far from real ones by
// Fréchet distance (docs/gan.md).

/// Runs training step number gan.step on `images` of `set` (indices, [batch]): all but the second pass.
template <class Real>
gan_record run_step(const gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                    const run_options& run);

/// Runs the discriminator, as it is now, on the generator's images of `record`.
template <class Real>
void run_second_pass(const gan<Real>& gan, gan_record& record, const run_options& run) {
  const auto& o = gan.options;
  std::vector<double> sources;
  for (std::size_t sample = 0; sample < record.generator.samples; ++sample) {
    std::ranges::copy(record.discriminator.times_of(sample).first(discriminator_sources(o)),
                      std::back_inserter(sources));
  }
  record.second_pass = simulate(gan.discriminator.net, sources, {discriminator_run_length(o), run.engine, run.threads});
}

struct gan_losses {
  double generator = 0;  ///< mean loss of the second pass with the label real (non-saturating, Goodfellow et al. 2014)
  double discriminator = 0;  ///< mean over real plus mean over generated images
  double real_correct = 0;   ///< fraction of real images decided as real, ties counting half
  double fake_correct = 0;   ///< fraction of generated images decided as fake, ties counting half
};

/// The gradient of a recorded step for one network, into its blocks[0], from the record and the weights alone. The
/// discriminator's sets all losses but the generator's in `losses`, the generator's that one. The generator's goes
/// through the discriminator of the second pass.
template <class Real>
void compute_discriminator_gradients(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads);
template <class Real>
void compute_generator_gradients(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads);

/// Takes the step along the gradient that was computed from `record`, divided by its generated images; the generator's
/// ends the training step.
template <class Real>
void apply_discriminator_gradients(gan<Real>& gan, const gan_record& record, unsigned threads) {
  apply_gradients(gan.discriminator, gan.step, record.generator.samples, threads);
}
template <class Real>
void apply_generator_gradients(gan<Real>& gan, const gan_record& record, unsigned threads) {
  apply_gradients(gan.generator, gan.step, record.generator.samples, threads);
  ++gan.step;
  const auto step = static_cast<double>(gan.step);
  // A young mean follows fast, or the first weights would stay in it for long.
  const auto keep = static_cast<Real>(std::min(gan.options.average, step / (10 + step)));
  for (std::size_t i = 0; i < gan.average.projection_count(); ++i) {
    const auto mean = gan.average.weights(i);
    const auto w = gan.generator.net.weights(i);
    for (std::size_t k = 0; k < w.size(); ++k) mean[k] = w[k] + keep * (mean[k] - w[k]);
  }
}

/// Hash of both gradients that were computed.
template <class Real>
std::string gradient_hash(const gan<Real>& gan) {
  return gradient_hash(gan.generator.blocks[0]) + gradient_hash(gan.discriminator.blocks[0]);
}

/// Spikes of a generator for samples [first, first + count), each as in sample_sources.
template <class Real>
spike_record generate(const network<Real>& generator, const gan_options& options, std::uint32_t first,
                      std::uint32_t count, const run_options& run) {
  std::vector<double> sources;
  for (auto sample = first; sample < first + count; ++sample) {
    std::ranges::copy(sample_sources(options, sample), std::back_inserter(sources));
  }
  return simulate(generator, sources, {generator_run_length(options), run.engine, run.threads});
}

}  // namespace firstspike
