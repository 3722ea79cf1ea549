#include "models/classifier.hpp"

#include <algorithm>
#include <utility>

#include "engine/require.hpp"
#include "models/random.hpp"

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

}  // namespace firstspike
