// The ramp gradient against central differences, and the step rule against S4NN's equations worked out by hand.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "engine/simulate.hpp"
#include "models/backprop.hpp"
#include "models/losses.hpp"
#include "models/random.hpp"

using namespace firstspike;

namespace {

constexpr double t_max = 200;

struct case_of_ramp {
  network<double> net;
  std::vector<layer> layers;
  std::vector<double> inputs;
};

case_of_ramp random_case(std::uint64_t seed) {
  using shape = weight_distribution::shape;
  random_stream stream(seed, draw::tests);
  const std::uint32_t inputs = 6 + stream.below(10), hidden = 5 + stream.below(8);
  std::vector<layer_description> layers{{"hidden", hidden, 3, 0, {shape::normal, 0.12, 0.15}},
                                        {"output", 4, 3, 0, {shape::normal, 0.15, 0.15}}};
  for (auto& l : layers) {
    if (seed % 2 == 0) l.references = {{0, 0}, {5, 0}};
    l.delay = seed % 3 == 0 ? 1.5 : 0;
  }
  case_of_ramp c{make_layered<double>("input", inputs, synapse_kernel::ramp, layers, seed), {}, {}};
  c.layers = layers_of(c.net);
  for (std::uint32_t i = 0; i < inputs; ++i) c.inputs.push_back(stream.below(8) == 0 ? never : stream.uniform() * 20);
  for (const auto& l : c.layers) {
    for (const auto r : l.references) std::ranges::generate(c.net.weights(r), [&] { return 0.1 * stream.normal(); });
  }
  return c;
}

std::vector<double> times_of(const case_of_ramp& c) {
  return simulate(c.net, c.inputs, {t_max, schedule::heap, 1, false}).times;
}

double loss_of(const case_of_ramp& c, const std::vector<double>& times) {
  return cross_entropy(std::span(times).subspan(c.net.first_id(c.layers.back().population)), 1, 8, t_max).value;
}

// Which inputs each neuron heard before it fired.
std::vector<bool> causal_sets(const case_of_ramp& c, const std::vector<double>& times) {
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

struct tally {
  std::size_t compared = 0, flipped = 0, beyond = 0, above_floor = 0;
  double worst = 0;
};

// Central differences with a step small against the spacing of spikes and large against rounding of the loss.
constexpr double difference = 1e-6;
// Below this a difference of two losses of order 1 has fewer than four digits left: eps / difference / 1e-3, rounded
// up.
constexpr double floor_of_gradient = 1e-6;
constexpr double allowed_relative = 1e-3;

void compare_weight(case_of_ramp& c, std::size_t p, std::size_t k, double exact, tally& t) {
  const auto w = c.net.weights(p);
  const double was = w[k];
  const auto base = causal_sets(c, times_of(c));
  w[k] = was + difference;
  const auto up = times_of(c);
  w[k] = was - difference;
  const auto down = times_of(c);
  w[k] = was;
  ++t.compared;
  if (causal_sets(c, up) != base || causal_sets(c, down) != base) {
    ++t.flipped;
    return;
  }
  const double numeric = (loss_of(c, up) - loss_of(c, down)) / (2 * difference);
  const double size = std::max(std::abs(numeric), std::abs(exact));
  if (size <= floor_of_gradient) return;
  ++t.above_floor;
  const double relative = std::abs(numeric - exact) / size;
  t.worst = std::max(t.worst, relative);
  t.beyond += relative > allowed_relative;
}

}  // namespace

TEST_CASE("ramp: the gradient of every weight of ten random networks matches central differences") {
  tally t;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto c = random_case(seed);
    const auto times = times_of(c);
    const auto loss =
        cross_entropy(std::span(std::as_const(times)).subspan(c.net.first_id(c.layers.back().population)), 1, 8, t_max);
    gradients<double> g(c.net);
    backprop_options options;
    options.t_max = t_max;
    backprop<double>(c.net, c.layers, times, loss.dl_dt, options, &g);
    for (std::size_t p = 0; p < c.net.projection_count(); ++p) {
      for (std::size_t k = 0; k < g.dw[p].size(); ++k) compare_weight(c, p, k, g.dw[p][k], t);
    }
  }
  fmt::print(
      "ramp gradient: {} weights compared, {} above the floor of {}, {} whose causal set flips, worst relative error "
      "{:.2e}\n",
      t.compared, t.above_floor, floor_of_gradient, t.flipped, t.worst);
  CHECK(t.beyond == 0);
  CHECK(t.flipped * 20 <= t.compared);
  CHECK(t.above_floor > t.compared / 4);
}

TEST_CASE("ramp: the pull on a source's time matches central differences") {
  auto c = random_case(4);
  const auto times = times_of(c);
  const auto loss =
      cross_entropy(std::span(std::as_const(times)).subspan(c.net.first_id(c.layers.back().population)), 1, 8, t_max);
  backprop_options options;
  options.t_max = t_max;
  const auto pull = backprop<double>(c.net, c.layers, times, loss.dl_dt, options, nullptr);
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    if (c.inputs[i] == never) {
      CHECK(pull[i] == 0);
      continue;
    }
    const double was = c.inputs[i];
    c.inputs[i] = was + difference;
    const double up = loss_of(c, times_of(c));
    c.inputs[i] = was - difference;
    const double down = loss_of(c, times_of(c));
    c.inputs[i] = was;
    CHECK(std::abs((up - down) / (2 * difference) - pull[i]) <=
          floor_of_gradient + allowed_relative * std::abs(pull[i]));
  }
}

namespace {

// Two inputs, two hidden neurons, two outputs, all delays 1, t_max 10; every number below is worked out by hand.
//   input times   a: 1, b: 3
//   hidden        h0 = 2 (heard a at 2), h1 = 4 (heard a at 2 and b at 4)
//   output        o0 = 3 (heard h0 at 3), o1 = 5 (heard h0 at 3, h1 at 5)
network<double> small_step_network() {
  const std::vector<population> populations{{"input", population_kind::source, 2, {}, 0, never},
                                            {"hidden", population_kind::neurons, 2, {1, 1}, 0, never},
                                            {"output", population_kind::neurons, 2, {1, 1}, 0, never}};
  return {populations,
          {{0, 1, synapse_kernel::step, false, 1, {2, 0.5, 0.25, 1}, {}},
           {1, 2, synapse_kernel::step, false, 1, {3, 0.5, 0.5, 2}, {}}}};
}

const std::vector<double> small_step_times{1, 3, 2, 4, 3, 5};

struct small_step_gradient {
  gradients<double> g;
  std::vector<double> pulled;  // dL/dt of the inputs
};

small_step_gradient gradient_of_small_step(const std::vector<double>& dl_dt, backprop_options options = {}) {
  const auto net = small_step_network();
  options.t_max = 10;
  small_step_gradient found{gradients<double>(net), {}};
  found.pulled = backprop<double>(net, layers_of(net), small_step_times, dl_dt, options, &found.g);
  return found;
}

}  // namespace

TEST_CASE("step: the small network fires when its hand-drawn diagram says") {
  const std::vector<double> inputs{1, 3};
  const auto record = simulate(small_step_network(), inputs, {10, schedule::heap, 1, false});
  CHECK(record.times == small_step_times);
}

TEST_CASE("step: weight changes follow S4NN's equations on a network worked out by hand") {
  // True class 1, gamma 4: tau = 3, targets T = (3 + 4, 3), e = (7 - 3, 3 - 5) / 10 = (0.4, -0.2).
  const auto loss = relative_loss(std::span(small_step_times).subspan(4), 1, 4, 10);
  CHECK(loss.value == doctest::Approx(0.5 * (0.16 + 0.04)).epsilon(1e-12));
  const auto [g, pulled] = gradient_of_small_step(loss.dl_dt);
  // delta_out = e / |e| = (2, -1) / sqrt 5. Causal: h0 arrives at 3 <= both outputs, h1 arrives at 5 <= o1 only.
  const double r5 = std::sqrt(5.0);
  const std::vector<double> output{2 / r5, -1 / r5, 0, -1 / r5};
  // delta_h0 = 3 * 2/r5 + 0.5 * -1/r5 = 5.5/r5, delta_h1 = 2 * -1/r5 = -2/r5; norm sqrt(5.5^2 + 2^2) / r5 = sqrt(34.25)
  // / r5.
  const double r = std::sqrt(34.25);
  // Causal: a arrives at 2 <= both hidden neurons, b arrives at 4 <= h1 only.
  const std::vector<double> hidden{5.5 / r, -2 / r, 0, -2 / r};
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(g.dw[1][k] == doctest::Approx(output[k]).epsilon(1e-12));
    CHECK(g.dw[0][k] == doctest::Approx(hidden[k]).epsilon(1e-12));
  }
}

TEST_CASE("step: a silent output counts as t_max, so all that arrived is causal for it") {
  auto net = small_step_network();
  for (auto& w : net.weights(1)) w *= 0.1;  // outputs stay silent
  const auto record = simulate(net, std::vector<double>{1, 3}, {10, schedule::heap, 1, false});
  REQUIRE(record.times[4] == never);
  // Nobody fires: T = (10, 10 - gamma), e = (0, -0.3): the true output's weights grow, the other's stay.
  const auto loss = relative_loss(record.times_of(0).subspan(4), 1, 3, 10);
  backprop_options options;
  options.t_max = 10;
  gradients<double> g(net);
  backprop<double>(net, layers_of(net), record.times_of(0), loss.dl_dt, options, &g);
  CHECK(g.dw[1] == std::vector<double>{0, -1, 0, -1});
}

TEST_CASE("step: a zero delta stays zero") {
  const auto [g, pulled] = gradient_of_small_step({0, 0});
  for (const auto& projection : g.dw) CHECK(std::ranges::all_of(projection, [](double d) { return d == 0; }));
}

TEST_CASE("step with a jump length: gradients are those of a network whose weights rise slowly, worked out by hand") {
  const auto [g, pulled] =
      gradient_of_small_step({1, -2}, {.normalise = false, .jump_length = 4, .jump_ahead = 1, .least_slope = 0.2});
  // Outputs fire at 3 and 5, and look ahead to 4 and 6. h0 arrives at 3: s = 1 and 3, h1 at 5: too late for o0, s = 1.
  // Slopes: o0 3 / 4; o1 (0.5 + 2) / 4. delta = -dL/dt / S = (-4/3, 3.2). Share of the jump: (1 + 1)/4, (3 + 1)/4.
  CHECK(g.dw[1][0] == doctest::Approx(-4. / 3 * 0.5));
  CHECK(g.dw[1][1] == doctest::Approx(3.2 * 1));
  CHECK(g.dw[1][2] == 0);
  CHECK(g.dw[1][3] == doctest::Approx(3.2 * 0.5));
  // dL/dt of h0: -(3 * -4/3 + 0.5 * 3.2) / 4 = 0.6; of h1: -(2 * 3.2) / 4 = -1.6.
  // Hidden neurons fire at 2 and 4 and look ahead to 3 and 5. a arrives at 2: s = 1 and 3, b at 4: s = 1 for h1.
  // Slopes: h0 2 / 4; h1 (0.5 + 1) / 4 = 0.375. delta = (-0.6 / 0.5, 1.6 / 0.375).
  CHECK(g.dw[0][0] == doctest::Approx(-1.2 * 0.5));
  CHECK(g.dw[0][1] == doctest::Approx(1.6 / 0.375 * 1));
  CHECK(g.dw[0][2] == 0);
  CHECK(g.dw[0][3] == doctest::Approx(1.6 / 0.375 * 0.5));
  CHECK(pulled[0] == doctest::Approx(-(2 * -1.2 + 0.5 * 1.6 / 0.375) / 4));
  CHECK(pulled[1] == doctest::Approx(-(1 * 1.6 / 0.375) / 4));
}

TEST_CASE("step with a jump length: an arrival whose jump is over moves weights, but not through its time") {
  const auto [g, pulled] = gradient_of_small_step({0, 1}, {.normalise = false, .jump_length = 2, .least_slope = 1});
  // o1 fires at 5; h0 came at 3, two steps before, h1 at 5. Only h1's jump is under way: S = 2 / 2 = 1.
  CHECK(g.dw[1] == std::vector<double>{0, -1, 0, -0.5});
  // dL/dt of h0 is 0, of h1 2 / 2 = 1: h1 (fires at 4, S = max(1 / 2, 1)) has delta -1, a's jump was over at 4.
  CHECK(g.dw[0] == std::vector<double>{0, -1, 0, -0.5});
}

TEST_CASE("sparsity: hidden neurons that fire before the decision are pulled later, others are let be") {
  const auto [g, pulled] = gradient_of_small_step({0, 0}, {.normalise = false, .sparsity = 0.25});
  // h0 fires at 2, before the first output at 3; h1 at 4, after it. No pull comes from the outputs.
  CHECK(g.dw[1] == std::vector<double>{0, 0, 0, 0});
  CHECK(g.dw[0] == std::vector<double>{0.25, 0, 0, 0});  // a's weight to h0 falls, so h0 fires later
}
