// Classifiers: training steps against an implementation without spikes, epochs, dead neurons, options.
#include "firstspike/models/classifier.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/tests/models/plain.hpp"
#include "firstspike/tests/models/training.hpp"

using namespace firstspike;

namespace {

const image_set six_images{6, 2, 1, {250, 40, 0, 130, 90, 200, 255, 0, 1, 170, 60, 220}, {1, 0, 1, 0, 0, 1}};

classifier_options tiny_options(update_rule rule, rate_schedule schedule) {
  auto o = classifier_defaults(synapse_kernel::ramp, "relu", "xent");
  o.hidden = {3, 3};
  o.classes = {0, 1};
  o.t_in = 51;
  o.range = 1.25;
  o.output_range = 2;
  o.beta = 7;
  o.batch = 4;
  o.shift = 0;
  o.renew_below = 0;
  o.learning.optimizer = {rule, rule == update_rule::sgd ? 0.002 : 0.05, 0.03, 0.6, 0.9};
  o.learning.schedule = schedule;
  o.learning.schedule_steps = 5;
  return o;
}

classifier<double> tiny_classifier(const classifier_options& o, std::uint64_t seed) {
  auto net = make_classifier<double>(o, 2).net();
  random_stream stream(seed, draw::tests);
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const bool is_bias = net.populations()[net.pre(i)].kind == population_kind::bias;
    for (auto& w : net.weights(i)) w = is_bias ? 0.3 + 0.3 * stream.uniform() : 0.5 * stream.normal();
  }
  return make_classifier<double>(o, std::move(net));
}

double left_of(rate_schedule schedule, int step) {
  const double left = 1 - step / 5.;
  return schedule == rate_schedule::constant ? 1 : schedule == rate_schedule::linear ? left : left * left;
}

struct plain_classifier {
  classifier_options o;
  plain::network net;
  plain::adam adam{o.learning.optimizer.beta1, o.learning.optimizer.beta2, 1e-8, o.learning.optimizer.weight_decay};
  plain::network gradient{};  // mean
  batch_score score{};
  int step = 0;

  plain::activity run(std::uint32_t image) const {
    plain::numbers y;
    for (int i = 0; i < 2; ++i) {
      const int p = six_images.pixels[2 * image + static_cast<std::uint32_t>(i)];
      y.push_back(p == 0 ? 0 : 1 - std::floor((255 - p) * 51 / 255.) / 51);
    }
    return plain::run(net, y);
  }

  void take_step(const std::vector<std::uint32_t>& images) {
    const auto n = static_cast<double>(images.size());
    gradient = plain::zeros_like(net);
    score = {};
    for (const auto image : images) {
      const auto a = run(image);
      plain::numbers times, target(2);
      for (const double y : a.y.back()) times.push_back(51 * (1 - y));
      target[six_images.labels[image]] = 1;
      const auto loss = plain::cross_entropy_of(times, target, o.beta);
      score.loss += loss.value / n;
      score.correct += (times[1] < times[0] ? 1 : 0) == six_images.labels[image];
      plain::numbers dl_dy;
      for (const double d : loss.dl_dt) dl_dy.push_back(-51 * d);
      plain::backward(net, a, dl_dy, o.learning.backward.wake, gradient);
    }
    plain::scale(gradient, 1 / n);
    const auto& by = o.learning.optimizer;
    const double rate = by.lr * left_of(o.learning.schedule, step++);
    if (by.rule == update_rule::adam) return adam.step(net, gradient, rate);
    auto w = plain::flat(net);
    const auto g = plain::flat(gradient);
    for (std::size_t k = 0; k < w.size(); ++k) {
      w[k] -= rate * g[k];
      w[k] -= rate * by.weight_decay * w[k];
    }
    plain::set_flat(net, w);
  }
};

constexpr double allowed = 1e-10;  // as for GANs

double worst_of_steps(const classifier_options& o, std::uint64_t seed) {
  auto c = tiny_classifier(o, seed);
  plain_classifier expected{o, plain::of(c.net(), {o.range, o.range, o.output_range})};
  double worst = 0;
  for (const auto& images : std::vector<std::vector<std::uint32_t>>{{3, 0, 5, 1}, {2, 4}, {1, 2, 0, 4}}) {
    const auto score = take_step(c, six_images, images, {});
    expected.take_step(images);
    CHECK(score.correct == expected.score.correct);
    worst = std::max({worst, std::abs(score.loss - expected.score.loss),
                      plain::largest_difference(all_weights(c.net()), plain::flat(expected.net))});
  }
  CHECK(c.step == 3);
  return worst;
}

}  // namespace

TEST_CASE("classifier: steps of sgd and adam, at every schedule, are those of an implementation without spikes") {
  for (const auto rule : {update_rule::sgd, update_rule::adam}) {
    for (const auto schedule : {rate_schedule::constant, rate_schedule::linear, rate_schedule::square}) {
      for (const bool wake : {true, false}) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
          auto o = tiny_options(rule, schedule);
          o.learning.backward.wake = wake;
          CHECK(worst_of_steps(o, seed) < allowed);
        }
      }
    }
  }
}

TEST_CASE("classifier: the network to evaluate has the running mean of the weights, or the last ones") {
  auto o = tiny_options(update_rule::adam, rate_schedule::linear);
  auto last = tiny_classifier(o, 3);
  o.average = 0.15;
  auto mean = tiny_classifier(o, 3);
  CHECK_FALSE(last.average);
  auto expected = all_weights(mean.result());
  CHECK(expected == all_weights(last.net()));
  for (int step = 1; step <= 4; ++step) {
    const std::vector<std::uint32_t> images{3, 0, 5, 1};
    take_step(last, six_images, images, {});
    take_step(mean, six_images, images, {});
    const double keep = std::min(0.15, step / (10. + step));  // 1 / 11, 2 / 12, ...
    const auto w = all_weights(last.net());
    for (std::size_t i = 0; i < w.size(); ++i) expected[i] = keep * expected[i] + (1 - keep) * w[i];
    CHECK(plain::largest_difference(all_weights(mean.result()), expected) < 1e-15);
    CHECK(all_weights(mean.net()) == w);
    CHECK(all_weights(last.result()) == w);
  }
}

TEST_CASE("classifier: each neuron's count is the number of images of the epoch on which it fired") {
  auto c = tiny_classifier(tiny_options(update_rule::adam, rate_schedule::linear), 3);
  std::vector<std::uint64_t> expected(c.net().neuron_count());
  for (const auto& images : std::vector<std::vector<std::uint32_t>>{{3, 0, 5, 1}, {2, 4}}) {
    const auto record = run_step(c, six_images, images, {});
    for (std::size_t k = 0; k < record.times.size(); ++k) expected[k % expected.size()] += record.times[k] != never;
    take_step(c, six_images, images, {});
  }
  CHECK(c.fired == expected);
  CHECK(c.fired[0] == 5);  // pixel 0 is black in image 1
  CHECK(c.fired[1] == 5);  // pixel 1 in image 3
}

TEST_CASE("classifier: at the end of an epoch hidden neurons that fired too rarely are reinitialised, outputs never") {
  auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  o.renew_below = 0.25;
  o.init_hidden = {weight_distribution::shape::uniform, 5, 6, 0};
  o.init_output = {weight_distribution::shape::uniform, 8, 9, 0};
  o.seed = 77;
  auto c = tiny_classifier(o, 1);
  c.step = 12;
  const auto before = c.net();
  const auto& layers = c.learning.layers;
  const auto set_fired = [&](std::size_t layer, std::vector<std::uint64_t> counts) {
    std::ranges::copy(counts, c.fired.begin() + c.net().first_id(layers[layer].population));
  };
  set_fired(0, {4, 3, 0});  // of 16 images: 4 are just enough
  set_fired(1, {16, 4, 3});
  set_fired(2, {0, 0});
  CHECK(end_epoch(c, 16) == 3);
  auto expected = before;
  redraw_incoming(expected, layers[0], 1, o.init_hidden, 77, 12);
  redraw_incoming(expected, layers[0], 2, o.init_hidden, 77, 12);
  redraw_incoming(expected, layers[1], 2, o.init_output, 77, 12);
  CHECK(all_weights(c.net()) == all_weights(expected));
  CHECK((c.net().weights(layers[0].weights)[1] >= 5 && c.net().weights(layers[0].weights)[1] < 6));
  CHECK((c.net().weights(layers[1].weights)[2] >= 8 && c.net().weights(layers[1].weights)[2] < 9));
  CHECK(std::ranges::all_of(c.fired, [](auto n) { return n == 0; }));
}

TEST_CASE("classifier: with renew_below 0 no neuron is reinitialised, and counts begin again") {
  auto c = tiny_classifier(tiny_options(update_rule::sgd, rate_schedule::constant), 1);
  const auto before = all_weights(c.net());
  c.fired[0] = 3;
  CHECK(end_epoch(c, 6) == 0);
  CHECK(all_weights(c.net()) == before);
  CHECK(c.fired[0] == 0);
}

TEST_CASE("epoch order: a permutation that differs by epoch and depends only on the seed") {
  const auto images = first_images(1000);
  auto order = epoch_order(images, 5, 0);
  CHECK(order == epoch_order(images, 5, 0));
  CHECK(order != epoch_order(images, 5, 1));
  CHECK(order != epoch_order(images, 6, 0));
  std::ranges::sort(order);
  CHECK(order == images);
}

TEST_CASE("epoch order: a Fisher-Yates shuffle from the last place on, by the numbers of (seed, order, epoch)") {
  const std::vector<std::uint32_t> images{40, 7, 19, 3, 88, 2, 5, 11};
  for (const std::uint64_t epoch : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{1} << 33}) {
    auto expected = images;
    random_stream stream(12, draw::epoch_order, epoch);
    for (std::uint32_t last = 7; last > 0; --last) std::swap(expected[last], expected[stream.below(last + 1)]);
    CHECK(epoch_order(images, 12, epoch) == expected);
  }
  CHECK(epoch_order({}, 12, 0).empty());
}

TEST_CASE("epoch order: every order of three images is equally likely") {
  std::vector<int> counts(27);
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) {
    const auto o = epoch_order(std::vector<std::uint32_t>{0, 1, 2}, 3, epoch);
    ++counts[o[0] * 9 + o[1] * 3 + o[2]];
  }
  for (const int place : {0 * 9 + 1 * 3 + 2, 0 * 9 + 2 * 3 + 1, 9 + 2, 9 + 2 * 3, 18 + 1, 18 + 3}) {
    CHECK(std::abs(counts[static_cast<std::size_t>(place)] - 1000) < 5 * 29);  // five deviations
  }
}

TEST_CASE("images of a step: batches one after the other, the last one smaller, and again in the next epoch") {
  classifier_options o;
  o.batch = 4;
  const auto order = first_images(10);
  const auto of_step = [&](std::uint64_t step) {
    const auto images = images_of_step(o, order, step);
    return std::vector<std::uint32_t>(images.begin(), images.end());
  };
  using images = std::vector<std::uint32_t>;
  CHECK(steps_per_epoch(o, 10) == 3);
  CHECK(steps_per_epoch(o, 8) == 2);
  CHECK(steps_per_epoch(o, 9) == 3);
  CHECK(of_step(0) == images{0, 1, 2, 3});
  CHECK(of_step(1) == images{4, 5, 6, 7});
  CHECK(of_step(2) == images{8, 9});
  CHECK(of_step(3) == images{0, 1, 2, 3});
  CHECK(of_step(8) == images{8, 9});
}

TEST_CASE("classifier: its input is the code of the images, shifted by seed, step and place in the batch") {
  auto o = classifier_defaults(synapse_kernel::ramp, "relu", "xent");
  o.hidden = {5};
  o.shift = 2;
  o.shift_share = 0.75;
  o.seed = 31;
  const auto set = make_strokes(3, 20, 0);
  auto c = make_classifier<float>(o, 784);
  c.step = 6;
  const std::vector<std::uint32_t> images{4, 17, 4, 9, 4};
  std::vector<double> expected;
  for (const auto i : images) {
    const auto times = encode_image(image_at(set, i), o.t_in);
    expected.insert(expected.end(), times.begin(), times.end());
  }
  const auto plain_times = expected;
  shift_images(expected, 28, 28, 2, 0.75, 31, 6);
  CHECK(expected != plain_times);
  const auto heard = [&] {
    const auto record = run_step(c, set, images, {});
    std::vector<double> times;
    for (std::size_t k = 0; k < images.size(); ++k) {
      const auto of = record.times_of(k).first(784);
      times.insert(times.end(), of.begin(), of.end());
    }
    return times;
  };
  CHECK(heard() == expected);
  c.step = 7;
  CHECK(heard() != expected);
  c.options.shift = 0;
  CHECK(heard() == plain_times);
}

TEST_CASE("classifier: images are distorted before they are shifted, by seed, step and place in the batch") {
  auto o = classifier_defaults(synapse_kernel::ramp, "relu", "xent");
  o.hidden = {5};
  o.shift = 2;
  o.distort = {20, 0.1, 0.2, 1, 0.9};
  o.seed = 31;
  const auto set = make_strokes(3, 20, 0);
  auto c = make_classifier<float>(o, 784);
  c.step = 6;
  std::vector<std::uint32_t> images;
  for (std::uint32_t k = 0; k < 19; ++k) images.push_back((7 * k) % 20);
  std::vector<double> expected;
  for (std::uint32_t k = 0; k < images.size(); ++k) {
    const auto times = encode_image(distorted(image_at(set, images[k]), 28, 28, o.distort, 31, 6, k), o.t_in);
    expected.insert(expected.end(), times.begin(), times.end());
  }
  shift_images(expected, 28, 28, 2, o.shift_share, 31, 6);
  for (const unsigned threads : {1u, 3u}) {
    const auto record = run_step(c, set, images, {scheduler::automatic, threads});
    for (std::size_t k = 0; k < images.size(); ++k) {
      const auto received = record.times_of(k).first(784);
      CHECK(std::ranges::equal(received, std::span(expected).subspan(k * 784, 784)));
    }
  }
}

TEST_CASE("classifier: the earliest output is the decision, ties go to the lower index, silence to output 0") {
  const auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  auto c = tiny_classifier(o, 1);
  const auto n = c.net().neuron_count();
  const auto correct = [&](double t0, double t1, std::uint8_t label) {
    spike_record record{1, n, std::vector<double>(n, never), {}};
    record.times[n - 2] = t0;
    record.times[n - 1] = t1;
    return compute_gradients(c, record, std::vector<std::uint8_t>{label}, 1).correct;
  };
  CHECK(correct(160, 155, 1) == 1);
  CHECK(correct(160, 155, 0) == 0);
  CHECK(correct(155, 155, 0) == 1);
  CHECK(correct(155, 155, 1) == 0);
  CHECK(correct(never, never, 0) == 1);
  CHECK(correct(never, 160, 1) == 1);
}

TEST_CASE("classifier: labels name classes, so that other labels for the same images give the same gradients") {
  const auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  auto c = tiny_classifier(o, 1);
  const auto record = run_step(c, six_images, std::vector<std::uint32_t>{0, 1, 2}, {});
  const auto score = compute_gradients(c, record, std::vector<std::uint8_t>{1, 0, 1}, 1);
  const auto hash = gradient_hash(c.learning.gradient);
  c.options.classes = {26, 47};
  const auto same = compute_gradients(c, record, std::vector<std::uint8_t>{47, 26, 47}, 1);
  CHECK((same.loss == score.loss && same.correct == score.correct));
  CHECK(gradient_hash(c.learning.gradient) == hash);
  CHECK(refusal([&] {
          compute_gradients(c, record, std::vector<std::uint8_t>{47, 1, 26}, 1);
        }) == "label 1, allowed: 26, 47");
}

TEST_CASE("classifier: batches and networks that do not fit are refused") {
  const auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  auto c = tiny_classifier(o, 1);
  const auto record = run_step(c, six_images, std::vector<std::uint32_t>{0, 1}, {});
  CHECK(refusal([&] { compute_gradients(c, record, std::vector<std::uint8_t>{1}, 1); }) ==
        "batch: 2 samples with 1 labels, allowed: 1 to 4, each with its label");
  CHECK(refusal([&] {
          compute_gradients(c, spike_record{}, std::vector<std::uint8_t>{}, 1);
        }).starts_with("batch: 0 samples with 0 labels"));
  auto more = o;
  more.classes = {0, 1, 2};
  CHECK(refusal([&] { make_classifier<double>(more, c.net()); }) == "classifier: 2 outputs, needed: 3");
}

TEST_CASE("classifier: options out of range are refused, with a network of its own and with a given one") {
  auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  const auto net = make_classifier<double>(o, 2).net();
  o.beta = 0;
  CHECK(refusal([&] { make_classifier<double>(o, 2); }).starts_with("beta = 0"));
  CHECK(refusal([&] { make_classifier<double>(o, net); }).starts_with("beta = 0"));
  o = tiny_options(update_rule::sgd, rate_schedule::constant);
  o.classes = {0, 1, 2};
  CHECK(refusal([&] { make_classifier<double>(o, net); }) == "classifier: 2 outputs, needed: 3");
  o.classes = {0, 1};
  o.kernel = synapse_kernel::step;
  CHECK(refusal([&] { make_classifier<double>(o, 2); }).starts_with("rule = relu, allowed with regime relu and"));
}

TEST_CASE("classifier: a batch may fill the last block of gradients, and no more") {
  auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  o.batch = 16;
  auto c = tiny_classifier(o, 1);
  for (const std::uint32_t samples : {16u, 17u}) {
    std::vector<std::uint32_t> images;
    std::vector<std::uint8_t> labels;
    for (std::uint32_t k = 0; k < samples; ++k) {
      images.push_back(k % 6);
      labels.push_back(six_images.labels[k % 6]);
    }
    const auto record = run_step(c, six_images, images, {});
    CHECK(refusal([&] { compute_gradients(c, record, labels, 1); }).empty() == (samples == 16));
    labels.push_back(0);
    CHECK_FALSE(refusal([&] { compute_gradients(c, record, labels, 1); }).empty());
  }
}

TEST_CASE("classifier: loss and gradient are means over samples, with the values of the options") {
  const auto set = make_strokes(3, 40, 0);
  const std::vector<std::uint32_t> images{4, 17, 9, 30, 31, 2, 3, 8, 11, 26, 5};
  std::vector<std::uint8_t> labels;
  for (const auto i : images) labels.push_back(set.labels[i]);
  for (const auto& kind : model_kinds()) {
    for (const auto& loss : all_losses()) {
      CAPTURE(kind.regime);
      CAPTURE(loss.name);
      auto o = classifier_defaults(kind.kernel, kind.regime, std::string(loss.name));
      o.hidden = {12, 9};
      o.batch = 16;
      o.gamma = 11;
      o.beta = 17;
      o.pull = 0.4;
      if (o.regime != "free") o.t_max = 100;  // derived there
      auto c = make_classifier<double>(o, 784);
      auto record = run_step(c, set, images, {});
      record.times[record.neurons - 3] = never;  // an output of the first sample
      const auto score = compute_gradients(c, record, labels, 1);
      const double end = o.regime == "free" ? o.t_max : o.regime == "relu" ? 4 * 256 : 128 + 3 + 256;
      CHECK(run_length(o) == end);
      double sum = 0;
      std::size_t correct = 0;
      gradients<double> expected(c.net());
      auto backward = o.learning.backward;
      backward.t_max = end;
      for (std::size_t k = 0; k < images.size(); ++k) {
        const auto outputs = record.times_of(k).last(10);
        const auto of_sample = loss.of(outputs, labels[k], {end, 11, 17, 0.4});
        sum += of_sample.value;
        correct += std::ranges::min_element(outputs) - outputs.begin() == labels[k];
        backprop<double>(rule_called(o.learning.rule), c.net(), c.learning.layers, record.times_of(k), of_sample.dl_dt,
                         backward, &expected);
      }
      CHECK(score.loss == doctest::Approx(sum / 11).epsilon(1e-12));
      CHECK(score.correct == correct);
      for (std::size_t p = 0; p < expected.dw.size(); ++p) {
        const auto& found = c.learning.gradient.dw[p];
        double scale = 1e-9;
        for (const double d : expected.dw[p]) scale = std::max(scale, std::abs(d));
        CHECK(plain::largest_difference(found, expected.dw[p]) < 1e-9 * scale);
      }
    }
  }
}

TEST_CASE("classifier: a step divides by the samples of its record, and a neuron that fires at any time has fired") {
  auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  o.learning.optimizer.weight_decay = 0;
  o.t_max = 1;  // a relu network's run is longer
  auto c = tiny_classifier(o, 2);
  const auto before = all_weights(c.net());
  const auto record = run_step(c, six_images, std::vector<std::uint32_t>{0, 3, 5}, {});
  compute_gradients(c, record, std::vector<std::uint8_t>{1, 0, 1}, 1);
  std::vector<double> gradient;
  for (const auto& dw : c.learning.gradient.dw) gradient.insert(gradient.end(), dw.begin(), dw.end());
  apply_gradients(c, record, 1);
  const auto after = all_weights(c.net());
  for (std::size_t k = 0; k < after.size(); ++k) {
    CHECK(after[k] == doctest::Approx(before[k] - 0.002 * gradient[k] / 3).epsilon(1e-12));
  }
  for (std::size_t id = 0; id < c.fired.size(); ++id) {
    std::uint64_t fired = 0;
    for (std::size_t k = 0; k < 3; ++k) fired += record.times_of(k)[id] != never;
    CHECK(c.fired[id] == fired);
  }
  CHECK(c.step == 1);
}

TEST_CASE("classifier: images need not be square; shifts are by rows and columns") {
  auto o = tiny_options(update_rule::sgd, rate_schedule::constant);
  o.shift = 1;
  o.shift_share = 1;
  o.seed = 5;
  image_set set{2, 2, 3, {250, 40, 90, 130, 91, 200, 255, 10, 1, 170, 60, 220}, {1, 0}};
  const auto c = make_classifier<double>(o, 6);
  for (std::uint64_t step = 0; step < 20; ++step) {
    auto at = c;
    at.step = step;
    auto expected = encode_images(set, std::vector<std::uint32_t>{1, 0}, 51);
    shift_images(expected, 2, 3, 1, 1, 5, step);
    const auto record = run_step(at, set, std::vector<std::uint32_t>{1, 0}, {});
    CHECK(std::ranges::equal(record.times_of(0).first(6), std::span(expected).first(6)));
    CHECK(std::ranges::equal(record.times_of(1).first(6), std::span(expected).last(6)));
  }
}

TEST_CASE("classifier: initial weights come from the seed, the first layer's apart from later ones'") {
  for (const auto& kind : model_kinds()) {
    auto o = classifier_defaults(kind.kernel, kind.regime, kind.loss);
    o.hidden = {7, 6};
    o.seed = 13;
    const auto net = make_classifier<double>(o, 784).net();
    CHECK(all_weights(net) ==
          all_weights(make_chain<double>("input", 784, o.kernel, regime_called(o.regime), plan_of(o), 13)));
    const auto plan = plan_of(o);
    REQUIRE(plan.layers.size() == 3);
    CHECK((plan.layers[0].name == "hidden1" && plan.layers[1].name == "hidden2" && plan.layers[2].name == "output"));
    CHECK((plan.layers[0].size == 7 && plan.layers[1].size == 6 && plan.layers[2].size == 10));
    CHECK((plan.layers[0].init.b == o.init_hidden.b && plan.layers[0].init.a == o.init_hidden.a));
    CHECK((plan.layers[1].init.b == o.init_output.b && plan.layers[2].init.b == o.init_output.b));
    CHECK((plan.layers[1].range == o.range && plan.layers[2].range == o.output_range));
    CHECK(plan.layers[2].bias_mean == o.output_range / 2);
    ++o.seed;
    CHECK(all_weights(make_classifier<double>(o, 784).net()) != all_weights(net));
  }
}
