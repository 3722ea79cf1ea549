// Why a neuron stayed silent, by hand.
#include <doctest/doctest.h>

#include "inspect/silence.hpp"
#include "tests/engine_build.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

/// Of the last neuron of a network of sources and one neuron.
silence why_not(const network<double>& net, std::vector<double> sources, double until, double t_max) {
  auto times = simulate(net, sources, {t_max}).times;
  const auto incoming = list_incoming(net);
  return explain_silence(observed_run<double>{net, incoming, times, until, t_max}, net.neuron_count() - 1);
}

network<double> hears(synapse_kernel kernel, std::vector<double> weights, population neuron) {
  const auto count = static_cast<std::uint32_t>(weights.size());
  return {{sources("in", count), std::move(neuron)}, {dense<double>(0, 1, kernel, 1, std::move(weights))}};
}

TEST_CASE("why not: a step neuron that hears too little says how far it came and when") {
  const auto found = why_not(hears(step, {3, 2, -4}, neurons("n", 1, 10)), {1, 2, 5}, 256, 256);
  CHECK(found.what == stopped_by::too_little);
  CHECK(found.peak_v_m == 5);
  CHECK(found.peak_time == 3);
  CHECK(found.excitation == 0.5);
  CHECK(found.inhibition == 0);
  CHECK(found.would_fire == never);
}

TEST_CASE("why not: inhibition names the latest spike that held the neuron, if one alone did") {
  const auto net = hears(step, {3, -2, -2, 3}, neurons("n", 1, 3));
  const auto held = why_not(net, {1, 2, 3, 5}, 256, 256);
  CHECK(held.what == stopped_by::inhibition);
  CHECK(held.would_fire == 6);
  CHECK(held.holder == 2u);
  CHECK(held.without_holder == 6);
  const auto by_both = why_not(hears(step, {3, -4, -4, 3}, neurons("n", 1, 4)), {1, 2, 3, 5}, 256, 256);
  CHECK(by_both.what == stopped_by::inhibition);
  CHECK_FALSE(by_both.holder);
}

TEST_CASE("why not: a ramp neuron that the window cuts off says when it would have fired") {
  const auto found = why_not(hears(ramp, {2}, neurons("n", 1, 20)), {1}, 10, 10);
  CHECK(found.what == stopped_by::window);
  CHECK(found.would_fire == 12);
  CHECK(found.peak_v_m == 16);
  CHECK(found.peak_time == 10);
  const auto closed = why_not(hears(step, {3}, neurons("n", 1, 2, 0, 4)), {6}, 256, 256);
  CHECK(closed.what == stopped_by::window);
  CHECK(closed.would_fire == 7);
}

TEST_CASE("why not: nothing heard, a window that opens too late, and a prediction that still stands") {
  CHECK(why_not(hears(step, {0}, neurons("n", 1, 2)), {6}, 256, 256).what == stopped_by::nothing_arrived);
  const auto late = why_not(hears(step, {3}, neurons("n", 1, 2, 30)), {6}, 20, 20);
  CHECK(late.what == stopped_by::late_opening);
  CHECK(late.would_fire == 30);
  const auto coming = why_not(hears(ramp, {2}, neurons("n", 1, 20)), {1}, 5, 100);
  CHECK(coming.what == stopped_by::nothing_so_far);
  CHECK(coming.predicted == 12);
  CHECK(coming.peak_v_m == 6);
}

TEST_CASE("why not: a neuron that has fired is refused by name") {
  const auto net = hears(step, {3}, neurons("n", 1, 2));
  CHECK(refusal([&] { why_not(net, {6}, 256, 256); }).find("n:0 fired at t = 7") != std::string::npos);
}

}  // namespace
}  // namespace firstspike
