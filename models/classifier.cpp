#include "firstspike/models/classifier.hpp"

#include <algorithm>
#include <utility>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
std::vector<std::uint32_t> epoch_order(std::span<const std::uint32_t> images, std::uint64_t seed, std::uint64_t epoch) {
  std::vector<std::uint32_t> order(images.begin(), images.end());
  random_stream stream(seed, draw::epoch_order, epoch);
  for (auto left = static_cast<std::uint32_t>(order.size()); left > 1; --left) {
    std::swap(order[left - 1], order[stream.below(left)]);
  }
  return order;
}

std::span<const std::uint32_t> images_of_step(const classifier_options& options, std::span<const std::uint32_t> order,
                                              std::uint64_t step) {
  const auto first = (step % steps_per_epoch(options, order.size())) * options.batch;
  return order.subspan(first, std::min(options.batch, order.size() - first));
}

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, network<Real> net) {
  check(options);
  auto how = options.learning;
  how.backward.t_max = run_length(options);
  how.backward.to_sources = false;
  classifier<Real> c{options, make_learner(how, std::move(net), options.batch), {}, 0, {}};
  if (options.average > 0) c.average = c.net();
  const auto outputs = c.net().populations()[c.learning.layers.back().population].size;
  require(outputs == options.classes.size(), "classifier: {} outputs, needed: {}", outputs, options.classes.size());
  c.fired.assign(c.net().neuron_count(), 0);
  return c;
}

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, const grid& input) {
  check(options);
  const auto inputs = static_cast<std::uint32_t>(input.size());
  return make_classifier(options, make_chain<Real>("input", inputs, options.kernel, regime_called(options.regime),
                                                   plan_of(options, input), options.seed));
}

template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run) {
  const auto& o = c.options;
  auto times = distorts(o.distort)
                   ? encode_image(distorted_images(set, images, o.distort, o.seed, c.step, run.threads), o.t_in)
                   : encode_images(set, images, o.t_in);
  if (o.shift > 0) shift_images(times, set.rows, set.columns, o.shift, o.shift_share, o.seed, c.step);
  return simulate(c.net(), times, {run_length(o), run.engine, run.threads});
}

template <class Real>
batch_score compute_gradients(classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                              unsigned threads) {
  auto& l = c.learning;
  const auto samples = record.samples;
  require(labels.size() == samples && samples > 0 && samples <= c.options.batch,
          "batch: {} samples with {} labels, allowed: 1 to {}, each with its label", samples, labels.size(),
          c.options.batch);
  const auto& o = c.options;
  const auto& loss = loss_called(o.loss);
  const loss_options of_loss{run_length(o), o.gamma, o.beta, o.pull};
  std::vector<std::size_t> wanted;  // [sample] output
  for (const auto label : labels) wanted.push_back(class_index(o.classes, label));
  std::vector<double> losses(samples);
  compute_gradients(l, record, threads, [&](std::size_t first, std::size_t end) {
    for (auto sample = first; sample < end; ++sample) {
      const auto [value, dl_dt] = loss.of(l.outputs(record.times_of(sample)), wanted[sample], of_loss);
      l.set_output_dl_dt(sample, dl_dt);
      losses[sample] = value;
    }
  });
  batch_score score;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const auto outputs = l.outputs(record.times_of(sample));
    score.loss += losses[sample] / static_cast<double>(samples);
    score.correct += static_cast<std::size_t>(std::ranges::min_element(outputs) - outputs.begin()) == wanted[sample];
  }
  return score;
}

template <class Real>
void apply_gradients(classifier<Real>& c, const spike_record& record, unsigned threads) {
  apply_gradients(c.learning, c.step, record.samples, threads);
  if (c.average) follow_weights(*c.average, c.net(), c.options.average, c.step + 1);
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    for (std::size_t id = 0; id < times.size(); ++id) c.fired[id] += times[id] != never;
  }
  ++c.step;
}

template <class Real>
std::size_t end_epoch(classifier<Real>& c, std::size_t images) {
  const auto& layers = c.learning.layers;
  std::size_t renewed = 0;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const auto& init = l == 0 ? c.options.init_hidden : c.options.init_output;
    const auto first = c.net().first_id(layers[l].population);
    const auto units = unit_count(c.net(), layers[l]);
    for (std::uint32_t j = 0; j < units; ++j) {
      std::uint64_t spikes = 0;  // of all cells of a channel
      for (auto id = first + j; id < c.net().first_id(layers[l].population + 1); id += units) spikes += c.fired[id];
      if (static_cast<double>(spikes) / static_cast<double>(images) >= c.options.renew_below) continue;
      redraw_incoming(c.learning.net, layers[l], j, init, c.options.seed, c.step);
      ++renewed;
    }
  }
  std::ranges::fill(c.fired, 0);
  return renewed;
}

template classifier<float> make_classifier(const classifier_options& options, network<float> net);
template classifier<double> make_classifier(const classifier_options& options, network<double> net);
template classifier<float> make_classifier(const classifier_options& options, const grid& input);
template classifier<double> make_classifier(const classifier_options& options, const grid& input);
template spike_record run_step(const classifier<float>& c, const image_set& set, std::span<const std::uint32_t> images,
                               const run_options& run);
template spike_record run_step(const classifier<double>& c, const image_set& set, std::span<const std::uint32_t> images,
                               const run_options& run);
template batch_score compute_gradients(classifier<float>& c, const spike_record& record,
                                       std::span<const std::uint8_t> labels, unsigned threads);
template batch_score compute_gradients(classifier<double>& c, const spike_record& record,
                                       std::span<const std::uint8_t> labels, unsigned threads);
template void apply_gradients(classifier<float>& c, const spike_record& record, unsigned threads);
template void apply_gradients(classifier<double>& c, const spike_record& record, unsigned threads);
template std::size_t end_epoch(classifier<float>& c, std::size_t images);
template std::size_t end_epoch(classifier<double>& c, std::size_t images);

}  // namespace firstspike
