// Small GANs, and whole steps of their training, for tests.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "models/gan.hpp"

namespace firstspike {

/// 20-30-784 against 784-30-2, batches of 16.
inline gan_options small_gan(synapse_kernel kernel) {
  auto o = gan_defaults(kernel);
  o.noise = 20;
  o.generator_hidden = {30};
  o.discriminator_hidden = {30};
  o.batch = 16;
  return o;
}

/// 0, 1, ..., count - 1.
inline std::vector<std::uint32_t> first_images(std::uint32_t count) {
  std::vector<std::uint32_t> images(count);
  std::iota(images.begin(), images.end(), 0u);
  return images;
}

/// A training step up to the generator's update, which is still to be taken.
template <class Real>
gan_record almost_a_step(gan<Real>& gan, const image_set& set, const run_options& run) {
  gan_losses losses;
  auto record = run_step(gan, set, first_images(static_cast<std::uint32_t>(gan.options.batch)), run);
  learn_discriminator(gan, record, losses, run.threads);
  update_discriminator(gan, run.threads);
  look_again(gan, record, run);
  learn_generator(gan, record, losses, run.threads);
  return record;
}

template <class Real>
void take_step(gan<Real>& gan, const image_set& set, const run_options& run) {
  almost_a_step(gan, set, run);
  update_generator(gan, run.threads);
}

}  // namespace firstspike
