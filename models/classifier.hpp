// Training a layered network to name images by its first output spike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/simulate.hpp"
#include "models/backprop.hpp"
#include "models/gradients.hpp"
#include "models/image_set.hpp"
#include "models/layers.hpp"
#include "models/optimizer.hpp"
#include "models/readout.hpp"

namespace firstspike {

enum class class_loss : std::uint8_t {
  s4nn,  ///< relative_loss
  xent,  ///< cross_entropy
};

/// All that decides what is learnt; threads and engine do not.
struct classifier_options {
  synapse_kernel kernel = synapse_kernel::step;
  class_loss loss = class_loss::s4nn;
  std::vector<std::uint32_t> hidden{400};  ///< sizes of hidden layers, first to last
  std::uint32_t outputs = 10;              ///< output k stands for label k
  double t_in = 256;                       ///< [steps]
  double t_max = 256;                      ///< [steps]
  double delay = 1;                        ///< of every projection [steps]
  double v_th = 100;
  weight_distribution init_hidden{};
  weight_distribution init_output{};
  std::size_t batch = 1;
  double gamma = 3;    ///< s4nn: margin [steps]
  double beta = 25.6;  ///< xent: softness [steps]
  double renew_below =
      1e-3;  ///< hidden neurons that fire on a smaller share of an epoch's images are drawn anew; 0: off
  optimizer_options optimizer{};
  backprop_options backprop{};  ///< its t_max is set from t_max above
  std::uint64_t seed = 1;
};

/// Settings that train well for a kernel and loss. step + s4nn: those of Kheradpisheh & Masquelier 2020 (arXiv
/// 1910.09495) for MNIST: theta 100, gamma 3, t_max 256, lr 0.2, lambda 1e-6, U[0, 5] and U[0, 50], one image at a
/// time.
classifier_options classifier_defaults(synapse_kernel kernel, class_loss loss);

/// Throws std::invalid_argument naming the first option out of range.
void check(const classifier_options& options);

/// A network in training and all that the next step depends on.
template <class Real>
struct classifier {
  classifier_options options;
  network<Real> net;
  std::vector<layer> layers;
  optimizer_state<Real> optimizer;
  std::uint64_t step = 0;               ///< batches learnt
  std::vector<std::uint64_t> fired;     ///< [neuron] images of this epoch it fired on
  std::vector<gradients<Real>> blocks;  ///< scratch; blocks[0] holds the last step's gradient
};

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, std::uint32_t inputs);

/// Around a network that was trained before. Throws std::invalid_argument where it does not fit the options.
template <class Real>
classifier<Real> make_classifier(const classifier_options& options, network<Real> net);

/// How to run, with no bearing on the result.
struct run_options {
  schedule engine = schedule::heap;
  unsigned threads = 1;
};

/// Runs the network on a batch: `images` are indices into `set`.
template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run);

struct batch_score {
  double loss = 0;        ///< mean over the batch
  std::size_t right = 0;  ///< earliest output is the label's, ties to the lower index
};

/// The gradient of a recorded batch, into blocks[0], from the record and the weights alone. `labels` [sample], each
/// below options.outputs.
template <class Real>
batch_score learn(classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                  unsigned threads);

/// Takes the step that learn() has found on `record`.
template <class Real>
void apply(classifier<Real>& c, const spike_record& record, unsigned threads);

/// Steps in an epoch of `images` images; the last batch may be smaller.
std::size_t steps_per_epoch(const classifier_options& options, std::size_t images);

/// The images in the order in which one epoch learns them.
std::vector<std::uint32_t> epoch_order(std::span<const std::uint32_t> images, std::uint64_t seed, std::uint64_t epoch);

/// Those of an epoch's order that step number `step`, counted over all epochs, learns.
std::span<const std::uint32_t> images_of_step(const classifier_options& options, std::span<const std::uint32_t> order,
                                              std::uint64_t step);

/// To be called after the last step of an epoch of `images` images: draws dead hidden neurons anew and says how many.
template <class Real>
std::size_t end_epoch(classifier<Real>& c, std::size_t images);

/// Firing times of each grey level; silent for 0.
std::array<double, 256> grey_times(double t_in);

/// Runs `net` on some images of a set (indices) and reads out the decisions.
template <class Real>
readout evaluate(const network<Real>& net, const image_set& set, std::span<const std::uint32_t> images,
                 std::span<const std::uint8_t> label_of_output, double t_in, double t_max, const run_options& run);

}  // namespace firstspike
