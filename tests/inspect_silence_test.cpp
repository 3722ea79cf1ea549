// Why a neuron stayed silent: by hand, and held against runs of that neuron alone.
#include <doctest/doctest.h>

#include "inspect/silence.hpp"
#include "tests/engine_random_networks.hpp"
#include "tests/inspect_alone.hpp"

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

struct tally {
  std::size_t inhibition = 0, holder = 0, too_little = 0, window = 0;
};

void check_silence(const network<double>& net, const silence& found, const std::vector<heard_arrival>& heard,
                   const std::vector<heard_arrival>& lost_too, double t_max, tally& seen) {
  CAPTURE(found.id);
  auto excitation = heard;
  std::erase_if(excitation, [](const auto& a) { return a.weight <= 0; });
  CHECK(found.excitation + found.inhibition == doctest::Approx(found.peak_v_m / found.v_th));
  if (found.what == stopped_by::nothing_arrived) CHECK(heard.empty());
  if (found.what == stopped_by::window) {
    CHECK(alone(net, found.id, lost_too, longest_window, false) == found.would_fire);
    ++seen.window;
  }
  if (found.what == stopped_by::too_little) {
    CHECK(alone(net, found.id, excitation, t_max) == never);
    ++seen.too_little;
  }
  if (found.what != stopped_by::inhibition) return;
  CHECK(alone(net, found.id, excitation, t_max) == found.would_fire);
  ++seen.inhibition;
  // Without any later inhibitory spike alone it stays silent; without the one named it fires.
  for (auto a = heard.rbegin(); a != heard.rend(); ++a) {
    if (a->weight > 0) continue;
    const auto instead = alone(net, found.id, without(heard, a->pre), t_max);
    if (found.holder == a->pre) {
      CHECK(instead == found.without_holder);
      ++seen.holder;
      break;
    }
    CHECK(instead == never);
  }
}

TEST_CASE("why not: what is said to have stopped a neuron did, on 1,000 random networks") {
  tally seen;
  for (std::uint32_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    network_choice choice;
    choice.shape = static_cast<network_shape>(number % 4);
    choice.whole = number / 4 % 2 == 0;
    choice.samples = 1;
    const auto c = draw_case(81, number, choice);
    const auto net = build<double>(c);
    const auto times = simulate(net, c.source_times, {c.t_max}).times;
    const auto incoming = list_incoming(net);
    auto open = c.populations;
    for (auto& p : open) p.t_close = never;
    auto heard = arrivals_of(c.populations, c.projections, times, c.t_max);
    auto lost_too = arrivals_of(open, c.projections, times, never);
    const observed_run<double> run{net, incoming, times, c.t_max, c.t_max};
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      if (net.populations()[net.population_of(id)].kind != population_kind::neurons || times[id] != never) continue;
      std::erase_if(heard[id], [](const auto& a) { return a.weight == 0; });
      std::erase_if(lost_too[id], [&](const auto& a) { return a.weight == 0 || a.time > c.t_max; });
      check_silence(net, explain_silence(run, id), heard[id], lost_too[id], c.t_max, seen);
    }
  }
  CHECK(seen.inhibition > 100);
  CHECK(seen.holder > 50);
  CHECK(seen.too_little > 100);
  CHECK(seen.window > 50);
}

}  // namespace
}  // namespace firstspike
