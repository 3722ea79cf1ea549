// Training with shared weights: every rule compared with a dense network that has the same synapses, and the relu
// regime with a convolution that is computed without spikes.
#include "firstspike/engine/convolution.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "firstspike/data/random.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/regimes.hpp"
#include "firstspike/models/rules.hpp"
#include "firstspike/tests/models/random_convolutions.hpp"

namespace firstspike {
namespace {

/// The network with dense weights in place of shared ones, and for each of them the shared weight, or none.
struct dense_network {
  network<double> net;
  std::vector<std::vector<std::int64_t>> weight_of;  // [projection][pre][post]; -1: no synapse
};

dense_network dense_of(const network<double>& from) {
  dense_network made;
  std::vector<projection<double>> projections;
  for (std::uint32_t i = 0; i < from.projection_count(); ++i) {
    auto p = from.describe(i);
    auto& weight_of = made.weight_of.emplace_back(p.weights.size());
    for (std::size_t k = 0; k < weight_of.size(); ++k) weight_of[k] = static_cast<std::int64_t>(k);
    if (p.shared) {
      const std::size_t pres = from.populations()[p.pre].size, posts = from.populations()[p.post].size;
      std::vector<double> weights(pres * posts);
      weight_of.assign(pres * posts, -1);
      for (std::uint32_t pre = 0; pre < pres; ++pre) {
        for_each_synapse(from.patch_from(i, pre), [&](std::uint32_t post, std::size_t weight) {
          weights[pre * posts + post] = p.weights[weight] * pooling_factor<double>(*p.shared);
          weight_of[pre * posts + post] = static_cast<std::int64_t>(weight);
        });
      }
      p.weights = std::move(weights);
      p.shared.reset();
    }
    projections.push_back(std::move(p));
  }
  made.net = {{from.populations().begin(), from.populations().end()}, std::move(projections)};
  return made;
}

struct comparison {
  std::size_t weights = 0, not_zero = 0, sources = 0;
  double worst = 0;
};

// The derivatives of the loss are about 0.1, so sums that cancel are below `least`.
void compare_numbers(double a, double b, double scale, comparison& found) {
  constexpr double least = 1e-3;
  found.worst = std::max(found.worst, std::abs(a - b) / std::max(scale, least));
}

void compare_with_dense(const network<double>& net, const std::vector<layer>& layers, const learning_rule& rule,
                        std::span<const double> source_times, const rule_options& options, comparison& found) {
  const auto times = simulate(net, source_times, {options.t_max, scheduler::heap}).times;
  const auto outputs = std::span(times).subspan(net.first_id(layers.back().population));
  const auto dl_dt = loss_called("xent").of(outputs, 1, {options.t_max, 1, 10, 0}).dl_dt;
  gradients<double> g(net);
  const auto to_sources = backprop<double>(rule, net, layers, times, dl_dt, options, &g);

  const auto dense = dense_of(net);
  gradients<double> of_dense(dense.net);
  const auto dense_to_sources = backprop<double>(rule, dense.net, layers, times, dl_dt, options, &of_dense);
  for (const auto& l : layers) {
    const auto& shared = net.describe(l.weights).shared;
    std::vector<double> sums(net.weights(l.weights).size());
    for (std::size_t k = 0; k < dense.weight_of[l.weights].size(); ++k) {
      const auto weight = dense.weight_of[l.weights][k];
      if (weight >= 0) sums[static_cast<std::size_t>(weight)] += of_dense.dw[l.weights][k];
    }
    double largest = 0;
    for (auto& sum : sums) {
      if (shared) sum *= pooling_factor<double>(*shared);
      largest = std::max(largest, std::abs(sum));
    }
    for (std::size_t k = 0; k < sums.size(); ++k) {
      compare_numbers(sums[k], g.dw[l.weights][k], largest, found);
      found.not_zero += sums[k] != 0;
    }
    found.weights += sums.size();
  }
  double largest = 0;
  for (const double d : dense_to_sources) largest = std::max(largest, std::abs(d));
  for (std::size_t i = 0; i < to_sources.size(); ++i) {
    compare_numbers(dense_to_sources[i], to_sources[i], largest, found);
  }
  found.sources += to_sources.size();
}

TEST_CASE("convolution: the gradients of every rule are sums over those of a dense network with the same synapses") {
  for (const auto& rule : all_rules()) {
    CAPTURE(rule.name);
    comparison found;
    for (std::uint64_t number = 0; number < 60; ++number) {
      CAPTURE(number);
      const auto d = draw_network(rule, number);
      rule_options options;
      options.t_max = d.t_max;
      options.jump_length = 8;
      options.jump_ahead = 2;
      options.surrogate_width = 0.5;
      options.min_slope = 0.01;
      options.wake = number % 2 == 0;
      options.sparsity = number % 3 == 0 ? 0.01 : 0;
      // Without biases, because a dense layer has no bias neuron in each cell.
      std::vector<projection<double>> projections;
      for (std::size_t p = 0; p < d.net.projection_count(); ++p) {
        auto description = d.net.describe(p);
        if (d.net.populations()[description.pre].kind == population_kind::bias) {
          std::ranges::fill(description.weights, 0);
        }
        projections.push_back(std::move(description));
      }
      const network<double> net({d.net.populations().begin(), d.net.populations().end()}, std::move(projections));
      auto layers = layers_of(net);
      for (auto& l : layers) l.bias.reset();
      compare_with_dense(net, layers, rule, d.source_times, options, found);
    }
    CHECK(found.worst < 1e-12);
    CHECK(found.not_zero > 500);
    CHECK(found.sources > 1000);
  }
}

// A projection of biases is one with shared weights like any other: its gradient as the weights of a layer, with the
// weights as its bias, is the same.
TEST_CASE("convolution: the gradient of shared biases is that of the same projection as the weights of the layer") {
  for (const std::string_view name : {"relu", "straight_through"}) {
    CAPTURE(name);
    const auto& rule = rule_called(name);
    std::size_t not_zero = 0;
    for (std::uint64_t number = 0; number < 30; ++number) {
      CAPTURE(number);
      const auto d = draw_network(rule, number);
      rule_options options;
      options.t_max = d.t_max;
      options.to_sources = false;
      options.surrogate_width = 0.5;
      const auto times = simulate(d.net, d.source_times, {d.t_max}).times;
      const auto outputs = std::span(times).subspan(d.net.first_id(layers_of(d.net).back().population));
      const auto dl_dt = loss_called("xent").of(outputs, 1, {d.t_max, 1, 10, 0}).dl_dt;
      for (auto layers = layers_of(d.net); layers.size() > 1; layers.erase(layers.begin())) {
        auto exchanged = layers;
        auto& l = exchanged.front();
        l = {d.net.pre(*l.bias), l.population, *l.bias, l.weights};
        gradients<double> g(d.net), other(d.net);
        backprop<double>(rule, d.net, layers, times, dl_dt, options, &g);
        backprop<double>(rule, d.net, exchanged, times, dl_dt, options, &other);
        for (std::size_t k = 0; k < g.dw[l.weights].size(); ++k) {
          CHECK(g.dw[l.weights][k] == doctest::Approx(other.dw[l.weights][k]).epsilon(1e-12));
          not_zero += g.dw[l.weights][k] != 0;
        }
      }
    }
    CHECK(not_zero > 50);
  }
}

// The same sources, once among the inputs of a dense layer and once as a population of their own.
TEST_CASE("convolution: classes have the gradients of the same sources among the inputs, for every rule") {
  constexpr std::uint32_t pixels = 16, classes = 3, units = 5;
  for (const auto& rule : all_rules()) {
    for (const bool shared : {false, true}) {
      CAPTURE(rule.name);
      CAPTURE(shared);
      comparison found;
      for (std::uint64_t number = 0; number < 40; ++number) {
        CAPTURE(number);
        const auto& r = regime_called(rule.regime);
        const auto normal = weight_distribution::shape::normal;
        chain_plan plan{16, number % 2 == 0 ? 0.0 : 1.0, 60, {}};
        plan.layers = {{"hidden", units, {normal, 0.6 / pixels, 0.25}, 0.4}, {"output", 3, {normal, 0.2, 0.5}, 0.3}};
        for (auto& l : plan.layers) l.bias_mean = 0.3;
        const auto joint = make_chain<double>("input", pixels + classes, rule.kernel, r, plan, number);
        plan.layers[0].classes = classes;
        if (shared) {
          plan.input = {4, 4, 1};
          plan.layers[0].shape = {1, 1, units};
          plan.layers[0].shared = convolution{.kernel_rows = 4, .kernel_columns = 4};
        }
        auto apart = make_chain<double>("input", pixels, rule.kernel, r, plan, number);
        const auto of_joint = layers_of(joint), of_apart = layers_of(apart);
        const auto rows_of_pixels = std::size_t{pixels} * units;
        const auto parts_of = [&](const auto& all) {
          return std::pair{all.first(rows_of_pixels), all.subspan(rows_of_pixels)};
        };
        const auto [pixel_rows, class_rows] = parts_of(joint.weights(of_joint[0].weights));
        std::ranges::copy(pixel_rows, apart.weights(of_apart[0].weights).begin());
        std::ranges::copy(class_rows, apart.weights(*of_apart[0].classes).begin());
        std::ranges::copy(joint.weights(of_joint[1].weights), apart.weights(of_apart[1].weights).begin());
        for (std::size_t l = 0; l < 2 && of_joint[l].bias; ++l) {
          std::ranges::copy(joint.weights(*of_joint[l].bias), apart.weights(*of_apart[l].bias).begin());
        }

        random_stream random(43, draw::tests, number);
        std::vector<double> sources;
        for (std::uint32_t i = 0; i < pixels; ++i) sources.push_back(random.below(4) == 0 ? never : random.below(8));
        for (std::uint32_t c = 0; c < classes; ++c) sources.push_back(c == number % classes ? 3 : never);
        rule_options options;
        options.t_max = run_length(r, plan);
        options.jump_length = 8;
        options.jump_ahead = 2;
        options.surrogate_width = 0.5;
        options.min_slope = 0.01;
        const auto gradient_of = [&](const network<double>& net, const std::vector<layer>& layers,
                                     gradients<double>& g) {
          const auto times = simulate(net, sources, {options.t_max}).times;
          const auto outputs = std::span(times).subspan(net.first_id(layers.back().population));
          const auto dl_dt = loss_called("xent").of(outputs, 1, {options.t_max, 1, 10, 0}).dl_dt;
          return backprop<double>(rule, net, layers, times, dl_dt, options, &g);
        };
        gradients<double> expected(joint), g(apart);
        const auto expected_to_sources = gradient_of(joint, of_joint, expected);
        for (auto c = pixels; c < sources.size(); ++c) sources[c] += plan.delay;  // the class has none
        const auto to_sources = gradient_of(apart, of_apart, g);
        REQUIRE(to_sources.size() == pixels);
        const auto compare = [&](std::span<const double> a, std::span<const double> b) {
          double largest = 0;
          for (const double x : a) largest = std::max(largest, std::abs(x));
          for (std::size_t k = 0; k < a.size(); ++k) compare_numbers(a[k], b[k], largest, found);
        };
        const auto [of_pixels, of_classes] = parts_of(std::span<const double>(expected.dw[of_joint[0].weights]));
        compare(of_pixels, g.dw[of_apart[0].weights]);
        compare(of_classes, g.dw[*of_apart[0].classes]);
        for (const double d : of_classes) found.not_zero += d != 0;
        compare(std::span<const double>(expected_to_sources).first(pixels), to_sources);
        compare(expected.dw[of_joint[1].weights], g.dw[of_apart[1].weights]);
        for (std::size_t l = 0; l < 2 && of_joint[l].bias; ++l) {
          compare(expected.dw[*of_joint[l].bias], g.dw[*of_apart[l].bias]);
        }
      }
      CHECK(found.worst < 1e-12);
      CHECK(found.not_zero > 30);
    }
  }
}

/// The clipped ReLU network of the relu regime, by the definition of a convolution (docs/design.md, "Regimes").
std::vector<double> activations_without_spikes(const drawn_network& d) {
  std::vector<double> y;
  for (const double t : d.source_times) y.push_back(t == never ? 0 : 1 - t / d.plan.t_in);
  const auto layers = layers_of(d.net);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto &w = d.net.weights(layers[l].weights), &bias = d.net.weights(*layers[l].bias);
    const auto& of = d.plan.layers[l];
    const auto posts = d.net.populations()[layers[l].population].size;
    std::vector<double> x(posts);
    if (!of.shared) {
      for (std::size_t j = 0; j < posts; ++j) {
        x[j] = bias[j];
        for (std::size_t i = 0; i < y.size(); ++i) x[j] += w[i * posts + j] * y[i];
      }
    } else {
      const auto& c = *of.shared;
      const auto& pre = l == 0 ? d.plan.input : d.plan.layers[l - 1].shape;
      const auto rows = pre.rows / c.pool, columns = pre.columns / c.pool;
      for (std::size_t j = 0; j < posts; ++j) {
        const auto channel = j % of.shape.channels, cell = j / of.shape.channels;
        const auto row = static_cast<std::int64_t>(cell / of.shape.columns);
        const auto column = static_cast<std::int64_t>(cell % of.shape.columns);
        x[j] = bias[channel];
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t q = 0; q < columns; ++q) {
            const auto step = static_cast<std::int64_t>(c.stride), padding = static_cast<std::int64_t>(c.padding);
            const auto kr = c.transposed ? row - r * step + padding : r + padding - row * step;
            const auto kc = c.transposed ? column - q * step + padding : q + padding - column * step;
            if (kr < 0 || kc < 0 || kr >= c.kernel_rows || kc >= c.kernel_columns) continue;
            for (std::uint32_t from = 0; from < pre.channels; ++from) {
              double mean = 0;
              for (std::uint32_t a = 0; a < c.pool * c.pool; ++a) {
                const auto i = (static_cast<std::uint32_t>(r) * c.pool + a / c.pool) * pre.columns +
                               static_cast<std::uint32_t>(q) * c.pool + a % c.pool;
                mean += y[i * pre.channels + from] / (c.pool * c.pool);
              }
              const auto place = (std::int64_t{from} * c.kernel_rows + kr) * c.kernel_columns + kc;
              x[j] += w[static_cast<std::size_t>(place) * of.shape.channels + channel] * mean;
            }
          }
        }
      }
    }
    y.clear();
    for (const double v : x) y.push_back(std::min(std::max(v, 0.0), of.range) / of.range);
  }
  return y;
}

TEST_CASE("convolution: relu networks compute a clipped ReLU network with convolutions, to 1e-12 of the range") {
  std::size_t inside = 0;
  double worst = 0;
  for (std::uint64_t number = 0; number < 500; ++number) {
    CAPTURE(number);
    const auto d = draw_network(rule_called("relu"), number);
    const auto times = simulate(d.net, d.source_times, {d.t_max}).times;
    const auto expected = activations_without_spikes(d);
    const auto& output = d.net.populations().back();
    for (std::size_t j = 0; j < expected.size(); ++j) {
      const double t = times[times.size() - expected.size() + j];
      const double y = t == never ? 0 : 1 - (t - output.t_fire) / d.plan.t_in;
      worst = std::max(worst, std::abs(y - expected[j]));
      inside += y > 0 && y < 1;
    }
  }
  CHECK(worst < 1e-12);
  CHECK(inside > 500);
}

TEST_CASE("convolution: a batch has the gradient of its samples' sum, for any number of threads") {
  const auto d = draw_network(rule_called("relu"), 8);
  const std::size_t samples = 37;
  std::vector<double> source_times;
  random_stream random(32, draw::tests, 0);
  for (std::size_t k = 0; k < samples * d.net.source_count(); ++k) {
    source_times.push_back(random.below(3) == 0 ? never : random.below(16));
  }
  learner_options how;
  how.rule = "relu";
  how.backward.t_max = d.t_max;
  const auto record = simulate(d.net, source_times, {d.t_max});
  std::vector<gradients<double>> results;
  for (const unsigned threads : {1u, 2u, 3u}) {
    auto l = make_learner(how, d.net, samples);
    compute_gradients(l, record, threads, [&](std::size_t first, std::size_t end) {
      for (auto sample = first; sample < end; ++sample) {
        l.set_output_dl_dt(sample,
                           loss_called("xent").of(l.outputs(record.times_of(sample)), 1, {d.t_max, 1, 10, 0}).dl_dt);
      }
    });
    results.push_back(l.gradient);
    CHECK(results.front().dw == l.gradient.dw);
  }
  gradients<double> sum(d.net);
  auto options = how.backward;
  options.to_sources = false;
  const auto layers = layers_of(d.net);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const auto times = record.times_of(sample);
    const auto outputs = times.subspan(d.net.first_id(layers.back().population));
    backprop<double>(rule_called("relu"), d.net, layers, times,
                     loss_called("xent").of(outputs, 1, {d.t_max, 1, 10, 0}).dl_dt, options, &sum);
  }
  std::size_t not_zero = 0;
  for (std::size_t p = 0; p < sum.dw.size(); ++p) {
    for (std::size_t k = 0; k < sum.dw[p].size(); ++k) {
      CHECK(sum.dw[p][k] == doctest::Approx(results.front().dw[p][k]).epsilon(1e-9));
      not_zero += sum.dw[p][k] != 0;
    }
  }
  CHECK(not_zero > 20);
}

}  // namespace
}  // namespace firstspike
