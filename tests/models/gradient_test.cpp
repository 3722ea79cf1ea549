// Exact rules compared with central differences, and relu with the gradient of a network without spikes.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/rules.hpp"
#include "firstspike/tests/models/plain.hpp"
#include "firstspike/tests/models/random_convolutions.hpp"

using namespace firstspike;

namespace {

using shape = weight_distribution::shape;

struct random_case {
  network<double> net;
  std::vector<layer> layers;
  std::vector<double> inputs;
  double t_max = 0;
  double t_in = 0;
  std::vector<double> ranges{};

  std::vector<double> times() const { return simulate(net, inputs, {t_max, scheduler::heap, 1, false}).times; }
  std::span<const double> outputs(std::span<const double> of) const {
    return of.subspan(net.first_id(layers.back().population));
  }
};

time_loss loss_of(const random_case& c, std::span<const double> times, std::string_view name) {
  return loss_called(name).of(c.outputs(times), 1, {c.t_max, 5, 0.1 * c.t_in, 0.3});
}

random_case random_relu(std::uint64_t seed, std::size_t hidden) {
  random_stream stream(seed, draw::tests, hidden);
  random_case c;
  c.t_in = 64;
  chain_plan plan{c.t_in, seed % 2 == 0 ? 1.5 : 0, 0, {}};
  std::uint32_t pre = 9;
  for (std::size_t k = 0; k <= hidden; ++k) {
    const std::uint32_t size = k == hidden ? 4 : 6 + stream.below(6);
    c.ranges.push_back(0.5 + 1.5 * stream.uniform());
    plan.layers.push_back({"layer" + std::to_string(k),
                           size,
                           {shape::normal, 0.5 * c.ranges.back() / pre, 0.9 * c.ranges.back() / std::sqrt(pre)},
                           1,
                           c.ranges.back(),
                           0.3 * c.ranges.back(),
                           0.1});
    pre = size;
  }
  c.net = make_chain<double>("input", 9, synapse_kernel::ramp, regime_called("relu"), plan, seed);
  c.layers = layers_of(c.net);
  c.t_max = run_length(regime_called("relu"), plan);
  for (std::size_t i = 0; i < 9; ++i) c.inputs.push_back(stream.below(5) == 0 ? never : stream.uniform() * c.t_in);
  return c;
}

// The state of each neuron: silent, saturated or between. While it does not change, every time is linear in each
// weight.
std::vector<int> states(const random_case& c, const std::vector<double>& times) {
  std::vector<int> found;
  for (const auto& l : c.layers) {
    const auto& p = c.net.populations()[l.population];
    for (std::uint32_t j = 0; j < p.size; ++j) {
      const double t = times[c.net.first_id(l.population) + j];
      found.push_back(t == never ? 0 : t == p.t_fire ? 1 : 2);
    }
  }
  return found;
}

struct tally {
  std::size_t compared = 0, at_kinks = 0, not_zero = 0;
  double worst = 0;
};

// Times are sums of about 10 products of size 64, and below 400: rounding is some 1e-13, over a difference of 0.016
// some 1e-11. Functions of the times are compared in two ways. Those that are linear in the times are linear in each
// number that is changed, away from kinks: any difference is exact. The cross-entropy is smooth: Richardson's
// extrapolation leaves the fourth power of (derivative of t / beta, about 10) times 1e-4, and rounding of some 1e-15
// over 2e-4, below 1e-10. So 1e-7 of gradients that are not tiny: below a thousandth of the largest, of the loss's
// derivatives by t or (cross-entropy) of 1 they are compared as if they were that.
constexpr double allowed_relative = 1e-7, small_share = 1e-3;

template <class Value>
double difference(double& x, double by, const Value& value) {
  const double was = x;
  x = was + by;
  const double up = value();
  x = was - by;
  const double down = value();
  x = was;
  return (up - down) / (2 * by);
}

template <class Value>
double extrapolated(double& x, double by, const Value& value) {
  return (4 * difference(x, by / 2, value) - difference(x, by, value)) / 3;
}

void compare(random_case& c, std::string_view loss, double& x, double exact, double largest, tally& t) {
  constexpr double linear_step = 8e-3, smooth_step = 2e-4;
  const auto base = c.times();
  const auto fixed = loss_of(c, base, loss).dl_dt;
  bool at_kink = false;
  const auto times_of = [&] {
    auto times = c.times();
    at_kink |= states(c, times) != states(c, base);
    return times;
  };
  const double by_times = difference(x, linear_step, [&] {
    const auto times = counted_until(c.outputs(times_of()), c.t_max);
    double sum = 0;
    for (std::size_t j = 0; j < times.size(); ++j) sum += fixed[j] * times[j];
    return sum;
  });
  const double by_loss =
      loss == "xent" ? extrapolated(x, smooth_step, [&] { return loss_of(c, times_of(), loss).value; }) : by_times;
  ++t.compared;
  if (at_kink) {
    ++t.at_kinks;
    return;
  }
  for (const double d : fixed) largest = std::max(largest, std::abs(d));
  const auto error = [&](double numeric, double scale) {
    const double size = std::max({std::abs(numeric), std::abs(exact), small_share * scale});
    return size > 0 ? std::abs(numeric - exact) / size : 0;
  };
  t.worst = std::max({t.worst, error(by_times, largest), loss == "xent" ? error(by_loss, 1) : 0});
  t.not_zero += exact != 0;
}

void compare_all(random_case c, std::string_view rule, std::string_view loss, const rule_options& options, tally& t) {
  const auto times = c.times();
  gradients<double> g(c.net);
  const auto to_sources =
      backprop<double>(rule_called(rule), c.net, c.layers, times, loss_of(c, times, loss).dl_dt, options, &g);
  double largest = 0;
  for (const auto& dw : g.dw) {
    for (const double d : dw) largest = std::max(largest, std::abs(d));
  }
  for (std::size_t p = 0; p < c.net.projection_count(); ++p) {
    for (std::size_t k = 0; k < g.dw[p].size(); ++k) compare(c, loss, c.net.weights(p)[k], g.dw[p][k], largest, t);
  }
  double largest_time = 0;
  for (const double d : to_sources) largest_time = std::max(largest_time, std::abs(d));
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    if (c.inputs[i] != never) compare(c, loss, c.inputs[i], to_sources[i], largest_time, t);
  }
}

}  // namespace

TEST_CASE("relu: gradients of every weight, bias and source time match central differences, 1 to 5 hidden layers") {
  tally t;
  for (const auto& loss : all_losses()) {
    for (std::size_t hidden = 1; hidden <= 5; ++hidden) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        auto c = random_relu(seed, hidden);
        rule_options options;
        options.t_max = c.t_max;
        options.wake = false;
        compare_all(c, "relu", loss.name, options, t);
      }
    }
  }
  fmt::print("relu gradient: {} compared, {} not zero, {} at kinks, worst relative error {:.1e}\n", t.compared,
             t.not_zero, t.at_kinks, t.worst);
  CHECK(t.worst < allowed_relative);
  CHECK(t.at_kinks * 20 < t.compared);
  CHECK(t.not_zero > 1500);
}

TEST_CASE("relu: gradients of shared weights, biases and source times match central differences") {
  tally t;
  for (std::uint64_t number = 0; number < 25; ++number) {
    const auto drawn = draw_network(rule_called("relu"), number);
    random_case c{drawn.net, layers_of(drawn.net), drawn.source_times, drawn.t_max, drawn.plan.t_in};
    random_stream stream(number, draw::tests, 1);
    for (double& time : c.inputs) time = stream.below(5) == 0 ? never : stream.uniform() * c.t_in;
    rule_options options;
    options.t_max = c.t_max;
    options.wake = false;
    compare_all(c, "relu", "xent", options, t);
  }
  fmt::print("relu gradient, shared weights: {} compared, {} not zero, {} at kinks, worst relative error {:.1e}\n",
             t.compared, t.not_zero, t.at_kinks, t.worst);
  CHECK(t.worst < allowed_relative);
  CHECK(t.at_kinks * 20 < t.compared);
  CHECK(t.not_zero > 500);
}

TEST_CASE("relu: a silent source has the derivative of an arrival just before its layer fires") {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto c = random_relu(seed, 2);
    const auto base = c.times();
    const auto fixed = loss_of(c, base, "xent").dl_dt;
    rule_options options;
    options.t_max = c.t_max;
    options.wake = false;
    const auto to_sources = backprop<double>(rule_called("relu"), c.net, c.layers, base, fixed, options, nullptr);
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      if (c.inputs[i] != never) continue;
      constexpr double before = 0.01;
      c.inputs[i] = c.t_in - before;
      const auto heard = c.times();
      c.inputs[i] = never;
      if (states(c, heard) != states(c, base)) continue;
      const auto then = counted_until(c.outputs(heard), c.t_max), now = counted_until(c.outputs(base), c.t_max);
      double change = 0;
      for (std::size_t j = 0; j < now.size(); ++j) change += fixed[j] * (then[j] - now[j]);
      CHECK(-change / before == doctest::Approx(to_sources[i]).epsilon(1e-6));
      compared += to_sources[i] != 0;
    }
  }
  CHECK(compared > 5);
}

TEST_CASE("relu: gradients are those of a clipped ReLU network, with wake and without") {
  std::size_t woken = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto c = random_relu(seed, 1 + seed % 5);
    std::vector<double> inputs;
    for (const double t : c.inputs) inputs.push_back(t == never ? 0 : 1 - t / c.t_in);
    const auto p = plain::of(c.net, c.ranges);
    const auto activity = plain::run(p, inputs);
    for (const bool wake : {false, true}) {
      rule_options options;
      options.t_max = c.t_max;
      options.wake = wake;
      // Of both signs, so that of silent and saturated outputs some wake and some do not.
      const std::vector<double> dl_dt{0.5, -0.25, 1, -2};
      gradients<double> g(c.net);
      const auto to_sources = backprop<double>(rule_called("relu"), c.net, c.layers, c.times(), dl_dt, options, &g);
      auto expected = plain::zeros_like(p);
      std::vector<double> dl_dy;
      for (const double d : dl_dt) dl_dy.push_back(-c.t_in * d);
      const auto dl_dx = plain::backward(p, activity, dl_dy, wake, expected);
      std::vector<double> found;
      for (const auto& dw : g.dw) found.insert(found.end(), dw.begin(), dw.end());
      CHECK(plain::largest_difference(found, plain::flat(expected)) < 1e-10);  // of numbers up to some 1000
      std::vector<double> expected_to_sources;
      for (const double d : dl_dx) expected_to_sources.push_back(-d / c.t_in);
      CHECK(plain::largest_difference(to_sources, expected_to_sources) < 1e-11);
      for (std::size_t j = 0; wake && j < 4; ++j) {
        const double y = activity.y.back()[j];
        woken += (y == 0 && dl_dt[j] > 0) || (y == 1 && dl_dt[j] < 0);
      }
    }
  }
  CHECK(woken > 5);
}

namespace {

random_case random_ramp(std::uint64_t seed) {
  random_stream stream(seed, draw::tests);
  const std::uint32_t inputs = 6 + stream.below(10), hidden = 5 + stream.below(8);
  std::vector<layer_description> layers{{"hidden", hidden, 3, 0, {shape::normal, 0.12, 0.15}},
                                        {"output", 4, 3, 0, {shape::normal, 0.15, 0.15}}};
  for (auto& l : layers) {
    if (seed % 2 == 0) l.bias = bias_description{5, {shape::normal, 0, 0.1}};
    l.delay = seed % 3 == 0 ? 1.5 : 0;
  }
  random_case c{make_layered<double>("input", inputs, synapse_kernel::ramp, layers, seed), {}, {}, 200, 80};
  c.layers = layers_of(c.net);
  for (std::uint32_t i = 0; i < inputs; ++i) c.inputs.push_back(stream.below(8) == 0 ? never : stream.uniform() * 20);
  return c;
}

// The inputs that arrived at each neuron before it fired.
std::vector<bool> causal_sets(const random_case& c, const std::vector<double>& times) {
  std::vector<bool> causal;
  for (std::size_t p = 0; p < c.net.projection_count(); ++p) {
    const auto pre = c.net.pre(p), post = c.net.post(p);
    for (auto i = c.net.first_id(pre); i < c.net.first_id(pre + 1); ++i) {
      for (auto j = c.net.first_id(post); j < c.net.first_id(post + 1); ++j) {
        causal.push_back(times[j] != never && times[i] + c.net.describe(p).delay < times[j]);
      }
    }
  }
  return causal;
}

// A step small against the spacing of spikes and large against rounding of the loss. Below the floor a difference of
// two losses of order 1 has fewer than four digits left: eps / 1e-6 / 1e-3, rounded up.
constexpr double ramp_step = 1e-6, ramp_floor = 1e-6, ramp_relative = 1e-3;

void compare_ramp(random_case& c, double& x, double exact, tally& t) {
  const auto base = causal_sets(c, c.times());
  bool flipped = false;
  const double numeric = difference(x, ramp_step, [&] {
    const auto times = c.times();
    flipped |= causal_sets(c, times) != base;
    return loss_of(c, times, "xent").value;
  });
  ++t.compared;
  t.at_kinks += flipped;
  const double size = std::max(std::abs(numeric), std::abs(exact));
  if (flipped || size <= ramp_floor) return;
  ++t.not_zero;
  t.worst = std::max(t.worst, std::abs(numeric - exact) / size);
}

}  // namespace

TEST_CASE("exact_ramp: the gradient of every weight and source time of ten random networks matches differences") {
  tally t;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto c = random_ramp(seed);
    const auto times = c.times();
    gradients<double> g(c.net);
    rule_options options;
    options.t_max = c.t_max;
    options.wake = false;
    const auto to_sources = backprop<double>(rule_called("exact_ramp"), c.net, c.layers, times,
                                             loss_of(c, times, "xent").dl_dt, options, &g);
    for (std::size_t p = 0; p < c.net.projection_count(); ++p) {
      for (std::size_t k = 0; k < g.dw[p].size(); ++k) compare_ramp(c, c.net.weights(p)[k], g.dw[p][k], t);
    }
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      if (c.inputs[i] == never) {
        CHECK(to_sources[i] == 0);
      } else {
        compare_ramp(c, c.inputs[i], to_sources[i], t);
      }
    }
  }
  fmt::print("exact_ramp gradient: {} compared, {} above the floor, {} whose causal set flips, worst {:.1e}\n",
             t.compared, t.not_zero, t.at_kinks, t.worst);
  CHECK(t.worst < ramp_relative);
  CHECK(t.at_kinks * 20 <= t.compared);
  CHECK(t.not_zero > t.compared / 4);
}
