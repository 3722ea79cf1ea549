// Learning rules on networks of a few neurons, with hand-computed values.
#include "firstspike/models/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

// Two inputs, two hidden neurons, two outputs, all delays 1, t_max 10.
//   input times   a: 1, b: 3
//   hidden        h0 = 2 (received a at 2), h1 = 4 (received a at 2 and b at 4)
//   output        o0 = 3 (received h0 at 3), o1 = 5 (received h0 at 3, h1 at 5)
network<double> small_step_network() {
  const std::vector<population> populations{{"input", population_kind::source, 2, {}},
                                            {"hidden", population_kind::neurons, 2, {1, 1}},
                                            {"output", population_kind::neurons, 2, {1, 1}}};
  return {populations,
          {{0, 1, synapse_kernel::step, false, 1, {2, 0.5, 0.25, 1}, {}},
           {1, 2, synapse_kernel::step, false, 1, {3, 0.5, 0.5, 2}, {}}}};
}

const std::vector<double> small_step_times{1, 3, 2, 4, 3, 5};

struct layer_gradients {
  gradients<double> g;
  std::vector<double> to_sources;
};

layer_gradients learn(std::string_view rule, const network<double>& net, std::span<const double> times,
                      const std::vector<double>& dl_dt, const rule_options& options) {
  layer_gradients l{gradients<double>(net), {}};
  l.to_sources = backprop<double>(rule_called(rule), net, layers_of(net), times, dl_dt, options, &l.g);
  return l;
}

layer_gradients learn_small_step(std::string_view rule, const std::vector<double>& dl_dt, rule_options options = {}) {
  options.t_max = 10;
  return learn(rule, small_step_network(), small_step_times, dl_dt, options);
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) CHECK(found[k] == doctest::Approx(expected[k]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("step: the small network fires at the hand-computed times") {
  const auto record = simulate(small_step_network(), std::vector<double>{1, 3}, {10, scheduler::heap, 1, false});
  CHECK(record.times == small_step_times);
}

TEST_CASE("s4nn: weight changes follow S4NN's equations, each layer's delta by its norm") {
  // dL/dt = (-0.04, 0.02): delta_out = (2, -1) / sqrt 5. Causal: h0 arrives at 3 <= both outputs, h1 at 5 <= o1 only.
  const auto [g, to_sources] = learn_small_step("s4nn", {-0.04, 0.02});
  const double r5 = std::sqrt(5.0);
  check_close(g.dw[1], {2 / r5, -1 / r5, 0, -1 / r5});
  // delta_h0 = 3 * 2/r5 + 0.5 * -1/r5 = 5.5/r5, delta_h1 = 2 * -1/r5; norm sqrt(5.5^2 + 2^2) / r5 = sqrt(34.25) / r5.
  // Causal: a arrives at 2 <= both hidden neurons, b at 4 <= h1 only.
  const double r = std::sqrt(34.25);
  check_close(g.dw[0], {5.5 / r, -2 / r, 0, -2 / r});
  check_close(to_sources, {-(2 * 5.5 - 0.5 * 2) / r, 2 / r});
}

TEST_CASE("s4nn: without normalisation deltas are -dL/dt") {
  const auto [g, to_sources] = learn_small_step("s4nn", {-0.5, 0.25}, {.normalise = false});
  CHECK(g.dw[1] == std::vector<double>{0.5, -0.25, 0, -0.25});
  // delta_h0 = 3 * 0.5 - 0.5 * 0.25, delta_h1 = 2 * -0.25.
  CHECK(g.dw[0] == std::vector<double>{1.375, -0.5, 0, -0.5});
  CHECK(to_sources == std::vector<double>{-(2 * 1.375 - 0.5 * 0.5), 0.5});
}

TEST_CASE("s4nn: a silent output counts as firing at t_max, so all arrivals are causal for it") {
  auto net = small_step_network();
  for (auto& w : net.weights(1)) w *= 0.1;  // outputs stay silent
  const auto record = simulate(net, std::vector<double>{1, 3}, {10, scheduler::heap, 1, false});
  REQUIRE(record.times[4] == never);
  CHECK(learn("s4nn", net, record.times, {0, 0.01}, {.t_max = 10}).g.dw[1] == std::vector<double>{0, -1, 0, -1});
}

TEST_CASE("s4nn, soft_step: arrivals at t_max or later are ignored, as the engine ignores them") {
  for (const auto& [rule, h1] : {std::pair{"s4nn", 9.0}, {"s4nn", 9.5}, {"soft_step", 9.0}, {"soft_step", 9.5}}) {
    CAPTURE(h1);
    const std::vector<double> late{1, 3, 2, h1, never, never};  // h1 arrives at 10 or 10.5
    const auto g = learn(rule, small_step_network(), late, {-1, -1},
                         {.t_max = 10, .normalise = false, .jump_length = 20, .jump_ahead = 4})
                       .g;
    CHECK(g.dw[1][0] != 0);
    CHECK(g.dw[1][1] != 0);
    CHECK(g.dw[1][2] == 0);
    CHECK(g.dw[1][3] == 0);
  }
}

TEST_CASE("s4nn: outputs that close before t_max are silent from then on, and ignore later arrivals") {
  const auto open = small_step_network();
  std::vector<population> populations(open.populations().begin(), open.populations().end());
  populations[2].t_close = 4.5;  // h0 arrives at 3, h1 at 5
  const network<double> net(populations, {open.describe(0), open.describe(1)});
  const std::vector<double> times{1, 3, 2, 4, never, never};
  CHECK(learn("s4nn", net, times, {0, 1}, {.t_max = 10}).g.dw[1] == std::vector<double>{0, -1, 0, 0});
  CHECK(learn("s4nn", open, times, {0, 1}, {.t_max = 10}).g.dw[1] == std::vector<double>{0, -1, 0, -1});
}

TEST_CASE("soft_step: arrivals after t_max add nothing to a slope, for any jump_ahead") {
  const std::vector<double> late{1, 3, 2, 9.5, never, never};  // h1 arrives at 10.5; outputs look ahead to 14
  const auto g = learn("soft_step", small_step_network(), late, {0, 1},
                       {.t_max = 10, .normalise = false, .jump_length = 20, .jump_ahead = 4})
                     .g;
  check_close(g.dw[1], {0, -40 * 12. / 20, 0, 0});  // S of o1 is 0.5 / 20; h0 came 11 steps before
}

TEST_CASE("s4nn: a zero delta stays zero") {
  const auto [g, to_sources] = learn_small_step("s4nn", {0, 0});
  for (const auto& projection : g.dw) CHECK(std::ranges::all_of(projection, [](double d) { return d == 0; }));
}

TEST_CASE("soft_step: gradients are those of a network whose synaptic responses rise slowly") {
  const auto [g, to_sources] =
      learn_small_step("soft_step", {1, -2}, {.normalise = false, .jump_length = 4, .jump_ahead = 1, .min_slope = 0.2});
  // Outputs fire at 3 and 5, and look ahead to 4 and 6. h0 arrives at 3: s = 1 and 3, h1 at 5: too late for o0, s = 1.
  // Slopes: o0 3 / 4; o1 (0.5 + 2) / 4. delta = -dL/dt / S = (-4/3, 3.2). Fraction of the jump: (1 + 1)/4, (3 + 1)/4.
  check_close(g.dw[1], {-4. / 3 * 0.5, 3.2 * 1, 0, 3.2 * 0.5});
  // dL/dt of h0: -(3 * -4/3 + 0.5 * 3.2) / 4 = 0.6; of h1: -(2 * 3.2) / 4 = -1.6.
  // Hidden neurons fire at 2 and 4 and look ahead to 3 and 5. a arrives at 2: s = 1 and 3, b at 4: s = 1 for h1.
  // Slopes: h0 2 / 4; h1 (0.5 + 1) / 4 = 0.375. delta = (-0.6 / 0.5, 1.6 / 0.375).
  check_close(g.dw[0], {-1.2 * 0.5, 1.6 / 0.375 * 1, 0, 1.6 / 0.375 * 0.5});
  check_close(to_sources, {-(2 * -1.2 + 0.5 * 1.6 / 0.375) / 4, -(1 * 1.6 / 0.375) / 4});
}

TEST_CASE("soft_step: an arrival whose jump is over changes weights, but passes nothing through its time") {
  const auto [g, to_sources] =
      learn_small_step("soft_step", {0, 1}, {.normalise = false, .jump_length = 2, .min_slope = 1});
  // o1 fires at 5; h0 came at 3, two steps before, h1 at 5. Only h1's jump is under way: S = 2 / 2 = 1.
  CHECK(g.dw[1] == std::vector<double>{0, -1, 0, -0.5});
  // dL/dt of h0 is 0, of h1 2 / 2 = 1: h1 (fires at 4, S = max(1 / 2, 1)) has delta -1, a's jump was over at 4.
  CHECK(g.dw[0] == std::vector<double>{0, -1, 0, -0.5});
}

TEST_CASE("soft_step: a slope below min_slope counts as it, and without min_slope a slope that is not positive is 0") {
  // As above: S of o1 is 2 / 2 = 1.
  const auto at = [](double min_slope, double w) {
    auto net = small_step_network();
    net.weights(1)[3] = w;
    return learn("soft_step", net, small_step_times, {0, 1},
                 {.t_max = 10, .normalise = false, .jump_length = 2, .min_slope = min_slope})
        .g.dw[1][1];
  };
  CHECK(at(0, 2) == -1);
  CHECK(at(1, 2) == -1);
  CHECK(at(4, 2) == -0.25);
  CHECK(at(0, -2) == 0);
  CHECK(at(0.5, -2) == -2);
}

TEST_CASE("soft_step: jump_ahead may extend beyond the end of the run, for silent and late outputs") {
  auto net = small_step_network();
  for (auto& w : net.weights(1)) w *= 0.1;  // outputs stay silent: as if they had fired at 10, they look ahead to 11
  const std::vector<double> times{1, 3, 2, 4, never, never};
  const rule_options options{
      .t_max = 10, .normalise = false, .jump_length = 8, .jump_ahead = 1, .min_slope = 0.02, .wake = false};
  // h0 arrived at 3, eight steps before: its jump is over. h1 arrived at 5, six before: S of o1 is 0.2 / 8.
  check_close(learn("soft_step", net, times, {0, 1}, options).g.dw[1], {0, -40, 0, -40 * 7. / 8});
  // An output that fires at 9.5 looks ahead to 10.5: both jumps are under way, S of o1 is 0.25 / 8.
  const std::vector<double> late{1, 3, 2, 4, never, 9.5};
  check_close(learn("soft_step", net, late, {0, 1}, options).g.dw[1], {0, -32, 0, -32 * 6.5 / 8});
}

TEST_CASE("soft_step: delta is normalised if requested") {
  const auto [g, to_sources] = learn_small_step("soft_step", {1, -2}, {.jump_length = 4, .jump_ahead = 1});
  const double norm = std::sqrt(16. / 9 + 3.2 * 3.2);
  check_close(g.dw[1], {-4. / 3 * 0.5 / norm, 3.2 / norm, 0, 1.6 / norm});
}

TEST_CASE("sparsity: the gradient moves hidden neurons that fire before the decision later, others not") {
  const auto [g, to_sources] = learn_small_step("s4nn", {0, 0}, {.normalise = false, .sparsity = 0.25});
  // h0 fires at 2, before the first output at 3; h1 at 4, after it. The outputs have no gradient.
  CHECK(g.dw[1] == std::vector<double>{0, 0, 0, 0});
  // dL/dt of h0 is -0.25, so its delta is 0.25: descent takes from a's weight, and h0 fires later.
  CHECK(g.dw[0] == std::vector<double>{0.25, 0, 0, 0});
  CHECK(to_sources == std::vector<double>{-0.5, 0});  // sources are no hidden neurons
}

namespace {

// One ramp input at 2 with weight w, one bias neuron at 1 with weight 0.5, v_th 3, t_max 20: two layers of one neuron,
// the second of weight 1 without bias.
struct ramp_pair {
  network<double> net;
  std::vector<double> times;
};

ramp_pair make_ramp_pair(double w, double w_output = 1) {
  std::vector<layer_description> layers{{"hidden", 1, 3, 0, {}, bias_description{1, {}}}, {"output", 1, 3}};
  auto net = make_layered<double>("input", 1, synapse_kernel::ramp, layers, 1);
  const auto l = layers_of(net);
  net.weights(l[0].weights)[0] = w;
  net.weights(*l[0].bias)[0] = 0.5;
  net.weights(l[1].weights)[0] = w_output;
  auto times = simulate(net, std::vector<double>{2}, {20, scheduler::heap, 1, false}).times;
  return {std::move(net), std::move(times)};
}

}  // namespace

TEST_CASE("sparsity: a hidden neuron that fires at the time of the first output does not change") {
  const std::vector<double> times{1, 3, 2, 4, 4, 5};
  const auto g =
      learn("s4nn", small_step_network(), times, {0, 0}, {.t_max = 10, .normalise = false, .sparsity = 0.25}).g;
  CHECK(g.dw[0] == std::vector<double>{0.25, 0, 0, 0});
}

TEST_CASE("sparsity: it is divided among hidden layers, and each propagates the term of later ones") {
  // A chain of four neurons, weights 1, delays 1: input 1, hidden1 2, hidden2 3, output 4.
  const std::vector<population> populations{{"input", population_kind::source, 1, {}},
                                            {"hidden1", population_kind::neurons, 1, {0.5}},
                                            {"hidden2", population_kind::neurons, 1, {0.5}},
                                            {"output", population_kind::neurons, 1, {0.5}}};
  const network<double> net(populations, {{0, 1, synapse_kernel::step, false, 1, {1}, {}},
                                          {1, 2, synapse_kernel::step, false, 1, {1}, {}},
                                          {2, 3, synapse_kernel::step, false, 1, {1}, {}}});
  const auto g =
      learn("s4nn", net, std::vector<double>{1, 2, 3, 4}, {0}, {.t_max = 10, .normalise = false, .sparsity = 0.5}).g;
  CHECK(g.dw[2] == std::vector<double>{0});
  CHECK(g.dw[1] == std::vector<double>{0.25});
  CHECK(g.dw[0] == std::vector<double>{0.5});
}

TEST_CASE("sparsity: without an output spike it adds nothing") {
  const std::vector<double> times{1, 3, 2, 4, never, never};
  const auto g =
      learn("s4nn", small_step_network(), times, {0, 0}, {.t_max = 10, .normalise = false, .sparsity = 0.25}).g;
  CHECK(g.dw[0] == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("exact_ramp: derivatives of a chain of two neurons") {
  const auto [net, times] = make_ramp_pair(0.75);
  // Hidden: 0.5 (t - 1) + 0.75 (t - 2) = 3 at t = 5 / 1.25 = 4. Output: t - 4 = 3 at 7.
  REQUIRE(times == std::vector<double>{2, 1, 4, 7});
  const auto [g, to_sources] = learn("exact_ramp", net, times, {2}, {.t_max = 20});
  const auto l = layers_of(net);
  // Output: S = 1, dt/dw = 4 - 7. Hidden: dL/dt = 2 * 1 / 1, S = 1.25: dt/dw = (2 - 4) / 1.25, bias (1 - 4) / 1.25.
  CHECK(g.dw[l[1].weights][0] == doctest::Approx(-6));
  CHECK(g.dw[l[0].weights][0] == doctest::Approx(2 * -2 / 1.25));
  CHECK(g.dw[*l[0].bias][0] == doctest::Approx(2 * -3 / 1.25));
  CHECK(to_sources[0] == doctest::Approx(2 * 0.75 / 1.25));
}

TEST_CASE("exact_ramp: an input that arrives at the firing time is not causal") {
  // v_m = 2 (t - 0) reaches 6 at 3, when the second input arrives: S = 2.
  auto net = make_layered<double>("input", 2, synapse_kernel::ramp,
                                  std::vector<layer_description>{{"output", 1, 6, 0, {}}}, 1);
  std::ranges::copy(std::vector<double>{2, 5}, net.weights(0).begin());
  const std::vector<double> times{0, 3, 3};
  REQUIRE(simulate(net, std::vector<double>{0, 3}, {20, scheduler::heap, 1, false}).times == times);
  const auto [g, to_sources] = learn("exact_ramp", net, times, {4}, {.t_max = 20});
  CHECK(g.dw[0] == std::vector<double>{4 * (0. - 3) / 2, 0});
  CHECK(to_sources == std::vector<double>{4 * 2. / 2, 0});
}

TEST_CASE("exact_ramp: without min_slope a silent output whose slope is not positive has no gradient, even with wake") {
  auto net = make_layered<double>("input", 1, synapse_kernel::ramp,
                                  std::vector<layer_description>{{"output", 2, 6, 0, {}}}, 1);
  std::ranges::copy(std::vector<double>{-2, 0}, net.weights(0).begin());
  const std::vector<double> times{1, never, never};
  const auto [g, to_sources] = learn("exact_ramp", net, times, {4, 4}, {.t_max = 20, .min_slope = 0, .wake = true});
  CHECK(g.dw[0] == std::vector<double>{0, 0});
  CHECK(to_sources == std::vector<double>{0});
}

TEST_CASE("exact_ramp: a slope below min_slope counts as it") {
  const auto [net, times] = make_ramp_pair(0.75);
  const auto of_bias = [&, &net = net, &times = times](double min_slope) {
    return learn("exact_ramp", net, times, {2}, {.t_max = 20, .min_slope = min_slope}).g.dw[*layers_of(net)[0].bias][0];
  };
  CHECK(of_bias(1) == doctest::Approx(2 * -3 / 1.25));
  CHECK(of_bias(2) == doctest::Approx(2 * 1 / 2. * -3 / 2));  // output slope 1 and hidden slope 1.25 both count as 2
}

TEST_CASE("exact_ramp: a silent output has no gradient, with wake that of a crossing at t_max") {
  const auto [net, times] = make_ramp_pair(0.75, 0.125);
  REQUIRE(times.back() == never);  // 3 / 0.125 steps after 4: at 28
  const auto l = layers_of(net);
  const auto asleep = learn("exact_ramp", net, times, {2}, {.t_max = 20, .wake = false});
  CHECK(asleep.g.dw[l[1].weights][0] == 0);
  CHECK(asleep.to_sources == std::vector<double>{0});
  const auto awake = learn("exact_ramp", net, times, {2}, {.t_max = 20, .wake = true});
  CHECK(awake.g.dw[l[1].weights][0] == doctest::Approx(2 / 0.125 * (4 - 20)));
  CHECK(awake.to_sources[0] == doctest::Approx(2 * 0.75 / 1.25));
}

TEST_CASE("wake: a hidden layer of which no neuron fires gets the strongest gradient of an output, with any rule") {
  // exact_ramp: as if the hidden neuron had crossed at t_max, 20, its slope of -1.5 counting as 0.5.
  const auto [net, times] = make_ramp_pair(-2);
  REQUIRE(times[2] == never);
  const auto l = layers_of(net);
  const auto learn_ramp = [&, &net = net, &times = times](bool wake) {
    return learn("exact_ramp", net, times, {-2}, {.t_max = 20, .min_slope = 0.5, .wake = wake}).g;
  };
  CHECK(learn_ramp(false).dw[l[0].weights][0] == 0);
  CHECK(learn_ramp(true).dw[l[0].weights][0] == doctest::Approx(2 / 0.5 * (2 - 20)));
  CHECK(learn_ramp(true).dw[*l[0].bias][0] == doctest::Approx(2 / 0.5 * (1 - 20)));
  // s4nn: delta is -3 for both hidden neurons; both inputs have arrived by t_max.
  const std::vector<double> silent{1, 3, never, never, 3, 5};
  const auto learn_s4nn = [&](bool wake) {
    return learn("s4nn", small_step_network(), silent, {1, -3}, {.t_max = 10, .normalise = false, .wake = wake}).g;
  };
  CHECK(learn_s4nn(true).dw[0] == std::vector<double>{-3, -3, -3, -3});
  CHECK(learn_s4nn(false).dw[0] == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("wake: one neuron that fires keeps its layer's gradient as it is") {
  const auto at = [](bool wake) {
    return learn("s4nn", small_step_network(), std::vector<double>{1, 3, 2, never, 3, 5}, {1, -3},
                 {.t_max = 10, .normalise = false, .wake = wake})
        .g.dw[0];
  };
  CHECK(at(true) == at(false));
}

namespace {

// a and b arrive by the hidden layer's t_fire, 2, and c later. V there: 1.125 and 0.75, v_th 1. The output: v_th 4,
// which falls by 0.5 a step from 3 on until 11, t_max 20.
network<double> small_binary_network(double output_bias = 2) {
  std::vector<layer_description> layers{{"hidden", 2, 1, 1, {}, bias_description{2, {}}, 2, 0, never},
                                        {"output", 1, 4, 1, {}, bias_description{3, {}}, 3, 0.5, 11}};
  auto net = make_layered<double>("input", 3, synapse_kernel::step, layers, 1);
  const auto l = layers_of(net);
  std::ranges::copy(std::vector<double>{1, -1, 2, 0.5, 4, 4}, net.weights(l[0].weights).begin());
  std::ranges::copy(std::vector<double>{-1.875, 1.25}, net.weights(*l[0].bias).begin());
  std::ranges::copy(std::vector<double>{0.5, 2}, net.weights(l[1].weights).begin());
  net.weights(*l[1].bias)[0] = output_bias;
  return net;
}

std::vector<double> times_of_binary(const network<double>& net) {
  return simulate(net, std::vector<double>{0, 1, 2}, {20, scheduler::heap, 1, false}).times;
}

layer_gradients learn_small_binary(double surrogate_width) {
  const auto net = small_binary_network();
  const auto times = times_of_binary(net);
  // input, hidden_bias, hidden, output_bias, output: V = 0.5 + 2, 4 - 2.5 takes 3 steps.
  REQUIRE(times == std::vector<double>{0, 1, 2, 2, 2, never, 3, 6});
  return learn("straight_through", net, times, {3}, {.t_max = 20, .surrogate_width = surrogate_width});
}

}  // namespace

TEST_CASE("straight_through: neurons near v_th have gradients whether they fire or not") {
  const auto [g, to_sources] = learn_small_binary(0.3);
  const auto layers = layers_of(small_binary_network());
  // The output: delta = -3 / 0.5. h0 has fired, h1 has not.
  CHECK(g.dw[layers[1].weights] == std::vector<double>{-6, 0});
  CHECK(g.dw[*layers[1].bias] == std::vector<double>{-6});
  // dL/dt of h0 = -0.5 * -6, of h1 = -2 * -6; deltas -3 and -12. a and b have arrived, c has not.
  CHECK(g.dw[layers[0].weights] == std::vector<double>{-3, -12, -3, -12, 0, 0});
  CHECK(g.dw[*layers[0].bias] == std::vector<double>{-3, -12});
  // -sum of w delta, for c too.
  CHECK(to_sources == std::vector<double>{3 - 12, 6 + 6, 12 + 48});
}

TEST_CASE("straight_through: hidden neurons surrogate_width or more from v_th have and propagate no gradient") {
  const auto [g, to_sources] = learn_small_binary(0.25);  // h1 is exactly as far
  const auto layers = layers_of(small_binary_network());
  CHECK(g.dw[layers[0].weights] == std::vector<double>{-3, 0, -3, 0, 0, 0});
  CHECK(to_sources == std::vector<double>{3, 6, 12});
  const auto narrow = learn_small_binary(0.125);
  CHECK(narrow.g.dw[layers[0].weights] == std::vector<double>(6));
  CHECK(narrow.to_sources == std::vector<double>(3));
  CHECK(narrow.g.dw[layers[1].weights] == std::vector<double>{-6, 0});
}

TEST_CASE("straight_through: each neuron's distance is to its own v_th") {
  const auto one_threshold = small_binary_network(-0.5);
  std::vector<population> populations(one_threshold.populations().begin(), one_threshold.populations().end());
  populations[2].v_th = {1, 0.625};  // V is 1.125 and 0.75
  const network<double> net(populations, {one_threshold.describe(0), one_threshold.describe(1),
                                          one_threshold.describe(2), one_threshold.describe(3)});
  const auto times = times_of_binary(net);
  REQUIRE(times == std::vector<double>{0, 1, 2, 2, 2, 2, 3, 7});  // V = 0.5 + 2 - 0.5, 4 - 2 takes 4 steps
  const auto layers = layers_of(net);
  const auto at = [&](double width) {
    return learn("straight_through", net, times, {3}, {.t_max = 20, .surrogate_width = width}).g.dw[0];
  };
  CHECK(at(0.2) == std::vector<double>{-3, -12, -3, -12, 0, 0});
  CHECK(at(0.125) == std::vector<double>(6));
  populations[2].v_th = {1.0625, 1};
  const network<double> other(populations, {one_threshold.describe(0), one_threshold.describe(1),
                                            one_threshold.describe(2), one_threshold.describe(3)});
  const auto found =
      learn("straight_through", other, times_of_binary(other), {3}, {.t_max = 20, .surrogate_width = 0.1});
  CHECK(found.g.dw[0] == std::vector<double>{-3, 0, -3, 0, 0, 0});
}

TEST_CASE("wake: hidden neurons of a silent binary layer have gradients at any distance from v_th") {
  const std::vector<double> times{0, 1, 2, 2, never, never, 3, 6};
  const auto at = [&](bool wake) {
    return learn("straight_through", small_binary_network(), times, {3},
                 {.t_max = 20, .surrogate_width = 0.1, .wake = wake})
        .g.dw[0];
  };
  CHECK(at(true) == std::vector<double>{-3, -3, -3, -3, 0, 0});
  CHECK(at(false) == std::vector<double>(6));
}

TEST_CASE("wake: neurons of a silent relu layer get their derivative as if they fired") {
  std::vector<layer_description> layers{{"hidden", 2, 4, 0, {}, {}, 4, 0.5, 12},
                                        {"output", 2, 16, 0, {}, {}, 12, 2, 20}};
  auto net = make_layered<double>("input", 1, synapse_kernel::ramp, layers, 1);
  std::ranges::copy(std::vector<double>{-0.5, -0.25}, net.weights(0).begin());
  const std::vector<double> times{1, never, never, never, never};
  const auto at = [&](bool wake) { return learn("relu", net, times, {2, -3}, {.t_max = 30, .wake = wake}).g.dw[0]; };
  CHECK(at(true) == std::vector<double>{-3 / 0.5 * 3, -3 / 0.5 * 3});  // integrated for 3 steps
  CHECK(at(false) == std::vector<double>{0, 0});
}

namespace {

struct woken {
  double time, delta;
  friend bool operator==(const woken&, const woken&) = default;
};

// When the output of a bias fires, and its dL/dV.
woken wake_binary(double bias, double dl_dt, bool wake, double surrogate_width = 0) {
  const auto net = small_binary_network(bias);
  const auto times = times_of_binary(net);
  const rule_options options{.t_max = 20, .surrogate_width = surrogate_width, .wake = wake};
  const auto g = learn("straight_through", net, times, {dl_dt}, options).g;
  return {times.back(), g.dw[*layers_of(net)[1].bias][0]};
}

// The same of a ramp network: one input of arrival 0 and weight v / 4, t_fire 4, v_th 4, slope 0.5, t_close 12.
woken wake_relu(double v, double dl_dt, bool wake) {
  std::vector<layer_description> layers{{"output", 1, 4, 0, {}, {}, 4, 0.5, 12}};
  auto net = make_layered<double>("input", 1, synapse_kernel::ramp, layers, 1);
  net.weights(0)[0] = v / 4;
  const auto times = simulate(net, std::vector<double>{0}, {20, scheduler::heap, 1, false}).times;
  const auto g = learn("relu", net, times, {dl_dt}, {.t_max = 20, .wake = wake}).g;
  return {times.back(), g.dw[0][0] / 4};
}

}  // namespace

TEST_CASE("wake: the gradient does not move a saturated output earlier or a silent one later") {
  for (const bool wake : {false, true}) {
    // Inside of the window: dL/dV = -dL/dt / 0.5 either way.
    CHECK(wake_binary(2, 3, wake) == woken{6, -6});
    CHECK(wake_binary(2, -3, wake) == woken{6, 6});
    CHECK(wake_relu(2.5, 3, wake) == woken{7, -6});
    CHECK(wake_relu(2.5, -3, wake) == woken{7, 6});
    CHECK(wake_binary(5, 3, wake) == woken{3, 0});
    CHECK(wake_binary(5, -3, wake) == woken{3, wake ? 6. : 0});
    CHECK(wake_relu(5, 3, wake) == woken{4, 0});
    CHECK(wake_relu(5, -3, wake) == woken{4, wake ? 6. : 0});
    CHECK(wake_binary(-2, 3, wake) == woken{never, wake ? -6. : 0});
    CHECK(wake_binary(-2, -3, wake) == woken{never, 0});
    CHECK(wake_relu(-2, 3, wake) == woken{never, wake ? -6. : 0});
    CHECK(wake_relu(-2, -3, wake) == woken{never, 0});
  }
}

TEST_CASE(
    "straight_through: outputs less than surrogate_width outside of their window have gradients in both directions") {
  for (const double dl_dt : {3., -3.}) {
    // The bias and h0 add up to V: -0.125, 4.125, and -0.25 and 4.25 which are exactly as far as the width.
    CHECK(wake_binary(-0.625, dl_dt, true, 0.25) == woken{never, -dl_dt / 0.5});
    CHECK(wake_binary(3.625, dl_dt, true, 0.25) == woken{3, -dl_dt / 0.5});
    CHECK(wake_binary(-0.75, dl_dt, true, 0.25) == woken{never, dl_dt > 0 ? -6. : 0});
    CHECK(wake_binary(3.75, dl_dt, true, 0.25) == woken{3, dl_dt < 0 ? 6. : 0});
    CHECK(wake_binary(-0.625, dl_dt, false, 0.25) == woken{never, 0});
    CHECK(wake_binary(3.625, dl_dt, false, 0.25) == woken{3, 0});
  }
}

TEST_CASE("relu: an input that arrives at t_fire or later adds nothing, and only sources have a gradient") {
  std::vector<layer_description> layers{{"hidden", 1, 4, 1, {}, {}, 4, 0.5, 12},
                                        {"output", 1, 16, 1, {}, {}, 13, 2, 21}};
  auto net = make_layered<double>("input", 3, synapse_kernel::ramp, layers, 1);
  std::ranges::copy(std::vector<double>{0.75, 5, 7}, net.weights(0).begin());
  net.weights(1)[0] = 2;
  // Arrivals at 1, 4 and 5: V = 0.75 * 3 = 2.25, 4 + 1.75 / 0.5 = 7.5. Heard at 8.5 for 4.5 steps: 9, 13 + 7 / 2.
  const auto times = simulate(net, std::vector<double>{0, 3, 4}, {30, scheduler::heap, 1, false}).times;
  REQUIRE(times == std::vector<double>{0, 3, 4, 7.5, 16.5});
  const auto [g, to_sources] = learn("relu", net, times, {4}, {.t_max = 30});
  CHECK(g.dw[1] == std::vector<double>{-2 * 4.5});
  // dL/dt of hidden: -(2 * -2) = 4, delta -4 / 0.5.
  CHECK(g.dw[0] == std::vector<double>{-8 * 3., 0, 0});
  CHECK(to_sources == std::vector<double>{6, 40, 56});
}

TEST_CASE("relu: a silent hidden neuron has no gradient and propagates none") {
  std::vector<layer_description> layers{{"hidden", 2, 4, 0, {}, {}, 4, 0.5, 12},
                                        {"output", 1, 16, 0, {}, {}, 12, 2, 20}};
  auto net = make_layered<double>("input", 1, synapse_kernel::ramp, layers, 1);
  std::ranges::copy(std::vector<double>{0.5, -0.5}, net.weights(0).begin());
  std::ranges::copy(std::vector<double>{1, 3}, net.weights(1).begin());
  const auto times = simulate(net, std::vector<double>{0}, {30, scheduler::heap, 1, false}).times;
  REQUIRE(times == std::vector<double>{0, 8, never, 18});
  const auto [g, to_sources] = learn("relu", net, times, {2}, {.t_max = 30, .wake = true});
  // Output: delta -2 / 2, integrated for 4 steps. dL/dt of the first hidden neuron 1: delta -1 / 0.5, integrated for 4
  // steps.
  CHECK(g.dw[1] == std::vector<double>{-4, 0});
  CHECK(g.dw[0] == std::vector<double>{-8, 0});
  CHECK(to_sources == std::vector<double>{1});
}

TEST_CASE("backprop: without to_sources the result is empty, and the gradients do not change") {
  for (const auto& kind : model_kinds()) {
    const auto g = make_gan<double>(small_gan(kind.kernel, kind.regime));
    const auto record = generate(g.generator.net, g.options, 0, 1, {});
    const std::vector<double> dl_dt(784, 1);
    auto options = g.generator.options.backward;
    const auto& layers = g.generator.layers;
    const auto& rule = rule_called(g.options.rule);
    gradients<double> with(g.generator.net), without(g.generator.net);
    options.to_sources = true;
    const auto both = backprop<double>(rule, g.generator.net, layers, record.times_of(0), dl_dt, options, &with);
    CHECK(both.size() == 20);
    CHECK(backprop<double>(rule, g.generator.net, layers, record.times_of(0), dl_dt, options, nullptr) == both);
    options.to_sources = false;
    CHECK(backprop<double>(rule, g.generator.net, layers, record.times_of(0), dl_dt, options, &without).empty());
    CHECK(with.dw == without.dw);
    CHECK(std::ranges::any_of(with.dw[layers[0].weights], [](double d) { return d != 0; }));
  }
}

TEST_CASE("rules: a rule that does not fit the regime and kernel is refused with the names of those that do") {
  const auto refused = [](std::string_view rule, std::string_view regime, synapse_kernel kernel) {
    return refusal([&] { rule_for(rule, regime, kernel); });
  };
  CHECK(refused("s4nn", "relu", synapse_kernel::ramp) == "rule = s4nn, allowed with regime relu and kernel ramp: relu");
  CHECK(refused("relu", "free", synapse_kernel::step) ==
        "rule = relu, allowed with regime free and kernel step: s4nn soft_step");
  CHECK(refused("exact_ramp", "free", synapse_kernel::step).starts_with("rule = exact_ramp"));
  CHECK(refused("relu", "binary", synapse_kernel::ramp) ==
        "rule = relu, allowed with regime binary and kernel ramp: none");
  CHECK(refused("gates", "free", synapse_kernel::step).starts_with("rule = gates, allowed: s4nn"));
  CHECK(rule_for("exact_ramp", "free", synapse_kernel::ramp).name == "exact_ramp");
  CHECK(rule_for("soft_step", "free", synapse_kernel::step).name == "soft_step");
  CHECK(rule_for("straight_through", "binary", synapse_kernel::step).name == "straight_through");
}

TEST_CASE("rules: each has one regime and kernel, its options, and the depth up to which it has been measured") {
  struct row {
    std::string_view name, regime;
    synapse_kernel kernel;
    std::vector<std::string_view> options;
    std::size_t deepest;
  };
  const std::vector<row> table{
      {"s4nn", "free", synapse_kernel::step, {"normalise"}, 1},
      {"soft_step", "free", synapse_kernel::step, {"normalise", "jump_length", "jump_ahead", "min_slope"}, 2},
      {"exact_ramp", "free", synapse_kernel::ramp, {"min_slope"}, 0},
      {"relu", "relu", synapse_kernel::ramp, {}, 0},
      {"straight_through", "binary", synapse_kernel::step, {"surrogate_width"}, 0}};
  REQUIRE(all_rules().size() == table.size());
  for (const auto& expected : table) {
    CAPTURE(expected.name);
    const auto& rule = rule_called(expected.name);
    CHECK((rule.regime == expected.regime && rule.kernel == expected.kernel && rule.deepest == expected.deepest));
    for (const std::string_view option : {"normalise", "jump_length", "jump_ahead", "min_slope", "surrogate_width",
                                          "sparsity", "wake", "jump", "slope"}) {
      CAPTURE(option);
      CHECK(reads(rule, option) == (std::ranges::find(expected.options, option) != expected.options.end()));
    }
  }
}

namespace {

template <class Change>
std::string refused_options(const Change& change) {
  rule_options o;
  change(o);
  return refusal([&] { check(o); });
}

}  // namespace

TEST_CASE("rule options: the ends of each range are accepted, values beyond are refused with name and value") {
  using o = rule_options;
  constexpr double tiny = 1e-300;
  CHECK(refused_options([](o& r) { r.jump_length = tiny; }).empty());
  CHECK(refused_options([](o& r) { r.jump_length = 0; }) == "jump_length = 0, allowed: above 0, up to 2^32");
  CHECK(refused_options([](o& r) { r.jump_length = 0x1p32; }).empty());
  CHECK(refused_options([](o& r) { r.jump_length = 0x1p33; }).starts_with("jump_length = 8589934592, allowed"));
  CHECK(refused_options([](o& r) { r.jump_ahead = 256; }).empty());
  CHECK(refused_options([](o& r) { r.jump_ahead = 257; }) == "jump_ahead = 257, allowed: 0 to jump_length = 256");
  CHECK(refused_options([](o& r) { r.jump_ahead = -tiny; }).starts_with("jump_ahead = -1e-300, allowed"));
  CHECK(refused_options([](o& r) { r.surrogate_width = 0; }).empty());
  CHECK(refused_options([](o& r) { r.surrogate_width = -tiny; }).starts_with("surrogate_width = -1e-300, allowed"));
  CHECK(refused_options([](o& r) { r.surrogate_width = never; }).starts_with("surrogate_width = inf, allowed"));
  CHECK(refused_options([](o& r) { r.min_slope = 0; }).empty());
  CHECK(refused_options([](o& r) { r.min_slope = -tiny; }).starts_with("min_slope = -1e-300, allowed"));
  CHECK(refused_options([](o& r) { r.min_slope = never; }).starts_with("min_slope = inf, allowed"));
  CHECK(refused_options([](o& r) { r.sparsity = 0; }).empty());
  CHECK(refused_options([](o& r) { r.sparsity = -tiny; }).starts_with("sparsity = -1e-300, allowed"));
  CHECK(refused_options([](o& r) { r.sparsity = never; }).starts_with("sparsity = inf, allowed"));
  CHECK(refused_options([](o& r) { r.sparsity = std::nan(""); }).starts_with("sparsity = nan, allowed"));
}
