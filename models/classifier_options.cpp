#include "models/classifier_options.hpp"

#include <algorithm>
#include <cmath>

#include "engine/require.hpp"

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
  l.backward.normalise = false;
  l.backward.jump_length = o.t_in;
  l.backward.jump_ahead = o.t_in / 4;
  l.backward.min_slope = 0.35;
  l.backward.sparsity = 5e-4;
}

// What all other settings share.
void set_batches(classifier_options& o) {
  o.batch = 64;
  o.renew_below = 0;
  o.learning.optimizer = {update_rule::adam, 2e-3, 0};
  o.learning.schedule = rate_schedule::linear;
  o.shift = 1;
}

void set_free_ramp(classifier_options& o) {
  set_batches(o);
  o.t_max = 3 * o.t_in;
  o.delay = 0;
  o.v_th = o.t_in;
  o.init_hidden = {shape::normal, 0.02, 0.05, pixels};
  o.init_output = {shape::normal, 0.01, 0.05, hidden_neurons};
  o.gamma = 0.1 * o.t_in;
  o.learning.rule = "exact_ramp";
  o.learning.backward.min_slope = 0.1;
}

void set_relu(classifier_options& o) {
  set_batches(o);
  o.delay = 0;
  o.init_hidden = {shape::normal, 0, 0.03, pixels};
  o.init_output = {shape::normal, 0, 0.07, hidden_neurons};
  o.gamma = 0.1 * o.t_in;
  o.beta = 0.05 * o.t_in;
  o.learning.rule = "relu";
}

void set_binary(classifier_options& o) {
  set_batches(o);
  o.init_hidden = {shape::normal, 0, 0.03, pixels};
  o.init_output = {shape::normal, 0, 0.07, hidden_neurons};
  o.gamma = 0.1 * o.t_in;
  o.beta = 0.05 * o.t_in;
  o.learning.rule = "straight_through";
  o.learning.backward.surrogate_width = 0.5;
}

}  // namespace

classifier_options classifier_defaults(synapse_kernel kernel, const std::string& regime, const std::string& loss) {
  classifier_options o;
  o.kernel = kernel;
  o.regime = regime;
  const bool is_s4nn = regime == "free" && kernel == synapse_kernel::step;
  o.loss = !loss.empty() ? loss : is_s4nn ? "s4nn" : "xent";
  if (regime == "relu") {
    set_relu(o);
  } else if (regime == "binary") {
    set_binary(o);
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

double run_length(const classifier_options& o) { return run_length(regime_called(o.regime), plan_of(o)); }

void check(const classifier_options& o) {
  require(!o.hidden.empty() && std::ranges::all_of(o.hidden, [](auto n) { return n > 0; }),
          "hidden: a layer of 0 neurons, allowed: one or more sizes, each 1 or more");
  require(o.outputs >= 2 && o.outputs <= 256, "outputs = {}, allowed: 2 to 256", o.outputs);
  require(o.t_in >= 1 && o.t_in <= longest_window && o.t_in == std::floor(o.t_in),
          "t_in = {}, allowed: whole numbers from 1 to 2^32", o.t_in);
  const double t_max = run_length(o);
  require(t_max > 0 && t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps", t_max);
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  for (const double range : {o.range, o.output_range}) {
    require(range > 0 && range < never, "range = {}, allowed: above 0, finite", range);
  }
  loss_called(o.loss);
  require(o.gamma >= 0 && o.gamma <= t_max, "gamma = {}, allowed: 0 to t_max = {}", o.gamma, t_max);
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.pull >= 0 && o.pull < never, "pull = {}, allowed: 0 or more, finite", o.pull);
  require(o.shift_share >= 0 && o.shift_share <= 1, "shift_share = {}, allowed: [0, 1]", o.shift_share);
  require(o.renew_below >= 0 && o.renew_below < 1, "renew_below = {}, allowed: [0, 1)", o.renew_below);
  check(o.learning, o.regime, o.kernel);
}

}  // namespace firstspike
