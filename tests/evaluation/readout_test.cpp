// Decisions, ties and counts on a record made by hand.
#include "firstspike/evaluation/readout.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <stdexcept>
#include <vector>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/models/classifier.hpp"

using namespace firstspike;

namespace {

// Two inputs, one bias neuron, two hidden neurons, three outputs; t_max 20.
network<double> small_network() {
  const std::vector<population> populations{{"input", population_kind::source, 2, {}},
                                            {"hidden_bias", population_kind::bias, 1, {}, 0},
                                            {"hidden", population_kind::neurons, 2, {1, 1}},
                                            {"output", population_kind::neurons, 3, {1, 1, 1}}};
  return {populations,
          {{0, 2, synapse_kernel::ramp, false, 0, std::vector<double>(4), {}},
           {1, 2, synapse_kernel::ramp, false, 0, std::vector<double>(2), {}},
           {2, 3, synapse_kernel::ramp, false, 0, std::vector<double>(6), {}}}};
}

constexpr auto x = never;

const spike_record by_hand{4,
                           8,
                           {
                               1, 9, 0, 5, 10, 12, 10, 10,  // outputs 1 and 2 tie at 10
                               1, x, 0, 4, 6,  x,  6,  x,   // output 1 alone
                               x, x, 0, x, x,  x,  x,  x,   // none
                               3, 7, 0, 8, x,  9,  15, x,   // output 0, then 1
                           },
                           {
                               0, 0, 0, 1, 1, 1.1, 1.5, 1.2,  // output 1 was higher when it crossed
                               0, 0, 0, 1, 1, 0,   1,   0,    //
                               0, 0, 0, 0, 0, 0.2, 0.1, 0.7,  // output 2 came nearest
                               0, 0, 0, 1, 0, 1,   1,   0,
                           }};
const std::vector<std::uint8_t> labels{2, 1, 2, 1};
const std::vector<std::uint8_t> label_of_output{0, 1, 2};

}  // namespace

TEST_CASE("read-out: ties go to the larger potential, and are counted as correct in S4NN's way") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 20);
  CHECK(r.images == 4);
  CHECK(r.decided == std::vector<std::uint32_t>{1, 1, 2, 0});
  CHECK(r.correct == 2);               // samples 1 and 2
  CHECK(r.correct_ties_counted == 3);  // and sample 0, where output 2 is one of the first
  CHECK(r.correct_silent_wrong == 1);  // sample 1
  CHECK(r.no_spike == 1);
}

TEST_CASE("read-out: decision time counts a silent sample as t_max") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 20);
  CHECK(r.decision_time == 10 + 6 + 20 + 9);
}

TEST_CASE("read-out: spikes to decision are those of input and hidden before tau, bias neurons left out") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 20);
  CHECK(r.spikes_to_decision == 3 + 2 + 0 + 3);  // hidden spikes at 10 and 6 come with the decision, not before it
  CHECK(r.spikes_full == 7 + 4 + 0 + 5);
}

TEST_CASE("read-out: spikes at t_max or later do not count") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 9);
  CHECK(r.spikes_full == 2 + 4 + 0 + 3);
}

TEST_CASE("read-out: outputs may have labels in any order") {
  const std::vector<std::uint8_t> turned{0, 2, 1};
  const auto r = read_out(small_network(), by_hand, std::vector<std::uint8_t>{2, 2, 1, 0}, turned, 20);
  CHECK(r.correct == 4);
}

TEST_CASE("read-out: sizes that disagree and labels without an output are refused") {
  const std::vector<std::uint8_t> short_labels{1, 2};
  CHECK_THROWS_WITH_AS(read_out(small_network(), by_hand, short_labels, label_of_output, 20),
                       doctest::Contains("2 labels for 4 samples"), std::invalid_argument);
  for (const auto& outputs : {std::vector<std::uint8_t>{0, 1}, std::vector<std::uint8_t>{0, 1, 2, 3}}) {
    CHECK_THROWS_WITH_AS(read_out(small_network(), by_hand, labels, outputs, 20), doctest::Contains("for 3 outputs"),
                         std::invalid_argument);
  }
  auto without_potentials = by_hand;
  without_potentials.v_m.clear();
  CHECK_THROWS_WITH_AS(read_out(small_network(), without_potentials, labels, label_of_output, 20),
                       doctest::Contains("0 potentials for 32 times"), std::invalid_argument);
  const std::vector<std::uint8_t> unknown_last{1, 2, 1, 3};
  CHECK_THROWS_WITH_AS(read_out(small_network(), by_hand, unknown_last, label_of_output, 20),
                       doctest::Contains("label 3 of sample 3 has no output"), std::invalid_argument);
  const std::vector<std::uint8_t> unknown{7, 1, 2, 1};
  CHECK_THROWS_WITH_AS(read_out(small_network(), by_hand, unknown, label_of_output, 20),
                       doctest::Contains("label 7 of sample 0 has no output"), std::invalid_argument);
}

TEST_CASE("read-out: sums are added field by field, and each mean is that of its own sum") {
  readout a{}, b{};
  a.images = 64, a.correct = 2, a.correct_ties_counted = 3, a.correct_silent_wrong = 5, a.no_spike = 7;
  a.decision_time = 11, a.spikes_to_decision = 13, a.spikes_full = 17, a.decided = {1, 2};
  a.decided_at = {5, 6};
  b.images = 64, b.correct = 100, b.correct_ties_counted = 200, b.correct_silent_wrong = 300, b.no_spike = 400;
  b.decision_time = 500.5, b.spikes_to_decision = 600, b.spikes_full = 700, b.decided = {3}, b.decided_at = {500.5};
  add(a, b);
  CHECK((a.images == 128 && a.correct == 102 && a.correct_ties_counted == 203 && a.correct_silent_wrong == 305));
  CHECK((a.no_spike == 407 && a.decision_time == 511.5 && a.spikes_to_decision == 613 && a.spikes_full == 717));
  CHECK(a.decided == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(a.decided_at == std::vector<double>{5, 6, 500.5});
  const auto means = means_of(a);
  CHECK((means.accuracy == 102 / 128. && means.accuracy_ties_counted == 203 / 128.));
  CHECK((means.accuracy_silent_wrong == 305 / 128. && means.no_spike_fraction == 407 / 128.));
  CHECK((means.decision_time == 511.5 / 128 && means.spikes_to_decision == 613 / 128. &&
         means.spikes_full == 717 / 128.));
}

TEST_CASE("read-out: sums of two parts are those of the whole, and means are by image") {
  const auto part = [](std::size_t first, std::size_t count) {
    spike_record r{count, 8, {}, {}};
    r.times.assign(by_hand.times.begin() + static_cast<std::ptrdiff_t>(8 * first),
                   by_hand.times.begin() + static_cast<std::ptrdiff_t>(8 * (first + count)));
    r.v_m.assign(by_hand.v_m.begin() + static_cast<std::ptrdiff_t>(8 * first),
                 by_hand.v_m.begin() + static_cast<std::ptrdiff_t>(8 * (first + count)));
    return read_out(small_network(), r, std::span(labels).subspan(first, count), label_of_output, 20);
  };
  auto sums = part(0, 1);
  add(sums, part(1, 3));
  CHECK(sums.decided == std::vector<std::uint32_t>{1, 1, 2, 0});
  CHECK((sums.images == 4 && sums.correct == 2 && sums.correct_ties_counted == 3 && sums.correct_silent_wrong == 1));
  CHECK((sums.no_spike == 1 && sums.decision_time == 45 && sums.spikes_to_decision == 8 && sums.spikes_full == 16));
  const auto means = means_of(sums);
  CHECK((means.accuracy == 0.5 && means.accuracy_ties_counted == 0.75 && means.accuracy_silent_wrong == 0.25));
  CHECK((means.no_spike_fraction == 0.25 && means.decision_time == 11.25));
  CHECK((means.spikes_to_decision == 2 && means.spikes_full == 4));
  const auto none = means_of(readout{});
  CHECK((none.accuracy == 0 && none.accuracy_ties_counted == 0 && none.accuracy_silent_wrong == 0));
  CHECK((none.no_spike_fraction == 0 && none.decision_time == 0 && none.spikes_to_decision == 0 &&
         none.spikes_full == 0));
}

TEST_CASE("read-out: the sum of decision times does not depend on how samples are divided, to the last bit") {
  const auto set_of = [](std::vector<double> taus) {
    readout r{};
    r.images = taus.size();
    for (const double tau : taus) r.decision_time += tau;
    r.decided_at = std::move(taus);
    return r;
  };
  REQUIRE(0.1 + (0.2 + 0.3) != 0.1 + 0.2 + 0.3);
  auto whole = set_of({0.1, 0.2, 0.3}), parts = set_of({0.1});
  add(parts, set_of({0.2, 0.3}));
  CHECK(parts.decision_time == whole.decision_time);
}

TEST_CASE("counts: spikes of a population, and synapses that spikes reach before the run or the layer ends") {
  CHECK(count_spikes(small_network(), by_hand, 0) == 2 + 1 + 0 + 2);
  CHECK(count_spikes(small_network(), by_hand, 2) == 2 + 2 + 0 + 1);
  CHECK(count_spikes(small_network(), by_hand, 3) == 3 + 1 + 0 + 2);
  // Each input and the bias neuron reach two hidden neurons, each hidden neuron three outputs.
  CHECK(count_synaptic_events(small_network(), by_hand, 20) == 2 * (5 + 4) + 3 * 5);
  CHECK(count_synaptic_events(small_network(), by_hand, 8) == 2 * (4 + 4) + 3 * 3);  // at 8 or later they do not count
}

namespace {

std::vector<std::uint32_t> every_image(std::size_t count) {
  std::vector<std::uint32_t> images(count);
  std::iota(images.begin(), images.end(), 0u);
  return images;
}

}  // namespace

TEST_CASE("evaluate: the read-out of all requested images, for any number of images per run") {
  auto o = classifier_defaults(synapse_kernel::ramp, "relu", "xent");
  o.hidden = {9};
  const auto c = make_classifier<double>(o, 784);
  const auto set = make_strokes(3, 600, 0);
  const std::vector<std::uint8_t> labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const auto all = evaluate(c.net(), set, every_image(600), labels, o.t_in, run_length(o), {scheduler::heap, 2});
  CHECK(all.images == 600);
  CHECK(all.decided.size() == 600);
  for (const std::uint32_t image : {3u, 511u, 512u, 599u}) {
    const auto one = evaluate(c.net(), set, std::vector<std::uint32_t>{image}, labels, o.t_in, run_length(o), {});
    CHECK(one.decided[0] == all.decided[image]);
    CHECK(one.correct == (one.decided[0] == set.labels[image]));
  }
}

TEST_CASE("evaluate: it encodes with t_in, runs until t_max, and sums in the order of the requested images") {
  auto o = classifier_defaults(synapse_kernel::step, "free", "s4nn");
  o.hidden = {9};
  o.t_in = 100;
  const auto c = make_classifier<double>(o, 784);
  const auto set = make_strokes(3, 700, 0);
  std::vector<std::uint32_t> images;
  for (std::uint32_t k = 0; k < 600; ++k) images.push_back(k * 7 % 700);
  const std::vector<std::uint8_t> label_of_output{3, 1, 4, 0, 5, 9, 2, 6, 8, 7};
  for (const double t_max : {30., 60., 256.}) {
    readout expected{};
    for (const auto i : images) {
      const auto record = simulate(c.net(), encode_image(image_at(set, i), 100), {t_max, scheduler::sweep, 1, true});
      add(expected, read_out(c.net(), record, std::span(&set.labels[i], 1), label_of_output, t_max));
    }
    const auto found = evaluate(c.net(), set, images, label_of_output, 100, t_max, {scheduler::heap, 2});
    CHECK(found.images == 600);
    CHECK(found.decided == expected.decided);
    CHECK((found.correct == expected.correct && found.correct_ties_counted == expected.correct_ties_counted));
    CHECK((found.correct_silent_wrong == expected.correct_silent_wrong && found.no_spike == expected.no_spike));
    CHECK(found.decision_time == expected.decision_time);
    CHECK(found.spikes_to_decision == expected.spikes_to_decision);
    CHECK(found.spikes_full == expected.spikes_full);
  }
}

TEST_CASE("confusion matrix and misclassified samples, by hand, with outputs in another order than the labels") {
  readout decisions;
  decisions.decided = {0, 1, 1, 2, 0};  // decided as 7, 3, 3, 5, 7
  const std::vector<std::uint8_t> labels{7, 3, 5, 5, 3}, label_of_output{7, 3, 5};
  CHECK(confusion_matrix(decisions, labels, label_of_output) == std::vector<std::uint64_t>{1, 0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(misclassified(decisions, labels, label_of_output) == std::vector<std::uint64_t>{2, 4});
  const std::vector<std::uint8_t> unknown{7, 3, 5, 5, 4};
  CHECK_THROWS_AS(confusion_matrix(decisions, unknown, label_of_output), std::invalid_argument);
  CHECK_THROWS_AS(misclassified(decisions, std::vector<std::uint8_t>{7}, label_of_output), std::invalid_argument);
}
