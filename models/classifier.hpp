// Training a layered network to name images by its first output spike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/classifier_options.hpp"
#include "firstspike/models/learner.hpp"

namespace firstspike {

/// A network in training and all that the next step depends on.
template <class Real>
struct classifier {
  classifier_options options;
  learner<Real> learning;
  std::uint64_t step = 0;            ///< batches learnt
  std::vector<std::uint64_t> fired;  ///< [neuron] images of this epoch it fired on

  const network<Real>& net() const { return learning.net; }
};

/// Around a network that was trained before. Throws std::invalid_argument where it does not fit the options.
template <class Real>
classifier<Real> make_classifier(const classifier_options& options, network<Real> net);

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, std::uint32_t inputs);

/// Runs the network on a batch: `images` are indices into `set`. Shifts are drawn from (seed, draw::augmentation, step,
/// place in the batch).
template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run);

struct batch_score {
  double loss = 0;          ///< mean over the batch
  std::size_t correct = 0;  ///< earliest output is the label's, ties to the lower index
};

/// The gradient of a recorded batch, into learning.blocks[0], from the record and the weights alone. `labels` [sample],
/// each below options.outputs.
template <class Real>
batch_score compute_gradients(classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                              unsigned threads);

/// Takes the training step that compute_gradients() has found on `record`.
template <class Real>
void apply_gradients(classifier<Real>& c, const spike_record& record, unsigned threads);

/// Steps in an epoch of `images` images; the last batch may be smaller.
inline std::size_t steps_per_epoch(const classifier_options& options, std::size_t images) {
  return (images + options.batch - 1) / options.batch;
}

/// The images in the order in which one epoch learns them.
std::vector<std::uint32_t> epoch_order(std::span<const std::uint32_t> images, std::uint64_t seed, std::uint64_t epoch);

/// Those of an epoch's order that step number `step`, counted over all epochs, learns.
std::span<const std::uint32_t> images_of_step(const classifier_options& options, std::span<const std::uint32_t> order,
                                              std::uint64_t step);

/// To be called after the last step of an epoch of `images` images: draws dead hidden neurons anew and returns how
/// many.
template <class Real>
std::size_t end_epoch(classifier<Real>& c, std::size_t images);

}  // namespace firstspike
