#include "models/gan_options.hpp"

#include <algorithm>
#include <cmath>

#include "engine/require.hpp"
#include "models/gan_coding.hpp"

namespace firstspike {

gan_options gan_defaults(synapse_kernel kernel, bool conditional) {
  gan_options o;
  o.kernel = kernel;
  o.conditional = conditional;
  if (kernel == synapse_kernel::ramp) return o;
  o.delay = 1;
  o.t_max = 416;
  o.window_open = 144;
  o.generator_gate = o.discriminator_gate = 0;
  o.gate_width = 0.3;
  o.generator_v_th = o.discriminator_v_th = 64;
  o.generator_spread = 0.115;
  o.image_spread = 0.029;
  o.discriminator_spread = 0.021;
  o.beta = 4;
  o.discriminator_optimizer.lr = conditional ? 3.5e-4 : 2.5e-4;
  return o;
}

backprop_options backprop_of(const gan_options& o) {
  backprop_options b;
  b.t_max = o.t_max;
  b.normalise = o.normalise;
  b.gate_width = o.gate_width;
  b.jump_length = o.jump_length;
  b.jump_ahead = o.jump_ahead;
  b.least_slope = o.least_slope;
  b.wake_outputs = true;
  return b;
}

namespace {

void check_instants(const gan_options& o) {
  require(o.kernel == synapse_kernel::step, "gate_width = {}, allowed with kernel ramp: 0", o.gate_width);
  require(o.contrast > 0 && o.contrast < never, "contrast = {}, allowed: above 0, finite", o.contrast);
  require(std::fmod(o.t_in, clocked_greys) == 0, "t_in = {}, allowed with gate_width = {}: multiples of {}", o.t_in,
          o.gate_width, clocked_greys);
  require(o.delay == std::floor(o.delay), "delay = {}, allowed with gate_width = {}: whole numbers", o.delay,
          o.gate_width);
  const auto hidden = static_cast<double>(o.generator_hidden.size());
  const auto arrived = first_reading(o) + hidden * o.delay;
  require(o.window_open - 2 >= arrived && o.window_open + o.t_in < o.t_max,
          "window_open = {}, allowed with gate_width = {}: from {} to less than {}, t_max - t_in", o.window_open,
          o.gate_width, arrived + 2, o.t_max - o.t_in);
  require(o.beta >= 1 && o.beta <= 256, "beta = {}, allowed with gate_width = {}: 1 to 256", o.beta, o.gate_width);
  const auto decided = output_clock(o).back().at;
  require(decided < o.t_max, "t_max = {}, allowed with beta = {}: above {}, when the outputs' clock ends", o.t_max,
          o.beta, decided);
}

// Each layer has to rest after what it hears of rests.
void check_gates(const gan_options& o) {
  for (const double gate : {o.generator_gate, o.discriminator_gate}) {
    require(gate == 0 || (gate > o.t_in + o.delay && gate < o.t_max),
            "gate = {}, allowed: 0, or above t_in + delay = {} and below t_max = {}", gate, o.t_in + o.delay, o.t_max);
    require(gate == 0 || o.kernel == synapse_kernel::ramp, "gate = {}, allowed with kernel step: 0", gate);
  }
  const double black = o.window_open + o.t_in;
  const double last_gate = o.generator_gate * static_cast<double>(o.generator_hidden.size());
  require(o.generator_gate == 0 || last_gate + o.delay < black,
          "window_open = {}, allowed: so that black, {}, comes after the last hidden layer's gate, {}", o.window_open,
          black, last_gate + o.delay);
  const double outputs_rest = o.discriminator_gate * static_cast<double>(o.discriminator_hidden.size() + 1);
  require(outputs_rest < o.t_max, "discriminator_gate = {}, allowed: outputs that rest, at {}, before t_max = {}",
          o.discriminator_gate, outputs_rest, o.t_max);
}

}  // namespace

void check(const gan_options& o) {
  check(backprop_of(o));
  require(o.noise > 0 && o.rows > 0 && o.columns > 0, "noise, rows, columns = {}, {}, {}, allowed: 1 or more", o.noise,
          o.rows, o.columns);
  for (const auto* hidden : {&o.generator_hidden, &o.discriminator_hidden}) {
    require(!hidden->empty() && std::ranges::all_of(*hidden, [](auto n) { return n > 0; }),
            "hidden: a layer of 0 neurons, allowed: one or more sizes, each 1 or more");
  }
  require(o.t_in >= 1 && o.t_in <= longest_window && o.t_in == std::floor(o.t_in),
          "t_in = {}, allowed: whole numbers from 1 to 2^32", o.t_in);
  require(o.t_max > 0 && o.t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps", o.t_max);
  require(o.window_open >= 0 && o.window_open + o.t_in <= o.t_max,
          "window_open = {}, allowed: 0 to t_max - t_in = {} steps", o.window_open, o.t_max - o.t_in);
  check_gates(o);
  if (o.gate_width > 0) check_instants(o);
  require(o.average >= 0 && o.average < 1, "average = {}, allowed: [0, 1)", o.average);
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.pull >= 0 && o.pull < never, "pull = {}, allowed: 0 or more, finite", o.pull);
  require(o.schedule_steps > 0, "schedule_steps = 0, allowed: 1 or more");
  require(o.real_label > 0.5 && o.real_label <= 1, "real_label = {}, allowed: above 0.5, up to 1", o.real_label);
  for (const auto& a : {o.generator_optimizer, o.discriminator_optimizer}) {
    require(a.lr > 0 && a.lr < never, "lr = {}, allowed: above 0, finite", a.lr);
    require(a.beta1 >= 0 && a.beta1 < 1, "beta1 = {}, allowed: [0, 1)", a.beta1);
  }
}

}  // namespace firstspike
