// Small models, and whole steps of their training, for tests.
#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan.hpp"
#include "firstspike/tests/refusal.hpp"

namespace firstspike {

/// Each kernel and regime, with its default loss.
struct model_kind {
  synapse_kernel kernel;
  const char* regime;
  const char* loss;
};

inline const std::vector<model_kind>& model_kinds() {
  static const std::vector<model_kind> kinds{{synapse_kernel::step, "free", "s4nn"},
                                             {synapse_kernel::step, "free", "aggressive"},
                                             {synapse_kernel::ramp, "free", "xent"},
                                             {synapse_kernel::ramp, "relu", "xent"},
                                             {synapse_kernel::step, "binary", "xent"}};
  return kinds;
}

/// 20-30-784 against 784-30-2, batches of 16.
inline gan_options small_gan(synapse_kernel kernel, const std::string& regime) {
  auto o = gan_defaults(kernel, regime);
  o.noise = 20;
  if (regime != "free") o.noise_rate = 0.5;
  o.generator.hidden = {30};
  o.discriminator.hidden = {30};
  o.batch = 16;
  o.schedule_steps = 100;
  return o;
}

/// 0, 1, ..., count - 1.
inline std::vector<std::uint32_t> first_images(std::uint32_t count) {
  std::vector<std::uint32_t> images(count);
  std::iota(images.begin(), images.end(), 0u);
  return images;
}

/// A training step without the generator's update.
template <class Real>
gan_record almost_a_step(gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                         const run_options& run, gan_losses& losses) {
  auto record = run_step(gan, set, images, run);
  compute_discriminator_gradients(gan, record, losses, run.threads);
  apply_discriminator_gradients(gan, record, run.threads);
  run_second_pass(gan, record, run);
  compute_generator_gradients(gan, record, losses, run.threads);
  return record;
}

template <class Real>
void take_step(gan<Real>& gan, const image_set& set, const run_options& run) {
  gan_losses losses;
  const auto images = first_images(static_cast<std::uint32_t>(gan.options.batch));
  const auto record = almost_a_step(gan, set, images, run, losses);
  apply_generator_gradients(gan, record, run.threads);
}

template <class Real>
batch_score take_step(classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run) {
  std::vector<std::uint8_t> labels;
  for (const auto image : images) labels.push_back(set.labels[image]);
  const auto record = run_step(c, set, images, run);
  const auto score = compute_gradients(c, record, labels, run.threads);
  apply_gradients(c, record, run.threads);
  return score;
}

template <class Real>
std::vector<Real> all_weights(const network<Real>& net) {
  std::vector<Real> all;
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    all.insert(all.end(), net.weights(i).begin(), net.weights(i).end());
  }
  return all;
}

}  // namespace firstspike
