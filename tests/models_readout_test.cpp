// Decisions, ties and counts on a record made by hand.
#include <doctest/doctest.h>

#include <stdexcept>

#include "models/readout.hpp"

using namespace firstspike;

namespace {

// Two inputs, one reference, two hidden neurons, three outputs; t_max 20.
network<double> small_network() {
  const std::vector<population> populations{{"input", population_kind::source, 2, {}, 0, never},
                                            {"hidden_reference", population_kind::reference, 1, {}, 0, never},
                                            {"hidden", population_kind::neurons, 2, {1, 1}, 0, never},
                                            {"output", population_kind::neurons, 3, {1, 1, 1}, 0, never}};
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
                               x, x, 0, x, x,  x,  x,  x,   // nobody
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

TEST_CASE("read-out: ties go to the larger potential, and are counted as right in S4NN's way") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 20);
  CHECK(r.images == 4);
  CHECK(r.decided == std::vector<std::uint32_t>{1, 1, 2, 0});
  CHECK(r.right == 2);               // samples 1 and 2
  CHECK(r.right_ties_counted == 3);  // and sample 0, where output 2 is one of the first
  CHECK(r.right_silent_wrong == 1);  // sample 1
  CHECK(r.no_spike == 1);
}

TEST_CASE("read-out: decision time counts a silent sample as t_max") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 20);
  CHECK(r.decision_time == 10 + 6 + 20 + 9);
}

TEST_CASE("read-out: spikes to decision are those of input and hidden before tau, references left out") {
  const auto r = read_out(small_network(), by_hand, labels, label_of_output, 20);
  CHECK(r.spikes_to_decision == 3 + 2 + 0 + 3);  // hidden spikes at 10 and 6 come with the decision, not before it
  CHECK(r.spikes_full == 7 + 4 + 0 + 5);
}

TEST_CASE("read-out: outputs may stand for labels in any order") {
  const std::vector<std::uint8_t> turned{0, 2, 1};
  const auto r = read_out(small_network(), by_hand, std::vector<std::uint8_t>{2, 2, 1, 0}, turned, 20);
  CHECK(r.right == 4);
}

TEST_CASE("read-out: sizes that disagree and labels without an output are refused") {
  const std::vector<std::uint8_t> short_labels{1, 2};
  CHECK_THROWS_WITH_AS(read_out(small_network(), by_hand, short_labels, label_of_output, 20),
                       doctest::Contains("2 labels for 4 samples"), std::invalid_argument);
  const std::vector<std::uint8_t> unknown{7, 1, 2, 1};
  CHECK_THROWS_WITH_AS(read_out(small_network(), by_hand, unknown, label_of_output, 20),
                       doctest::Contains("label 7 of sample 0 has no output"), std::invalid_argument);
}
