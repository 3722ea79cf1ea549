#include "firstspike/models/classifier.hpp"

#include <algorithm>
#include <utility>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

using shape = weight_distribution::shape;

// Fan-ins of 784-400-10, for which initial weights are given.
constexpr double pixels = 784, hidden_neurons = 400;

void set_free_step(classifier_options& o) {
  if (o.loss == "s4nn") {
    o.init_hidden = {shape::uniform, 0, 5, pixels};
    o.init_output = {shape::uniform, 0, 50, hidden_neurons};
    return;
  }
  o.init_hidden = {shape::normal, 0.6, 2, pixels};
  o.init_output = {shape::normal, 0.6, 3.5, hidden_neurons};
  o.batch = 32;
  o.beta = 12;
  auto& l = o.learning;
  l.rule = "soft_step";
  l.optimizer = {update_rule::adam, 0.05, 0};
  l.schedule = rate_schedule::linear;
  o.shift = 1;
  o.shift_share = 0.3;
  l.backward = {
      .normalise = false, .jump_length = o.t_in, .jump_ahead = o.t_in / 4, .min_slope = 0.35, .sparsity = 5e-4};
}

// What all other settings share.
void set_batches(classifier_options& o) {
  o.batch = 64;
  o.renew_below = 0;
  o.learning.optimizer = {update_rule::adam, 2e-3, 0};
  o.learning.schedule = rate_schedule::linear;
  o.shift = 1;
  o.gamma = 0.1 * o.t_in;
}

void set_free_ramp(classifier_options& o) {
  set_batches(o);
  // One window for the input and one for each layer: with 3 t_in only, deep networks hardly reach their outputs.
  o.t_max = static_cast<double>(o.hidden.size() + 2) * o.t_in;
  o.delay = 0;
  o.v_th = o.t_in;
  o.init_hidden = {shape::normal, 0.02, 0.05, pixels};
  o.init_output = {shape::normal, 0.01, 0.05, hidden_neurons};
  o.learning.rule = "exact_ramp";
  o.learning.backward.min_slope = 0.1;
}

// Neurons with a fire phase.
void set_relu_or_binary(classifier_options& o) {
  set_batches(o);
  o.init_hidden = {shape::normal, 0, 0.03, pixels};
  o.init_output = {shape::normal, 0, 0.07, hidden_neurons};
  o.beta = 0.05 * o.t_in;
  if (o.regime == "relu") {
    o.delay = 0;
    o.learning.rule = "relu";
  } else {
    o.learning.rule = "straight_through";
    o.learning.backward.surrogate_width = 0.5;
  }
}

}  // namespace

classifier_options classifier_defaults(synapse_kernel kernel, const std::string& regime, const std::string& loss,
                                       const std::vector<std::uint32_t>& hidden) {
  classifier_options o;
  o.hidden = hidden;
  o.kernel = kernel;
  o.regime = regime;
  const bool is_s4nn = regime == "free" && kernel == synapse_kernel::step;
  o.loss = !loss.empty() ? loss : is_s4nn ? "s4nn" : "xent";
  if (regime == "relu" || regime == "binary") {
    set_relu_or_binary(o);
  } else if (kernel == synapse_kernel::ramp) {
    set_free_ramp(o);
  } else {
    set_free_step(o);
  }
  if (reads(loss_called(o.loss), "pull")) o.pull = 0.02;
  return o;
}

chain_plan plan_of(const classifier_options& o) {
  chain_plan plan{o.t_in, o.delay, o.t_max, {}};
  const double bias_std = o.regime == "binary" ? 0.1 : 0;
  for (std::size_t i = 0; i < o.hidden.size(); ++i) {
    const auto& init = i == 0 ? o.init_hidden : o.init_output;
    plan.layers.push_back({hidden_name(i, o.hidden.size()), o.hidden[i], init, o.v_th, o.range, 0, bias_std});
  }
  plan.layers.push_back({"output", o.outputs, o.init_output, o.v_th, o.output_range, o.output_range / 2, 0});
  return plan;
}

void check(const classifier_options& o) {
  require(o.outputs >= 2 && o.outputs <= 256, "outputs = {}, allowed: 2 to 256", o.outputs);
  const double t_max = check(plan_of(o), regime_called(o.regime));
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  loss_called(o.loss);
  require(o.gamma >= 0 && o.gamma <= t_max, "gamma = {}, allowed: 0 to t_max = {}", o.gamma, t_max);
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.pull >= 0 && o.pull < never, "pull = {}, allowed: 0 or more, finite", o.pull);
  require(o.shift_share >= 0 && o.shift_share <= 1, "shift_share = {}, allowed: [0, 1]", o.shift_share);
  require(o.renew_below >= 0 && o.renew_below < 1, "renew_below = {}, allowed: [0, 1)", o.renew_below);
  check(o.learning, o.regime, o.kernel);
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

template <class Real>
spike_record run_step(const classifier<Real>& c, const image_set& set, std::span<const std::uint32_t> images,
                      const run_options& run) {
  auto times = encode_images(set, images, c.options.t_in);
  if (c.options.shift > 0) {
    shift_images(times, set.rows, set.columns, c.options.shift, c.options.shift_share, c.options.seed, c.step);
  }
  return simulate(c.net(), times, {run_length(c.options), run.engine, run.threads});
}

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
  sum_gradients<Real>(l, samples, threads, [&](std::size_t sample, gradients<Real>& g) {
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

template <class Real>
void apply_gradients(classifier<Real>& c, const spike_record& record, unsigned threads) {
  apply_gradients(c.learning, c.step, record.samples, threads);
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

template classifier<float> make_classifier(const classifier_options& options, network<float> net);
template classifier<double> make_classifier(const classifier_options& options, network<double> net);
template classifier<float> make_classifier(const classifier_options& options, std::uint32_t inputs);
template classifier<double> make_classifier(const classifier_options& options, std::uint32_t inputs);
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
