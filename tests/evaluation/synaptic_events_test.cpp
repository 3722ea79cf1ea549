// Counts of the synapses that spikes reach.
#include <doctest/doctest.h>

#include "firstspike/evaluation/readout.hpp"
#include "firstspike/tests/engine/build.hpp"
#include "firstspike/tests/engine/random_convolutions.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;

TEST_CASE("count_synaptic_events: synapses reached before the window or the layer's window closes") {
  const network<double> net({sources("in", 2), neurons("a", 3, 1, 6), neurons("b", 2, 100)},
                            {dense<double>(0, 1, step, 1, {2, 0, 0, 0, 0, 0}),
                             sparse<double>(0, 2, step, {{0, 0, 1, 2}, {0, 1, 1, 2}, {0, 1, 1, 9}, {1, 0, 1, 4}}),
                             dense<double>(1, 2, step, 3, {1, 1, 1, 1, 1, 1})});
  const auto events = [&](std::initializer_list<double> times) {
    return count_synaptic_events(net, agreed(net, times, 10), 10);
  };
  // in:0 at 0 reaches 3 of a, 3 of b (2, 2 and 9 steps late); a:0 fires at 1 and reaches 2 of b.
  CHECK(events({0, never}) == 8);
  // At 1 the synapse of delay 9 is too late; at 5 a's window has closed, at 8 nothing arrives.
  CHECK(events({1, never}) == 7);
  CHECK(events({5, never}) == 2);
  CHECK(events({8, never}) == 0);
  CHECK(events({never, 4}) == 4);
  CHECK(events({0, 4, 1, never}) == 8 + 4 + 7);
}

TEST_CASE("count_synaptic_events: with a fire phase, arrivals up to t_fire count") {
  const network<double> net({sources("in", 1), fire_phase_neurons("n", 3, 9, 5, 1)},
                            {dense<double>(0, 1, step, 1, {1, 1, 1})});
  CHECK(count_synaptic_events(net, agreed(net, {4, 4.5, 6, never}, 20), 20) == 3);
  CHECK(count_synaptic_events(net, agreed(net, {3, 4}, 5), 5) == 3);
}

TEST_CASE("count_synaptic_events: with shared weights, the synapses of the patches that spikes reach") {
  // 3 x 3 sources, kernel 2 x 2, two channels: the middle reaches all 8 neurons, a corner 2, what is between them 4.
  auto pixels = sources("in", 9);
  auto layer = neurons("n", 8, 100, 6);
  pixels.shape = {3, 3, 1};
  layer.shape = {2, 2, 2};
  projection<double> p{0, 1, step, false, 1, std::vector<double>(8, 1), {}};
  p.shared = convolution{.kernel_rows = 2, .kernel_columns = 2};
  const network<double> net({pixels, layer}, {p});
  CHECK(count_synaptic_events(net, agreed(net, {0, 0, never, never, 0, never, never, never, 4}), 20) == 2 + 4 + 8 + 2);
  CHECK(count_synaptic_events(net, agreed(net, {5, 0, never, never, 0, never, never, never, 4}), 20) == 4 + 8 + 2);
}

TEST_CASE("count_synaptic_events: with shared weights as with a list of the synapses, on 200 random networks") {
  for (std::uint64_t number = 0; number < 200; ++number) {
    CAPTURE(number);
    const auto c = draw_chain(number, number % 3 == 0);
    const network<double> net(c.populations, c.projections);
    const auto record = simulate(net, c.source_times, {40, scheduler::heap, 1, true});
    CHECK(count_synaptic_events(net, record, 40) == count_synaptic_events(expanded(net), record, 40));
  }
}

}  // namespace
}  // namespace firstspike
