// Regimes: hand-computed times, and outputs of networks, compared with networks without spikes.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/tests/models/plain.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

using shape = weight_distribution::shape;

// A chain of `layers` layers; layer k has k + 1 neurons and range k + 1.
chain_plan plan_of_layers(std::size_t layers, double delay) {
  chain_plan plan{64, delay, 500, {}};
  for (std::size_t k = 0; k < layers; ++k) {
    const auto size = static_cast<std::uint32_t>(k + 1);
    plan.layers.push_back({"layer" + std::to_string(k), size, {}, 7, static_cast<double>(size), 0.25, 0.5});
  }
  return plan;
}

struct placed {
  double t_fire, threshold_slope, t_close, v_th;
  friend bool operator==(const placed&, const placed&) = default;
};

std::vector<placed> placed_by(const std::string& regime, const chain_plan& plan) {
  std::vector<placed> found;
  for (const auto& l : regime_called(regime).place(plan)) {
    found.push_back({l.t_fire, l.threshold_slope, l.t_close, l.v_th});
  }
  return found;
}

std::vector<double> bias_times(const std::string& regime, const chain_plan& plan) {
  std::vector<double> found;
  for (const auto& l : regime_called(regime).place(plan)) found.push_back(l.bias ? l.bias->at : never);
  return found;
}

double run_length_of(const std::string& regime, const chain_plan& plan) {
  return run_length(regime_called(regime), plan);
}

}  // namespace

TEST_CASE("relu: each layer integrates for a window and fires in the next, by a threshold that falls from range t_in") {
  CHECK(placed_by("relu", plan_of_layers(1, 0)) == std::vector<placed>{{64, 1, 128, 64}});
  CHECK(placed_by("relu", plan_of_layers(2, 0)) == std::vector<placed>{{64, 1, 128, 64}, {128, 2, 192, 128}});
  CHECK(placed_by("relu", plan_of_layers(3, 0)) ==
        std::vector<placed>{{64, 1, 128, 64}, {128, 2, 192, 128}, {192, 3, 256, 192}});
  CHECK(placed_by("relu", plan_of_layers(3, 1.5)) ==
        std::vector<placed>{{65.5, 1, 129.5, 64}, {131, 2, 195, 128}, {196.5, 3, 260.5, 192}});
}

TEST_CASE("relu: a bias neuron fires as its layer begins to integrate, and a run ends with the last window") {
  CHECK(bias_times("relu", plan_of_layers(3, 0)) == std::vector<double>{0, 64, 128});
  CHECK(bias_times("relu", plan_of_layers(3, 1.5)) == std::vector<double>{1.5, 67, 132.5});
  CHECK(run_length_of("relu", plan_of_layers(1, 0)) == 128);
  CHECK(run_length_of("relu", plan_of_layers(2, 2)) == 196);
  CHECK(run_length_of("relu", plan_of_layers(3, 1.5)) == 260.5);
}

TEST_CASE("binary: hidden layers are sampled at half of the code, one delay after the other; the last one falls") {
  CHECK(placed_by("binary", plan_of_layers(1, 0)) == std::vector<placed>{{32, 1 / 64., 96, 1}});
  CHECK(placed_by("binary", plan_of_layers(2, 0)) == std::vector<placed>{{32, 0, never, 1}, {32, 2 / 64., 96, 2}});
  CHECK(placed_by("binary", plan_of_layers(3, 2)) ==
        std::vector<placed>{{34, 0, never, 1}, {36, 0, never, 1}, {38, 3 / 64., 102, 3}});
}

TEST_CASE("binary: a bias neuron fires as its layer is sampled, and the mean of hidden biases is v_th more") {
  CHECK(bias_times("binary", plan_of_layers(3, 2)) == std::vector<double>{34, 36, 38});
  CHECK(run_length_of("binary", plan_of_layers(1, 0)) == 96);
  CHECK(run_length_of("binary", plan_of_layers(2, 0)) == 96);
  CHECK(run_length_of("binary", plan_of_layers(3, 2)) == 102);
  const auto layers = regime_called("binary").place(plan_of_layers(2, 0));
  CHECK(layers[0].bias->init.a == 1.25);
  CHECK(layers[1].bias->init.a == 0.25);
  CHECK(layers[0].bias->init.b == 0.5);
}

TEST_CASE("free: thresholds as given, no fire phase, no bias neuron, a run of t_max") {
  CHECK(placed_by("free", plan_of_layers(2, 1)) == std::vector<placed>{{never, 0, never, 7}, {never, 0, never, 7}});
  CHECK(bias_times("free", plan_of_layers(2, 1)) == std::vector<double>{never, never});
  CHECK(run_length_of("free", plan_of_layers(2, 1)) == 500);
}

TEST_CASE("regimes: every projection has the plan's delay, but those of bias neurons have none") {
  for (const auto& r : all_regimes()) {
    const auto net =
        make_chain<double>("input", 2, r.kernel.value_or(synapse_kernel::step), r, plan_of_layers(3, 1.5), 1);
    for (std::size_t i = 0; i < net.projection_count(); ++i) {
      const bool is_bias = net.populations()[net.pre(i)].kind == population_kind::bias;
      CHECK(net.describe(i).delay == (is_bias ? 0 : 1.5));
    }
    CHECK(layers_of(net).size() == 3);
    for (const auto& l : layers_of(net)) CHECK(l.bias.has_value() == (r.name != "free"));
  }
}

TEST_CASE("regimes: a kernel that does not fit the regime is refused") {
  const auto refused = [](const char* regime, synapse_kernel kernel) {
    return refusal([&] { make_chain<float>("input", 2, kernel, regime_called(regime), plan_of_layers(2, 0), 1); });
  };
  CHECK(refused("relu", synapse_kernel::step) == "regime = relu, allowed with kernel ramp only");
  CHECK(refused("binary", synapse_kernel::ramp) == "regime = binary, allowed with kernel step only");
  CHECK(refused("relu", synapse_kernel::ramp).empty());
  CHECK(refused("binary", synapse_kernel::step).empty());
  CHECK(refused("free", synapse_kernel::ramp).empty());
  CHECK(refused("free", synapse_kernel::step).empty());
}

TEST_CASE("parts: unknown names are refused with a list of the known names") {
  CHECK(refusal([] { regime_called("gates"); }) == "regime = gates, allowed: free, relu, binary");
  CHECK(refusal([] { rule_called(""); }) == "rule = , allowed: s4nn, soft_step, exact_ramp, relu, straight_through");
  CHECK(refusal([] { loss_called("mse"); }).starts_with("loss = mse, allowed: s4nn, aggressive, xent"));
}

namespace {

template <class Part>
void check_table(std::span<const Part> all, const Part& (*called)(std::string_view)) {
  std::set<std::string_view> names;
  for (const auto& part : all) {
    CHECK_FALSE(part.name.empty());
    CHECK_FALSE(part.summary.empty());
    CHECK(part.summary.find('\n') == std::string_view::npos);
    CHECK(names.insert(part.name).second);
    CHECK(&called(part.name) == &part);
  }
}

}  // namespace

TEST_CASE("parts: each has its own name, one line of summary, and is found by its name") {
  check_table(all_regimes(), regime_called);
  check_table(all_rules(), rule_called);
  check_table(all_losses(), loss_called);
  check_table(all_constraints(), constraint_called);
}

TEST_CASE("parts: each regime has a rule for each of its kernels") {
  for (const auto& r : all_regimes()) {
    for (const auto kernel : {synapse_kernel::step, synapse_kernel::ramp}) {
      if (r.kernel && *r.kernel != kernel) continue;
      CHECK(std::ranges::any_of(all_rules(),
                                [&](const auto& rule) { return rule.regime == r.name && rule.kernel == kernel; }));
    }
  }
}

namespace {

struct relu_case {
  network<double> net;
  plain::network plain_net;
  std::vector<double> ranges;
  chain_plan plan;
};

// Weights about large enough for all of silence, window and saturation to be common in every layer.
relu_case random_relu(std::uint64_t seed, std::size_t hidden) {
  random_stream stream(seed, draw::tests, hidden);
  relu_case c;
  c.plan = {stream.below(2) == 0 ? 64. : 100., stream.below(3) * 0.75, 0, {}};
  std::uint32_t inputs = 12, pre = inputs;
  for (std::size_t k = 0; k <= hidden; ++k) {
    const std::uint32_t size = k == hidden ? 4 : 5 + stream.below(12);
    const double range = 0.5 + 1.5 * stream.uniform();
    c.ranges.push_back(range);
    c.plan.layers.push_back({"layer" + std::to_string(k),
                             size,
                             {shape::normal, 0.5 / pre, 1.5 * range / std::sqrt(pre)},
                             1,
                             range,
                             0.3 * range,
                             0.2});
    pre = size;
  }
  c.net = make_chain<double>("input", inputs, synapse_kernel::ramp, regime_called("relu"), c.plan, seed);
  c.plain_net = plain::of(c.net, c.ranges);
  return c;
}

}  // namespace

TEST_CASE("relu: networks of 1 to 5 hidden layers compute the function of clipped ReLU networks, zero is silence") {
  std::size_t silent = 0, saturated = 0, between = 0;
  double worst = 0;
  for (std::size_t hidden = 1; hidden <= 5; ++hidden) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const auto c = random_relu(seed, hidden);
      random_stream stream(seed, draw::tests, hidden, 1);
      std::vector<double> times, inputs;
      for (std::size_t i = 0; i < 12; ++i) {
        times.push_back(stream.below(4) == 0 ? never : stream.uniform() * c.plan.t_in);
        inputs.push_back(times[i] == never ? 0 : 1 - times[i] / c.plan.t_in);
      }
      const auto expected = plain::run(c.plain_net, inputs);
      const auto engine = hidden % 2 == 0 ? scheduler::heap : scheduler::sweep;
      const auto record = simulate(c.net, times, {run_length(regime_called("relu"), c.plan), engine, 1, false});
      for (std::size_t l = 0; l < c.ranges.size(); ++l) {
        const double t_fire = static_cast<double>(l + 1) * (c.plan.t_in + c.plan.delay);
        for (std::size_t j = 0; j < expected.y[l + 1].size(); ++j) {
          const double t = record.times[c.net.first_id(2 * l + 2) + j], y = expected.y[l + 1][j];
          CHECK((t == never) == (y == 0));
          CHECK((t == t_fire) == (y == 1));
          silent += y == 0;
          saturated += y == 1;
          between += y > 0 && y < 1;
          if (t != never) worst = std::max(worst, std::abs(1 - (t - t_fire) / c.plan.t_in - y));
        }
      }
    }
  }
  fmt::print("relu: {} silent, {} saturated, {} between, worst error {:.1e} of the range\n", silent, saturated, between,
             worst);
  CHECK(worst < 1e-11);
  CHECK(silent > 300);
  CHECK(saturated > 300);
  CHECK(between > 1000);
}

TEST_CASE("binary: networks of 1 to 4 hidden layers compute the function of 0/1 threshold networks") {
  std::size_t fired = 0, not_fired = 0, saturated = 0, silent = 0, between = 0;
  for (std::size_t hidden = 1; hidden <= 4; ++hidden) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      random_stream stream(seed, draw::tests, hidden);
      chain_plan plan{32, seed % 3 * 1.0, 0, {}};
      for (std::size_t k = 0; k <= hidden; ++k) {
        plan.layers.push_back({"layer" + std::to_string(k),
                               k == hidden ? 6u : 15u,
                               {shape::normal, 0, 0.5},
                               1,
                               2.5,
                               k == hidden ? 1. : 0.,
                               0.3});
      }
      const auto net = make_chain<double>("input", 20, synapse_kernel::step, regime_called("binary"), plan, seed);
      std::vector<double> times, heard;
      for (std::size_t i = 0; i < 20; ++i) {
        times.push_back(stream.below(5) == 0 ? never : stream.below(32));
        if (i == 0) times[0] = 16;  // at the very end of the half counts
        if (i == 1) times[1] = 17;
        heard.push_back(times[i] <= 16 ? 1 : 0);
      }
      const auto record = simulate(net, times, {run_length(regime_called("binary"), plan), scheduler::heap, 1, false});
      for (std::size_t l = 0; l <= hidden; ++l) {
        const double t_fire = 16 + static_cast<double>(l + 1) * plan.delay;
        const auto b = net.weights(2 * l + 1), w = net.weights(2 * l);
        std::vector<double> v(b.begin(), b.end()), y;
        for (std::size_t k = 0; k < w.size(); ++k) v[k % b.size()] += heard[k / b.size()] * w[k];
        for (std::size_t j = 0; j < v.size(); ++j) {
          const double t = record.times[net.first_id(2 * l + 2) + j];
          if (l < hidden) {
            y.push_back(v[j] > 1 ? 1 : 0);
            CHECK(t == (v[j] > 1 ? t_fire : never));
            (v[j] > 1 ? fired : not_fired) += 1;
          } else if (v[j] <= 0) {
            CHECK(t == never);
            ++silent;
          } else {
            CHECK(t == doctest::Approx(t_fire + 32 * std::max(0.0, 1 - v[j] / 2.5)).epsilon(1e-12));
            (v[j] >= 2.5 ? saturated : between) += 1;
          }
        }
        heard = y;
      }
    }
  }
  CHECK(fired > 1000);
  CHECK(not_fired > 1000);
  CHECK(saturated > 20);
  CHECK(silent > 50);
  CHECK(between > 100);
}

TEST_CASE("initial weights: scaled by fan-in, means in proportion, deviations and ends by the root") {
  const auto uniform = scaled_to({shape::uniform, -1, 5, 784}, 196);
  CHECK((uniform.a == -2 && uniform.b == 10 && uniform.fan_in == 0 && uniform.form == shape::uniform));
  const auto normal = scaled_to({shape::normal, 0.5, 2, 784}, 196);
  CHECK((normal.a == 2 && normal.b == 4 && normal.fan_in == 0 && normal.form == shape::normal));
  const auto more = scaled_to({shape::normal, 0.5, 2, 100}, 400);
  CHECK((more.a == 0.125 && more.b == 1));
  const auto as_it_is = scaled_to({shape::uniform, 1, 3, 0}, 7);
  CHECK((as_it_is.a == 1 && as_it_is.b == 3));
}

namespace {

// Within five deviations of the mean and of the deviation that the distribution has.
void check_drawn(std::span<const double> w, double mean, double deviation) {
  const auto n = static_cast<double>(w.size());
  double sum = 0, squares = 0;
  for (const double x : w) sum += x;
  for (const double x : w) squares += (x - sum / n) * (x - sum / n);
  CHECK(std::abs(sum / n - mean) <= 5 * deviation / std::sqrt(n));
  CHECK(std::abs(std::sqrt(squares / n) - deviation) <= 5 * deviation / std::sqrt(2 * n));
}

}  // namespace

TEST_CASE("initial weights: every layer has the mean and deviation of its distribution, biases theirs") {
  chain_plan plan{64, 0, 500, {}};
  plan.layers = {{"a", 300, {shape::normal, 0.6, 2, 784}, 1, 1, 0.5, 0.25},
                 {"b", 200, {shape::uniform, -2, 6, 1200}, 1, 2, -0.5, 0.125},
                 {"c", 250, {shape::normal, -1, 0.5, 0}, 1, 4, 2, 0}};
  const auto net = make_chain<double>("input", 196, synapse_kernel::ramp, regime_called("relu"), plan, 3);
  const auto layers = layers_of(net);
  check_drawn(net.weights(layers[0].weights), 2.4, 4);
  check_drawn(net.weights(*layers[0].bias), 0.5, 0.25);
  check_drawn(net.weights(layers[1].weights), 4, 16 / std::sqrt(12.));  // uniform from -4 to 12
  check_drawn(net.weights(*layers[1].bias), -0.5, 0.125);
  check_drawn(net.weights(layers[2].weights), -1, 0.5);
  for (const double b : net.weights(*layers[2].bias)) CHECK(b == 2);
  for (const double w : net.weights(layers[1].weights)) CHECK((w >= -4 && w < 12));
}

TEST_CASE("initial weights: another seed or another layer draws others, the same seed the same") {
  chain_plan plan{64, 0, 500, {}};
  plan.layers = {{"a", 9, {shape::normal, 0, 1}}, {"b", 9, {shape::normal, 0, 1}}};
  const auto drawn = [&](std::uint64_t seed) {
    return make_chain<double>("input", 9, synapse_kernel::ramp, regime_called("free"), plan, seed);
  };
  CHECK(all_weights(drawn(1)) == all_weights(drawn(1)));
  CHECK(all_weights(drawn(1)) != all_weights(drawn(2)));
  CHECK(all_weights(drawn(1)) != all_weights(drawn(1 + (std::uint64_t{1} << 32))));
  const auto net = drawn(1);
  CHECK_FALSE(std::ranges::equal(net.weights(0), net.weights(1)));
}
