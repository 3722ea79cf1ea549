// Training a layered network to name images by its first output spike, and settings that are known to work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"

namespace firstspike {

/// All that decides what is learnt; threads and scheduler do not.
struct classifier_options {
  synapse_kernel kernel = synapse_kernel::step;
  std::string regime = "free";
  std::string loss = "s4nn";
  std::vector<std::uint32_t> hidden{400};  ///< sizes of hidden layers, first to last
  std::uint32_t outputs = 10;              ///< output k stands for label k
  double t_in = 256;                       ///< [steps]
  double t_max = 256;                      ///< free: end of a run; other regimes derive it [steps]
  double delay = 1;                        ///< of every projection [steps]
  double v_th = 100;                       ///< free
  double range = 1;                        ///< relu: hidden activations from 0 to this are told apart
  double output_range = 4;                 ///< relu, binary: the same of outputs, whose biases start at half of it
  weight_distribution init_hidden{};       ///< of the first hidden layer
  weight_distribution init_output{};       ///< of all later layers
  std::size_t batch = 1;
  double gamma = 3;          ///< margin of losses that have one [steps]
  double beta = 25.6;        ///< temperature of losses that have one [steps]
  double pull = 0;           ///< aggressive: how much an output that is already likely is drawn earlier
  std::uint32_t shift = 0;   ///< augmentation: `most` of shift_images [pixels]
  double shift_share = 0.5;  ///< and its `share`
  /// Hidden neurons that fire on a smaller fraction of an epoch's images are drawn anew; 0: off.
  double renew_below = 1e-3;
  learner_options learning{};
  std::uint64_t seed = 1;
};

/// Settings that train well for a kernel, regime, loss and sizes of hidden layers; an empty loss is the usual one, s4nn
/// for free step neurons and xent for all others. step, free and s4nn: those of Kheradpisheh & Masquelier 2020 (arXiv
/// 1910.09495) for MNIST: theta 100, gamma 3, t_max 256, lr 0.2, lambda 1e-6, U[0, 5] and U[0, 50], one image at a
/// time, a constant rate. schedule_steps is the caller's to set.
classifier_options classifier_defaults(synapse_kernel kernel, const std::string& regime, const std::string& loss = {},
                                       const std::vector<std::uint32_t>& hidden = {400});

/// The layers as their regime places them.
chain_plan plan_of(const classifier_options& options);

/// The end of a run, t_max [steps]: given for free, otherwise derived from t_in, delay and the number of layers.
inline double run_length(const classifier_options& o) { return run_length(regime_called(o.regime), plan_of(o)); }

/// Throws std::invalid_argument naming the first option out of range.
void check(const classifier_options& options);

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
