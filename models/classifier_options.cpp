#include "models/classifier_options.hpp"

#include <algorithm>
#include <cmath>

#include "engine/require.hpp"

namespace firstspike {
namespace {

void set_step_defaults(classifier_options& o) {
  using shape = weight_distribution::shape;
  if (o.loss == class_loss::s4nn) {
    o.init_hidden = {shape::uniform, 0, 5};
    o.init_output = {shape::uniform, 0, 50};
    return;
  }
  o.init_hidden = {shape::normal, 0.6, 2};
  o.init_output = {shape::normal, 0.6, 3.5};
  o.batch = 32;
  o.beta = 12;
  o.optimizer = {update_rule::adam, 0.05, 0};
  o.schedule = rate_schedule::linear;
  o.shift = 1;
  o.shift_share = 0.3;
  o.backprop.normalise = false;
  o.backprop.jump_length = o.t_in;
  o.backprop.jump_ahead = o.t_in / 4;
  o.backprop.least_slope = 0.35;
  o.backprop.sparsity = 5e-4;
}

void set_ramp_defaults(classifier_options& o) {
  using shape = weight_distribution::shape;
  o.t_max = 3 * o.t_in;
  o.delay = 0;
  o.v_th = o.t_in;
  o.init_hidden = {shape::normal, 0.02, 0.05};
  o.init_output = {shape::normal, 0.01, 0.05};
  o.batch = 64;
  o.gamma = 0.1 * o.t_in;
  o.renew_below = 0;
  o.optimizer = {update_rule::adam, 2e-3, 0};
  o.schedule = rate_schedule::linear;
  o.shift = 1;
  o.backprop.least_slope = 0.1;
  o.backprop.wake_outputs = true;
}

}  // namespace

classifier_options classifier_defaults(synapse_kernel kernel, class_loss loss) {
  classifier_options o;
  o.kernel = kernel;
  o.loss = loss;
  if (kernel == synapse_kernel::step) set_step_defaults(o);
  if (kernel == synapse_kernel::ramp) set_ramp_defaults(o);
  if (loss == class_loss::aggressive) o.pull = 0.02;
  return o;
}

void check(const classifier_options& o) {
  require(!o.hidden.empty() && std::ranges::all_of(o.hidden, [](auto n) { return n > 0; }),
          "hidden: a layer of 0 neurons, allowed: one or more sizes, each 1 or more");
  require(o.outputs >= 2 && o.outputs <= 256, "outputs = {}, allowed: 2 to 256", o.outputs);
  require(o.t_in >= 1 && o.t_in <= longest_window && o.t_in == std::floor(o.t_in),
          "t_in = {}, allowed: whole numbers from 1 to 2^32", o.t_in);
  require(o.t_max > 0 && o.t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps", o.t_max);
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  require(o.gamma >= 0 && o.gamma <= o.t_max, "gamma = {}, allowed: 0 to t_max = {}", o.gamma, o.t_max);
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.pull >= 0 && o.pull < never, "pull = {}, allowed: 0 or more, finite", o.pull);
  require(o.shift_share >= 0 && o.shift_share <= 1, "shift_share = {}, allowed: [0, 1]", o.shift_share);
  require(o.schedule_steps > 0, "schedule_steps = 0, allowed: 1 or more");
  check(o.backprop);
  require(o.renew_below >= 0 && o.renew_below < 1, "renew_below = {}, allowed: [0, 1)", o.renew_below);
  const auto& a = o.optimizer;
  require(a.lr > 0 && a.lr < never, "lr = {}, allowed: above 0, finite", a.lr);
  require(a.weight_decay >= 0 && a.lr * a.weight_decay < 1, "weight_decay = {}, allowed: 0 to 1 / lr", a.weight_decay);
  require(a.beta1 >= 0 && a.beta1 < 1 && a.beta2 >= 0 && a.beta2 < 1, "beta1, beta2 = {}, {}, allowed: [0, 1)", a.beta1,
          a.beta2);
}

}  // namespace firstspike
