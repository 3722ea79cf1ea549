#include "models/classifier.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/parallel.hpp"
#include "engine/require.hpp"
#include "models/augmentation.hpp"
#include "models/coding.hpp"
#include "models/losses.hpp"
#include "models/random.hpp"

namespace firstspike {
namespace {

std::vector<double> encode(const image_set& set, std::span<const std::uint32_t> images, double t_in) {
  const auto times = grey_times(t_in);
  std::vector<double> encoded;
  encoded.reserve(images.size() * pixels_per_image(set));
  for (const auto image : images) {
    for (const auto pixel : image_at(set, image)) encoded.push_back(times[pixel]);
  }
  return encoded;
}

time_loss loss_of(const classifier_options& o, std::span<const double> times, std::size_t truth) {
  if (o.loss == class_loss::aggressive) return aggressive_loss(times, truth, o.beta, o.pull, o.t_max);
  if (o.loss == class_loss::xent) return cross_entropy(times, truth, o.beta, o.t_max);
  return relative_loss(times, truth, o.gamma, o.t_max);
}

// Losses and gradients of samples [first, end), in order.
template <class Real>
batch_score learn_block(const classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                        std::size_t first, std::size_t end, gradients<Real>& g) {
  batch_score sums;
  auto options = c.options.backprop;
  options.t_max = c.options.t_max;
  g.clear();
  for (auto sample = first; sample < end; ++sample) {
    const auto times = record.times_of(sample);
    const auto outputs = times.subspan(c.net.first_id(c.layers.back().population));
    const auto loss = loss_of(c.options, outputs, labels[sample]);
    const std::vector<Real> dl_dt(loss.dl_dt.begin(), loss.dl_dt.end());
    backprop<Real>(c.net, c.layers, times, dl_dt, options, &g);
    sums.loss += loss.value;
    sums.right += static_cast<std::size_t>(std::ranges::min_element(outputs) - outputs.begin()) == labels[sample];
  }
  return sums;
}

template <class Real>
void count_fired(classifier<Real>& c, const spike_record& record) {
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto times = record.times_of(sample);
    for (std::size_t id = 0; id < times.size(); ++id) c.fired[id] += times[id] != never;
  }
}

}  // namespace

std::array<double, 256> grey_times(double t_in) {
  std::array<double, 256> times;
  for (std::size_t p = 0; p < times.size(); ++p) times[p] = encode_pixel(static_cast<std::uint8_t>(p), t_in);
  return times;
}

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, std::uint32_t inputs) {
  check(options);
  std::vector<layer_description> layers;
  for (std::size_t i = 0; i < options.hidden.size(); ++i) {
    const auto name = options.hidden.size() == 1 ? "hidden" : fmt::format("hidden{}", i + 1);
    layers.push_back({name, options.hidden[i], options.v_th, options.delay, options.init_hidden});
  }
  layers.push_back({"output", options.outputs, options.v_th, options.delay, options.init_output});
  return make_classifier(options, make_layered<Real>("input", inputs, options.kernel, layers, options.seed));
}

template <class Real>
classifier<Real> make_classifier(const classifier_options& options, network<Real> net) {
  check(options);
  classifier<Real> c;
  c.options = options;
  c.net = std::move(net);
  c.layers = layers_of(c.net);
  const auto outputs = c.net.populations()[c.layers.back().population].size;
  require(outputs == options.outputs, "classifier: {} outputs, needed: {}", outputs, options.outputs);
  c.optimizer = make_optimizer(c.net, options.optimizer);
  c.fired.assign(c.net.neuron_count(), 0);
  c.blocks.assign((options.batch + gradient_block - 1) / gradient_block, gradients<Real>(c.net));
  return c;
}

template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run) {
  auto times = encode(set, images, c.options.t_in);
  if (c.options.shift > 0) {
    const shift_key key{c.options.seed, c.step};
    shift_images(times, set.rows, set.columns, c.options.shift, c.options.shift_share, key);
  }
  return simulate(c.net, times, {c.options.t_max, run.engine, run.threads, false});
}

template <class Real>
batch_score learn(classifier<Real>& c, const spike_record& record, std::span<const std::uint8_t> labels,
                  unsigned threads) {
  const auto count = (record.samples + gradient_block - 1) / gradient_block;
  require(labels.size() == record.samples && count > 0 && count <= c.blocks.size(),
          "batch: {} samples with {} labels, allowed: 1 to {}, each with its label", record.samples, labels.size(),
          c.options.batch);
  std::vector<batch_score> sums(count);
  parallel_for(count, threads, [&](std::size_t b) {
    const auto end = std::min(record.samples, (b + 1) * gradient_block);
    sums[b] = learn_block(c, record, labels, b * gradient_block, end, c.blocks[b]);
  });
  add_blocks(std::span(c.blocks).first(count), threads);
  batch_score score;
  for (const auto& s : sums) {
    score.loss += s.loss / static_cast<double>(record.samples);
    score.right += s.right;
  }
  return score;
}

template <class Real>
void apply(classifier<Real>& c, const spike_record& record, unsigned threads) {
  auto optimizer = c.options.optimizer;
  optimizer.lr *= share_of_rate(c.options.schedule, c.step, c.options.schedule_steps);
  update(c.net, c.optimizer, c.blocks[0], 1.0 / static_cast<double>(record.samples), optimizer, threads);
  count_fired(c, record);
  ++c.step;
}

std::size_t steps_per_epoch(const classifier_options& options, std::size_t images) {
  return (images + options.batch - 1) / options.batch;
}

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
std::size_t end_epoch(classifier<Real>& c, std::size_t images) {
  std::size_t renewed = 0;
  for (std::size_t l = 0; l + 1 < c.layers.size(); ++l) {
    const auto& of = c.layers[l];
    for (std::uint32_t j = 0; j < c.net.populations()[of.population].size; ++j) {
      const auto share = static_cast<double>(c.fired[c.net.first_id(of.population) + j]) / static_cast<double>(images);
      if (share >= c.options.renew_below) continue;
      redraw_incoming(c.net, of, j, c.options.init_hidden, c.options.seed, c.step);
      ++renewed;
    }
  }
  std::ranges::fill(c.fired, 0);
  return renewed;
}

template <class Real>
readout evaluate(const network<Real>& net, const image_set& set, std::span<const std::uint32_t> images,
                 std::span<const std::uint8_t> label_of_output, double t_in, double t_max, const run_options& run) {
  readout sums{};
  constexpr std::size_t at_once = 512;
  for (std::size_t first = 0; first < images.size(); first += at_once) {
    const auto part = images.subspan(first, std::min(at_once, images.size() - first));
    std::vector<std::uint8_t> labels;
    for (const auto image : part) labels.push_back(set.labels[image]);
    const auto record = simulate(net, encode(set, part, t_in), {t_max, run.engine, run.threads, true});
    add(sums, read_out(net, record, labels, label_of_output, t_max));
  }
  return sums;
}

template classifier<float> make_classifier(const classifier_options&, std::uint32_t);
template classifier<double> make_classifier(const classifier_options&, std::uint32_t);
template classifier<float> make_classifier(const classifier_options&, network<float>);
template classifier<double> make_classifier(const classifier_options&, network<double>);
template spike_record run_step(const classifier<float>&, const image_set&, std::span<const std::uint32_t>,
                               const run_options&);
template spike_record run_step(const classifier<double>&, const image_set&, std::span<const std::uint32_t>,
                               const run_options&);
template batch_score learn(classifier<float>&, const spike_record&, std::span<const std::uint8_t>, unsigned);
template batch_score learn(classifier<double>&, const spike_record&, std::span<const std::uint8_t>, unsigned);
template void apply(classifier<float>&, const spike_record&, unsigned);
template void apply(classifier<double>&, const spike_record&, unsigned);
template std::size_t end_epoch(classifier<float>&, std::size_t);
template std::size_t end_epoch(classifier<double>&, std::size_t);
template readout evaluate(const network<float>&, const image_set&, std::span<const std::uint32_t>,
                          std::span<const std::uint8_t>, double, double, const run_options&);
template readout evaluate(const network<double>&, const image_set&, std::span<const std::uint32_t>,
                          std::span<const std::uint8_t>, double, double, const run_options&);

}  // namespace firstspike
