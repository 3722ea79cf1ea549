// Training a layered network to name images by its first output spike, and settings that are known to work.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/require.hpp"
#include "engine/simulate.hpp"
#include "models/coding.hpp"
#include "models/image_set.hpp"
#include "models/learner.hpp"
#include "models/losses.hpp"
#include "models/readout.hpp"

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
/// for free step neurons and xent for all others. step, free and s4nn: those of Kheradpisheh & Masquelier 2020 (arXiv 1910.09495) for MNIST:
/// theta 100, gamma 3, t_max 256, lr 0.2, lambda 1e-6, U[0, 5] and U[0, 50], one image at a time, a constant rate.
/// schedule_steps is the caller's to set.
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
classifier<Real> make_classifier(const classifier_options& options, network<Real> net) {
  check(options);
  auto how = options.learning;
  how.backward.t_max = run_length(options);
  how.backward.to_sources = false;
  classifier<Real> c{options, make_learner(how, std::move(net), options.batch), 0, {}};
  const auto outputs = c.net().populations()[c.learning.layers.back().population].size;
  require(outputs == options.outputs, "classifier: {} outputs, needed: {}", outputs, options.outputs);
  c.fired.assign(c.net().neuron_count(), 0);
  return c;
}

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, std::uint32_t inputs) {
  check(options);
  const auto& r = regime_called(options.regime);
  return make_classifier(options, make_chain<Real>("input", inputs, options.kernel, r, plan_of(options), options.seed));
}

/// How to run, with no bearing on the result.
struct run_options {
  schedule engine = schedule::heap;
  unsigned threads = 1;
};

/// Runs the network on a batch: `images` are indices into `set`. Shifts are drawn from (seed, draw::augmentation, step,
/// place in the batch).
template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run) {
  auto times = encode_images(set, images, c.options.t_in);
  if (c.options.shift > 0) {
    shift_images(times, set.rows, set.columns, c.options.shift, c.options.shift_share, c.options.seed, c.step);
  }
  return simulate(c.net(), times, {run_length(c.options), run.engine, run.threads});
}

struct batch_score {
  double loss = 0;          ///< mean over the batch
  std::size_t correct = 0;  ///< earliest output is the label's, ties to the lower index
};

/// The gradient of a recorded batch, into learning.blocks[0], from the record and the weights alone. `labels` [sample],
/// each below options.outputs.
template <class Real>
batch_score compute_gradients(classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                              unsigned threads) {
  auto& l = c.learning;
  const auto samples = record.samples;
  require(labels.size() == samples && samples > 0 && samples <= l.blocks.size() * gradient_block,
          "batch: {} samples with {} labels, allowed: 1 to {}, each with its label", samples, labels.size(),
          c.options.batch);
  const auto& o = c.options;
  const auto& rule = rule_called(o.learning.rule);
  const auto& loss = loss_called(o.loss);
  const loss_options of_loss{run_length(o), o.gamma, o.beta, o.pull};
  std::vector<double> losses(samples);
  sum_gradients(l, samples, threads, [&](std::size_t sample, gradients<Real>& g) {
    const auto times = record.times_of(sample);
    const auto [value, dl_dt] = loss.of(l.outputs(times), labels[sample], of_loss);
    backprop<Real>(rule, l.net, l.layers, times, std::vector<Real>(dl_dt.begin(), dl_dt.end()), l.options.backward, &g);
    losses[sample] = value;
  });
  batch_score score;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const auto outputs = l.outputs(record.times_of(sample));
    score.loss += losses[sample] / static_cast<double>(samples);
    score.correct += static_cast<std::size_t>(std::ranges::min_element(outputs) - outputs.begin()) == labels[sample];
  }
  return score;
}

/// Takes the training step that compute_gradients() has found on `record`.
template <class Real>
void apply_gradients(classifier<Real>& c, const spike_record& record, unsigned threads) {
  apply_gradients(c.learning, c.step, record.samples, threads);
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    for (std::size_t id = 0; id < times.size(); ++id) c.fired[id] += times[id] != never;
  }
  ++c.step;
}

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
std::size_t end_epoch(classifier<Real>& c, std::size_t images) {
  const auto& layers = c.learning.layers;
  std::size_t renewed = 0;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const auto& init = l == 0 ? c.options.init_hidden : c.options.init_output;
    const auto first = c.net().first_id(layers[l].population);
    for (std::uint32_t j = 0; j < c.net().populations()[layers[l].population].size; ++j) {
      const auto fired = static_cast<double>(c.fired[first + j]) / static_cast<double>(images);
      if (fired >= c.options.renew_below) continue;
      redraw_incoming(c.learning.net, layers[l], j, init, c.options.seed, c.step);
      ++renewed;
    }
  }
  std::ranges::fill(c.fired, 0);
  return renewed;
}

/// Runs `net` on some images of a set (indices) and reads out the decisions.
template <class Real>
readout evaluate(const network<Real>& net, const image_set& set, std::span<const std::uint32_t> images,
                 std::span<const std::uint8_t> label_of_output, double t_in, double t_max, const run_options& run) {
  readout sums{};
  constexpr std::size_t at_once = 512;
  for (std::size_t first = 0; first < images.size(); first += at_once) {
    const auto part = images.subspan(first, std::min(at_once, images.size() - first));
    std::vector<std::uint8_t> labels;
    for (const auto image : part) labels.push_back(set.labels[image]);
    const auto record = simulate(net, encode_images(set, part, t_in), {t_max, run.engine, run.threads, true});
    add(sums, read_out(net, record, labels, label_of_output, t_max));
  }
  return sums;
}

}  // namespace firstspike
