// Optimizers, learning-rate schedules, sums of gradients: by hand.
#include "firstspike/models/learner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "firstspike/data/random.hpp"
#include "firstspike/models/block_sums.hpp"
#include "firstspike/tests/allocations.hpp"
#include "firstspike/tests/models/plain.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

network<double> one_to_two() {
  return {{{"in", population_kind::source, 1, {}}, {"out", population_kind::neurons, 2, {1, 1}}},
          {{0, 1, synapse_kernel::step, false, 0, {1, -2}, {}}}};
}

learner_options binary_learning() {
  learner_options o;
  o.rule = "straight_through";
  return o;
}

// 3 - 2 - 1 with bias neurons.
network<double> small_chain() {
  std::vector<layer_description> layers{{"hidden", 2, 1, 1, {}, bias_description{2, {}}, 2, 0, never},
                                        {"output", 1, 4, 1, {}, bias_description{3, {}}, 3, 0.5, 11}};
  return make_layered<double>("input", 3, synapse_kernel::step, layers, 1);
}

}  // namespace

TEST_CASE("sgd: w -= lr g, then w -= lr lambda w") {
  auto net = one_to_two();
  gradients<double> g(net);
  g.row(0, 0)[0] = 4;
  const optimizer_options options{update_rule::sgd, 0.5, 0.25};
  auto state = make_optimizer(net, options);
  update(net, state, g, 0.125, options, 1);
  CHECK(net.weights(0)[0] == 0.75 - 0.125 * 0.75);  // 1 - 0.5 * 0.125 * 4
  CHECK(net.weights(0)[1] == -2 + 0.125 * 2);       // decay alone
}

TEST_CASE("adam: the first step is lr in the direction of the gradient's sign") {
  auto net = one_to_two();
  gradients<double> g(net);
  g.row(0, 0)[0] = 1e-3;
  g.row(0, 0)[1] = -40;
  const optimizer_options options{update_rule::adam, 0.1, 0};
  auto state = make_optimizer(net, options);
  update(net, state, g, 1, options, 1);
  CHECK(net.weights(0)[0] == doctest::Approx(1 - 0.1).epsilon(1e-5));  // epsilon / |g| is 1e-5 here
  CHECK(net.weights(0)[1] == doctest::Approx(-2 + 0.1).epsilon(1e-9));
}

TEST_CASE("adam: moments and bias correction over several steps, computed by hand") {
  auto net = one_to_two();
  const optimizer_options options{update_rule::adam, 0.1, 0, 0.5, 0.75, 0.25};
  auto state = make_optimizer(net, options);
  gradients<double> g(net);
  g.row(0, 0)[0] = 4;
  update(net, state, g, 0.5, options, 1);
  // Gradient 2: m = 1, v = 1; corrected 2 and 4.
  CHECK(state.m[0][0] == 1);
  CHECK(state.v[0][0] == 1);
  double w = 1 - 0.1 * 2 / (2 + 0.25);
  CHECK(net.weights(0)[0] == doctest::Approx(w).epsilon(1e-14));
  g.row(0, 0)[0] = -2;
  update(net, state, g, 0.5, options, 1);
  // Gradient -1: m = 0.5 - 0.5 = 0, v = 0.75 + 0.25 = 1.
  CHECK(state.m[0][0] == 0);
  CHECK(state.v[0][0] == 1);
  CHECK(net.weights(0)[0] == doctest::Approx(w).epsilon(1e-14));
  g.row(0, 0)[0] = 8;
  update(net, state, g, 0.5, options, 1);
  // Gradient 4: m = 2, v = 0.75 + 4; corrected by 1 - 1/8 and 1 - 27/64.
  w -= 0.1 * (2 / (7. / 8)) / (std::sqrt(4.75 / (37. / 64)) + 0.25);
  CHECK(net.weights(0)[0] == doctest::Approx(w).epsilon(1e-14));
  CHECK(net.weights(0)[1] == -2);  // no gradient, no decay
  CHECK(state.beta1_power == 0.125);
  CHECK(state.beta2_power == 27. / 64);
}

TEST_CASE("adam: decay is lr lambda w after the step, and moments of no use are 0") {
  auto net = one_to_two();
  const optimizer_options options{update_rule::adam, 0.1, 0.5};
  auto state = make_optimizer(net, options);
  state.m[0][1] = 1e-308;
  state.v[0][1] = 1e-308;
  update(net, state, gradients<double>(net), 1, options, 1);
  CHECK(net.weights(0)[0] == 1 - 0.05);
  CHECK(state.m[0][1] == 0);  // 0.9e-308 is no normal number
  CHECK(state.v[0][1] == 0);
}

TEST_CASE("adam: weights far apart in one projection are all updated, on any number of threads") {
  network<double> net(
      {{"in", population_kind::source, 200, {}}, {"out", population_kind::neurons, 200, std::vector<double>(200, 1)}},
      {{0, 1, synapse_kernel::step, false, 0, std::vector<double>(40000, 1), {}}});
  gradients<double> g(net);
  for (std::size_t i = 0; i < 200; ++i) std::ranges::fill(g.row(0, i), 1 + static_cast<double>(i));
  const optimizer_options options{update_rule::adam, 0.25, 0.5, 0.9, 0.999, 1e-300};
  for (const unsigned threads : {1u, 2u, 4u}) {
    auto copy = net;
    auto state = make_optimizer(copy, options);
    update(copy, state, g, 1, options, threads);
    for (const double w : copy.weights(0)) REQUIRE(w == doctest::Approx(0.75 - 0.125 * 0.75).epsilon(1e-12));
  }
}

namespace {

// Steps along random gradients of a network of 60,000 weights, some rows of which no spike has reached, and the same
// weight by weight, in Real. Returns the largest difference, of weights about 1.
template <class Real>
double worst_of_updates(const optimizer_options& options, unsigned threads, std::optional<std::uint32_t> fixed) {
  std::vector<layer_description> layers{{"hidden", 250, 1, 1, {}, bias_description{2, {}}}, {"output", 10, 4, 1, {}}};
  auto net = make_layered<Real>("input", 230, synapse_kernel::step, layers, 1);
  random_stream stream(4, draw::tests);
  for (std::size_t p = 0; p < 3; ++p) {
    for (auto& w : net.weights(p)) w = static_cast<Real>(stream.normal());
  }
  auto state = make_optimizer(net, options);
  if (fixed) state.fixed = {*fixed};
  auto expected = all_weights(net);
  std::vector<double> m(expected.size()), v(expected.size());
  double worst = 0;
  for (int step = 1; step <= 3; ++step) {
    gradients<Real> g(net);
    for (std::size_t p = 0; p < 3; ++p) {
      for (std::size_t pre = 0; pre < g.reached[p].size(); ++pre) {
        if (stream.below(4) == 0) continue;
        for (auto& d : g.row(p, pre)) d = static_cast<Real>(10 * stream.normal());
      }
    }
    update(net, state, g, 0.125, options, threads);
    std::size_t k = 0;
    for (std::size_t p = 0; p < 3; ++p) {
      for (const auto d : g.dw[p]) {
        const double gradient = 0.125 * d;
        m[k] = options.beta1 * m[k] + (1 - options.beta1) * gradient;
        v[k] = options.beta2 * v[k] + (1 - options.beta2) * gradient * gradient;
        const double mean = m[k] / (1 - std::pow(options.beta1, step));
        const double root = std::sqrt(v[k] / (1 - std::pow(options.beta2, step)));
        const double along = options.rule == update_rule::sgd ? gradient : mean / (root + options.epsilon);
        if (fixed != p) {
          double w = expected[k] - options.lr * along;
          w -= options.lr * options.weight_decay * w;
          expected[k] = static_cast<Real>(w);
        }
        ++k;
      }
    }
    const auto found = all_weights(net);
    for (std::size_t i = 0; i < found.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i])));
    }
    expected = found;
  }
  return worst;
}

}  // namespace

TEST_CASE("optimizers: each weight of every projection takes the step of its own gradient, on any number of threads") {
  for (const auto rule : {update_rule::sgd, update_rule::adam}) {
    for (const double decay : {0., 0.25}) {
      const optimizer_options options{rule, 0.05, decay, 0.6, 0.8, 0.125};
      for (const unsigned threads : {1u, 3u}) {
        CHECK(worst_of_updates<double>(options, threads, {}) < 1e-12);
        CHECK(worst_of_updates<float>(options, threads, {}) < 1e-5);
      }
      for (const std::uint32_t fixed : {0u, 1u, 2u}) CHECK(worst_of_updates<double>(options, 2, fixed) < 1e-12);
    }
  }
}

TEST_CASE("schedule: the learning rate is constant, or falls linearly or quadratically to 0") {
  CHECK(learning_rate_factor(rate_schedule::constant, 100, 8) == 1);
  CHECK(learning_rate_factor(rate_schedule::linear, 0, 8) == 1);
  CHECK(learning_rate_factor(rate_schedule::linear, 2, 8) == 0.75);
  CHECK(learning_rate_factor(rate_schedule::linear, 8, 8) == 0);
  CHECK(learning_rate_factor(rate_schedule::linear, 9, 8) == 0);
  CHECK(learning_rate_factor(rate_schedule::square, 0, 8) == 1);
  CHECK(learning_rate_factor(rate_schedule::square, 2, 8) == 0.5625);
  CHECK(learning_rate_factor(rate_schedule::square, 9, 8) == 0);
}

TEST_CASE("learner: a step uses the mean gradient over samples, at the rate of the schedule") {
  auto options = binary_learning();
  options.optimizer = {update_rule::sgd, 0.5, 0};
  options.schedule = rate_schedule::linear;
  options.schedule_steps = 4;
  auto l = make_learner(options, small_chain(), 20);
  const double was = l.net.weights(0)[3];
  l.gradient.row(0, 1)[1] = 6;
  apply_gradients(l, 1, 3, 1);
  CHECK(l.net.weights(0)[3] == was - 0.5 * 0.75 * 2);
  CHECK(l.options.optimizer.lr == 0.5);
}

TEST_CASE(
    "constraints: zero_sum subtracts from each weight the mean over the inputs to its neuron, none subtracts nothing") {
  const std::vector<double> free{1, 10, 2, 20, 6, 0}, constrained{-2, 0, -1, 10, 3, -10};  // means 3 and 10
  auto f64 = free;
  std::vector<float> f32(free.begin(), free.end());
  std::get<1>(constraint_called("none").project)(f64, 2);
  std::get<0>(constraint_called("none").project)(f32, 2);
  CHECK(f64 == free);
  CHECK(std::ranges::equal(f32, free));
  std::get<1>(constraint_called("zero_sum").project)(f64, 2);
  std::get<0>(constraint_called("zero_sum").project)(f32, 2);
  CHECK(f64 == constrained);
  CHECK(std::ranges::equal(f32, constrained));
}

TEST_CASE("learner: a constraint applies to gradients of the first inputs, and to no other weights") {
  auto options = binary_learning();
  options.optimizer = {update_rule::sgd, 0.5, 0};
  options.constraint = "zero_sum";
  options.constrained_inputs = 2;
  auto l = make_learner(options, small_chain(), 1);
  std::ranges::copy(std::vector<double>{1, -2, -1, 2, 7, 8}, l.net.weights(0).begin());
  std::ranges::copy(std::vector<double>{3, 4}, l.net.weights(1).begin());
  l.gradient.row(0, 0)[0] = 6;  // less the mean: 3, and -3 for the second input, which no spike has reached
  l.gradient.row(0, 2)[0] = l.gradient.row(0, 2)[1] = 5;
  l.gradient.row(1, 0)[1] = 2;
  apply_gradients(l, 0, 1, 1);
  CHECK(std::ranges::equal(l.net.weights(0), std::vector<double>{1 - 1.5, -2, -1 + 1.5, 2, 7 - 2.5, 8 - 2.5}));
  CHECK(std::ranges::equal(l.net.weights(1), std::vector<double>{3, 4 - 1}));
}

TEST_CASE("learner: weights meet the constraint after a step of Adam, which would leave it") {
  auto options = binary_learning();
  options.optimizer = {update_rule::adam, 0.75, 0, 0, 0, 1e-300};
  options.constraint = "zero_sum";
  options.constrained_inputs = 3;
  auto l = make_learner(options, small_chain(), 1);
  std::ranges::copy(std::vector<double>{1, 4, 1, 0, -2, -4}, l.net.weights(0).begin());
  l.gradient.row(0, 0)[0] = 3;  // less the mean: 2, -1, -1
  apply_gradients(l, 0, 1, 1);
  // Adam: -0.75, 0.75, 0.75, whose mean is 0.25.
  CHECK(std::ranges::equal(l.net.weights(0), std::vector<double>{1 - 1, 4, 1 + 0.5, 0, -2 + 0.5, -4}));
}

TEST_CASE("learner: without train_biases the weights of bias neurons stay, all others learn") {
  for (const auto rule : {update_rule::sgd, update_rule::adam}) {
    for (const bool train_biases : {true, false}) {
      auto options = binary_learning();
      options.train_biases = train_biases;
      options.optimizer = {rule, 0.125, 0.5};
      auto l = make_learner(options, small_chain(), 1);
      for (std::size_t i = 0; i < 4; ++i) std::ranges::fill(l.net.weights(i), 1.0);
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t pre = 0; pre < l.gradient.reached[i].size(); ++pre)
          std::ranges::fill(l.gradient.row(i, pre), 2.0);
      }
      apply_gradients(l, 0, 1, 1);
      for (std::size_t i = 0; i < 4; ++i) {
        const bool is_bias = l.net.populations()[l.net.pre(i)].kind == population_kind::bias;
        for (const double w : l.net.weights(i)) CHECK((w != 1) == (train_biases || !is_bias));
      }
    }
  }
}

TEST_CASE("learner: outputs are the last layer's times") {
  const auto l = make_learner(binary_learning(), small_chain(), 1);
  const std::vector<double> times{0, 1, 2, 3, 4, 5, 6, 7};  // three sources, bias, two hidden, bias, output
  CHECK(l.outputs(times).size() == 1);
  CHECK(l.outputs(times)[0] == 7);
}

TEST_CASE("compute_gradients: each sample once, nothing of the call before, the same for any number of threads") {
  const auto net = small_chain();
  auto options = binary_learning();
  options.backward.surrogate_width = 10;
  random_stream stream(5, draw::tests);
  for (const std::size_t samples : {1u, 7u, 8u, 9u, 20u, 40u}) {
    spike_record record{samples, net.neuron_count(), std::vector<double>(samples * net.neuron_count()), {}};
    for (auto& t : record.times) t = stream.below(3) == 0 ? never : stream.below(3);
    std::vector<double> dl_dt(samples);
    for (auto& d : dl_dt) d = stream.normal();
    gradients<double> expected(net);
    for (std::size_t s = 0; s < samples; ++s) {
      backprop<double>(rule_called(options.rule), net, layers_of(net), record.times_of(s),
                       std::span(dl_dt).subspan(s, 1), options.backward, &expected);
    }
    std::vector<std::vector<double>> first;
    for (const unsigned threads : {1u, 2u, 4u}) {
      auto l = make_learner(options, net, 40);
      for (int call = 0; call < 2; ++call) {
        const double sign = call == 0 ? -3 : 1;
        compute_gradients(l, record, threads, [&](std::size_t begin, std::size_t end) {
          CHECK((begin % gradient_block == 0 && end - begin <= gradient_block));
          for (auto s = begin; s < end; ++s) l.set_output_dl_dt(s, std::vector<double>{sign * dl_dt[s]});
        });
      }
      for (std::size_t i = 0; i < 4; ++i) {
        CHECK(plain::largest_difference(l.gradient.dw[i], expected.dw[i]) < 1e-12);
        CHECK(l.gradient.reached[i] == expected.reached[i]);
      }
      if (first.empty()) first = l.gradient.dw;
      CHECK(l.gradient.dw == first);
    }
  }
}

TEST_CASE("a training step allocates no memory for samples, neurons or weights") {
  const auto allocations_of = [](std::size_t samples, std::uint32_t inputs, update_rule rule) {
    std::vector<layer_description> layers{{"hidden", 30, 1, 1, {}, bias_description{2, {}}, 2, 0, never},
                                          {"output", 20, 4, 1, {}, bias_description{3, {}}, 3, 0.5, 11}};
    const auto net = make_layered<double>("input", inputs, synapse_kernel::step, layers, 1);
    auto options = binary_learning();
    options.backward.surrogate_width = 10;
    options.optimizer.rule = rule;
    auto l = make_learner(options, net, samples);
    const spike_record record{samples, net.neuron_count(), std::vector<double>(samples * net.neuron_count()), {}};
    const std::vector<double> dl_dt(20, 0.5);
    const auto before = allocations();
    compute_gradients(l, record, 1, [&](std::size_t first, std::size_t end) {
      for (auto sample = first; sample < end; ++sample) l.set_output_dl_dt(sample, dl_dt);
    });
    apply_gradients(l, 0, samples, 1);
    return allocations() - before;
  };
  for (const auto rule : {update_rule::sgd, update_rule::adam}) {
    const auto few = allocations_of(1, 3, rule);
    CHECK(few < 30);
    CHECK(allocations_of(40, 3000, rule) == few);
  }
}

namespace {

// By the definition: each round adds neighbours.
std::vector<double> by_tree(std::vector<std::vector<double>> blocks) {
  for (std::size_t stride = 1; stride < blocks.size(); stride *= 2) {
    for (std::size_t b = 0; b + stride < blocks.size(); b += 2 * stride) {
      for (std::size_t j = 0; j < blocks[b].size(); ++j) blocks[b][j] += blocks[b + stride][j];
    }
  }
  return blocks[0];
}

}  // namespace

TEST_CASE("gradient blocks: they are added by a tree, and blocks that have not reached the row change nothing") {
  random_stream stream(6, draw::tests);
  for (const std::size_t length : {1u, 10u, 1023u, 1025u, 2100u}) {
    for (std::size_t count = 1; count <= 21; ++count) {
      std::vector<std::vector<double>> blocks(count, std::vector<double>(length));
      std::vector<bool> reached(count);
      for (std::size_t b = 0; b < count; ++b) {
        reached[b] = stream.below(3) > 0;
        for (auto& x : blocks[b]) x = reached[b] ? stream.normal() : 0;
      }
      std::vector<double> sum(length, 7);
      const bool any = sum_blocks(std::span(sum), count, [&](std::size_t b, std::size_t first, auto part, bool add) {
        if (!reached[b]) return false;
        for (std::size_t j = 0; j < part.size(); ++j) part[j] = (add ? part[j] : 0) + blocks[b][first + j];
        return true;
      });
      CHECK(any == (std::ranges::count(reached, true) > 0));
      CHECK(sum == (any ? by_tree(blocks) : std::vector<double>(length, 7)));
    }
  }
}

TEST_CASE("gradients: row marks what was reached, clear sets it to 0 and leaves nothing") {
  const auto net = small_chain();
  gradients<double> g(net);
  CHECK(g.reached[0] == std::vector<std::uint8_t>{0, 0, 0});
  CHECK(g.dw[0].size() == 6);
  g.row(0, 2)[1] = 5;
  g.row(1, 0)[0] = 7;
  CHECK(g.dw[0] == std::vector<double>{0, 0, 0, 0, 0, 5});
  CHECK(g.dw[1] == std::vector<double>{7, 0});
  CHECK(g.reached[0] == std::vector<std::uint8_t>{0, 0, 1});
  for (std::size_t i = 0; i < g.dw.size(); ++i) {
    for (std::size_t pre = 0; pre < g.reached[i].size(); ++pre) g.clear(i, pre);
    CHECK(std::ranges::all_of(g.dw[i], [](double d) { return d == 0; }));
    CHECK(std::ranges::all_of(g.reached[i], [](int r) { return r == 0; }));
  }
  const auto& read = g;
  CHECK(read.row(0, 1).size() == 2);
  CHECK(g.reached[0][1] == 0);  // reading reaches nothing
}

TEST_CASE("gradient hash: sign, value and place change the hash, except that -0 is 0") {
  const auto net = one_to_two();
  const auto hash_of = [&net](double a, double b) {
    gradients<double> g(net);
    g.row(0, 0)[0] = a;
    g.row(0, 0)[1] = b;
    return gradient_hash(g);
  };
  const auto hash = hash_of(1.5, 2.25);
  for (const auto& other :
       {hash_of(-1.5, -2.25), hash_of(-1.5, 2.25), hash_of(2.25, 1.5), hash_of(1.5, 2.25 + 0x1p-51)}) {
    CHECK(other != hash);
  }
  CHECK(hash_of(0, 1) == hash_of(-0.0, 1));
}

TEST_CASE("gradient hash: it is FNV-1a over the bytes, low to high") {
  network<double> net({{"in", population_kind::source, 1, {}}, {"out", population_kind::neurons, 1, {1}}},
                      {{0, 1, synapse_kernel::step, false, 0, {1}, {}}});
  gradients<double> g(net);
  g.row(0, 0)[0] = 1;  // bytes 0 0 0 0 0 0 f0 3f
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned byte : {0u, 0u, 0u, 0u, 0u, 0u, 0xf0u, 0x3fu}) hash = (hash ^ byte) * 1099511628211u;
  CHECK(std::stoull(gradient_hash(g), nullptr, 16) == hash);
}

namespace {

template <class Change>
std::string refused(const Change& change) {
  learner_options o;
  change(o);
  return refusal([&] { check(o, "free", synapse_kernel::step); });
}

}  // namespace

TEST_CASE("learner options: the ends of each range are accepted, values beyond are refused with name and value") {
  using o = learner_options;
  CHECK(refused([](o&) {}).empty());
  CHECK(refused([](o& l) { l.rule = "relu"; }).starts_with("rule = relu, allowed with regime free and kernel step"));
  CHECK(refused([](o& l) { l.backward.sparsity = -1; }).starts_with("sparsity = -1"));
  CHECK(refused([](o& l) { l.constraint = "sum"; }) == "constraint = sum, allowed: none, zero_sum");
  CHECK(refused([](o& l) { l.schedule_steps = 0; }) == "schedule_steps = 0, allowed: 1 or more");
  CHECK(refused([](o& l) { l.schedule_steps = 1; }).empty());
  CHECK(refused([](o& l) { l.optimizer.lr = 0; }) == "lr = 0, allowed: above 0, finite");
  CHECK(refused([](o& l) { l.optimizer.lr = 1e-300; }).empty());
  CHECK(refused([](o& l) { l.optimizer.lr = never; }).starts_with("lr = inf"));
  CHECK(refused([](o& l) { l.optimizer.weight_decay = 0; }).empty());
  CHECK(refused([](o& l) { l.optimizer.weight_decay = -1e-9; }) == "weight_decay = -1e-09, allowed: 0 to 1 / lr");
  CHECK(refused([](o& l) { l.optimizer.lr = 0.5, l.optimizer.weight_decay = 2; }).starts_with("weight_decay = 2"));
  CHECK(refused([](o& l) { l.optimizer.lr = 0.5, l.optimizer.weight_decay = 1.999; }).empty());
  CHECK(refused([](o& l) { l.optimizer.beta1 = l.optimizer.beta2 = 0; }).empty());
  CHECK(refused([](o& l) { l.optimizer.beta1 = 1; }) == "beta1, beta2 = 1, 0.999, allowed: [0, 1)");
  CHECK(refused([](o& l) { l.optimizer.beta2 = 1; }) == "beta1, beta2 = 0.9, 1, allowed: [0, 1)");
  CHECK(refused([](o& l) { l.optimizer.beta1 = -0.1; }).starts_with("beta1, beta2 = -0.1"));
  CHECK(refused([](o& l) { l.optimizer.beta2 = -0.1; }).starts_with("beta1, beta2 = 0.9, -0.1"));
}

TEST_CASE("hidden layers are numbered where there are several") {
  CHECK(hidden_name(0, 1) == "hidden");
  CHECK(hidden_name(0, 2) == "hidden1");
  CHECK(hidden_name(1, 2) == "hidden2");
}
