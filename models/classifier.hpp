// Training of a layered network that classifies images by its first output spike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/classifier_options.hpp"
#include "firstspike/models/learner.hpp"

namespace firstspike {

/// A network in training, with all state that the next training step depends on.
template <class Real>
struct classifier {
  classifier_options options;
  learner<Real> learning;
  std::optional<network<Real>> average{};  ///< with the running mean of the weights, if options.average > 0
  std::uint64_t step = 0;                  ///< training steps taken
  std::vector<std::uint64_t> fired;        ///< [neuron] images of this epoch on which it fired

  const network<Real>& net() const { return learning.net; }
  /// The network to evaluate and to save.
  const network<Real>& result() const { return average ? *average : learning.net; }
};

/// With a network that was trained before. Throws std::invalid_argument if it does not fit the options.
template <class Real>
classifier<Real> make_classifier(const classifier_options& options, network<Real> net);

/// For images of the grid `input`.
template <class Real>
classifier<Real> make_classifier(const classifier_options& options, const grid& input);
/// For `inputs` numbers without an arrangement; the layers have to be dense.
template <class Real>
classifier<Real> make_classifier(const classifier_options& options, std::uint32_t inputs) {
  return make_classifier<Real>(options, grid{1, inputs, 1});
}

/// Runs the network on a batch: `images` are indices into `set`, distorted and then shifted as the options say. Random
/// numbers are those of the training step and the place in the batch.
template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run);

struct batch_score {
  double loss = 0;          ///< mean over the batch
  std::size_t correct = 0;  ///< the earliest output is that of the label; ties go to the lower index
};

/// Computes the gradient of a recorded batch into learning.gradient, from the record and the weights only. `labels`
/// [sample], each one of options.classes.
template <class Real>
batch_score compute_gradients(classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                              unsigned threads);

/// Takes the training step with the gradient that compute_gradients() has computed on `record`.
template <class Real>
void apply_gradients(classifier<Real>& c, const spike_record& record, unsigned threads);

/// Training steps in an epoch of `images` images; the last batch may be smaller.
inline std::size_t steps_per_epoch(const classifier_options& options, std::size_t images) {
  return (images + options.batch - 1) / options.batch;
}

/// The images in the order of one epoch.
std::vector<std::uint32_t> epoch_order(std::span<const std::uint32_t> images, std::uint64_t seed, std::uint64_t epoch);

/// The part of an epoch's order that training step `step`, counted over all epochs, uses.
std::span<const std::uint32_t> images_of_step(const classifier_options& options, std::span<const std::uint32_t> order,
                                              std::uint64_t step);

/// Call after the last training step of an epoch of `images` images: reinitialises dead hidden neurons and returns
/// their number.
template <class Real>
std::size_t end_epoch(classifier<Real>& c, std::size_t images);

}  // namespace firstspike
