// Why a neuron stayed silent: by hand, and compared with runs of that neuron alone.
#include "firstspike/inspect/silence.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "firstspike/tests/engine/random_networks.hpp"
#include "firstspike/tests/inspect/alone.hpp"

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

network<double> network_with(synapse_kernel kernel, std::vector<double> weights, population neuron) {
  const auto count = static_cast<std::uint32_t>(weights.size());
  return {{sources("in", count), std::move(neuron)}, {dense<double>(0, 1, kernel, 1, std::move(weights))}};
}

TEST_CASE("why not: a step neuron with too little input reports its peak and its time") {
  const auto found = why_not(network_with(step, {3, 2, -4}, neurons("n", 1, 10)), {1, 2, 5}, 256, 256);
  CHECK(found.what == stopped_by::too_little);
  CHECK(found.peak_v_m == 5);
  CHECK(found.peak_time == 3);
  CHECK(found.excitation == 0.5);
  CHECK(found.inhibition == 0);
  CHECK(found.would_fire == never);
}

TEST_CASE("why not: the latest inhibitory spike is named if it alone kept the neuron silent") {
  const auto net = network_with(step, {3, -2, -2, 3}, neurons("n", 1, 3));
  const auto held = why_not(net, {1, 2, 3, 5}, 256, 256);
  CHECK(held.what == stopped_by::inhibition);
  CHECK(held.would_fire == 6);
  CHECK(held.holder == 2u);
  CHECK(held.without_holder == 6);
  const auto by_both = why_not(network_with(step, {3, -4, -4, 3}, neurons("n", 1, 4)), {1, 2, 3, 5}, 256, 256);
  CHECK(by_both.what == stopped_by::inhibition);
  CHECK_FALSE(by_both.holder);
}

TEST_CASE("why not: a ramp neuron that is silent because the window ends reports when it would have fired") {
  const auto found = why_not(network_with(ramp, {2}, neurons("n", 1, 20)), {1}, 10, 10);
  CHECK(found.what == stopped_by::window);
  CHECK(found.would_fire == 12);
  CHECK(found.peak_v_m == 16);
  CHECK(found.peak_time == 10);
  const auto closed = why_not(network_with(step, {3}, neurons("n", 1, 2, 4)), {6}, 256, 256);
  CHECK(closed.what == stopped_by::window);
  CHECK(closed.would_fire == 7);
}

TEST_CASE("why not: no arrivals, and a pending prediction") {
  CHECK(why_not(network_with(step, {0}, neurons("n", 1, 2)), {6}, 256, 256).what == stopped_by::nothing_arrived);
  const auto coming = why_not(network_with(ramp, {2}, neurons("n", 1, 20)), {1}, 5, 100);
  CHECK(coming.what == stopped_by::nothing_so_far);
  CHECK(coming.predicted == 12);
  CHECK(coming.peak_v_m == 6);
}

TEST_CASE("why not: a neuron that has fired is refused by name") {
  const auto net = network_with(step, {3}, neurons("n", 1, 2));
  CHECK(refusal([&] { why_not(net, {6}, 256, 256); }).find("n:0 fired at t = 7") != std::string::npos);
}

// A relu neuron: range 10, from 20 to 30 the threshold falls by 1 a step. in:k arrives a step after it fires.
population relu() { return fire_phase_neurons("n", 1, 10, 20, 1, 30); }

TEST_CASE("why not: a relu neuron with a sum below 0 names the inhibition") {
  // V = 0.5 * (20 - 10) - 1 * (20 - 12) = -3; excitation alone is 5, which fires at 25.
  const auto found = why_not(network_with(ramp, {0.5, -1}, relu()), {9, 11}, 256, 256);
  CHECK(found.what == stopped_by::inhibition);
  CHECK(found.peak_v_m == -3);
  CHECK(found.peak_time == 20);
  CHECK(found.excitation == 0.5);
  CHECK(found.inhibition == -0.8);
  CHECK(found.until == 30);
  CHECK(found.lowest_threshold == 0);
  CHECK(found.would_fire == 25);
  CHECK(found.holder == 1u);
  CHECK(found.without_holder == 25);
  CHECK(found.lost == 0);
}

TEST_CASE("why not: from t_fire on the inhibition is known, also before the neuron would have fired") {
  const auto found = why_not(network_with(ramp, {0.5, -1}, relu()), {9, 11}, 20, 256);
  CHECK(found.until == 20);
  CHECK(found.what == stopped_by::inhibition);
  CHECK(found.would_fire == 25);
  CHECK(found.holder == 1u);
}

TEST_CASE("why not: for a threshold that does not fall far enough, its end and the time of the crossing are reported") {
  // It falls by 0.5 a step from 10 to 5 at 30; V = 0.25 * (20 - 8) = 3, which it would meet at 34.
  const auto net = network_with(ramp, {0.25}, fire_phase_neurons("n", 1, 10, 20, 0.5, 30));
  const auto found = why_not(net, {7}, 256, 256);
  CHECK(found.what == stopped_by::threshold);
  CHECK(found.peak_v_m == 3);
  CHECK(found.closes == 30);
  CHECK(found.lowest_threshold == 5);
  CHECK(found.would_fire == 34);
  // At slope 0 it would never meet it.
  const auto sampled = why_not(network_with(ramp, {0.25}, fire_phase_neurons("n", 1, 10, 20, 0, 30)), {7}, 256, 256);
  CHECK(sampled.what == stopped_by::too_little);
  CHECK(sampled.lowest_threshold == 10);
  CHECK(sampled.would_fire == never);
  CHECK(why_not(net, {never}, 256, 256).what == stopped_by::nothing_arrived);
}

TEST_CASE("why not: arrivals after the start of the fire phase are counted, and are the reason if they would suffice") {
  // Sampled at 10: 3 of 5. What comes at 12 and 13 is lost; up to 13 it would have been 6, and up to 12 only 4.
  const auto net = network_with(step, {3, 1, 2, 9}, fire_phase_neurons("n", 1, 5, 10, 0, 20));
  const auto found = why_not(net, {1, 11, 12, 19}, 15, 256);
  CHECK(found.what == stopped_by::late_arrivals);
  CHECK(found.lost == 2);
  CHECK(found.peak_v_m == 3);
  CHECK(found.until == 15);
  CHECK(found.would_fire == 15);
  const auto too_few = why_not(net, {1, 11, 12, 19}, 12, 256);
  CHECK(too_few.what == stopped_by::too_little);
  CHECK(too_few.lost == 1);
  // A spike that arrives as the fire phase begins counts.
  CHECK(why_not(net, {1, 9, never, never}, 256, 256).lost == 0);
  CHECK(why_not(net, {1, 9, never, never}, 256, 256).peak_v_m == 4);
}

TEST_CASE(
    "why not: late arrivals are not the reason if the neuron would have fired in a later fire phase without them") {
  // V(10) = 4 * 0.5 = 2 of 9; at 20 it would be 7, and what comes at 15 adds 1 * 5.
  const auto late = network_with(ramp, {0.5, 1}, fire_phase_neurons("n", 1, 9, 10, 0, 20));
  CHECK(why_not(late, {5, 14}, 256, 256).what == stopped_by::late_arrivals);
  const auto anyway = network_with(ramp, {0.5, 1}, fire_phase_neurons("n", 1, 7, 10, 0, 20));
  CHECK(why_not(anyway, {5, 14}, 256, 256).what == stopped_by::too_little);
}

TEST_CASE("why not: late arrivals are compared with a fire phase of the same length") {
  // Two steps at slope 1 from 5: up to 12 it would have been 4, which fires at 13; the 1 that arrived in time never
  // fires.
  const auto layer = fire_phase_neurons("n", 1, 5, 10, 1, 12);
  const auto found = why_not(network_with(step, {1, 3}, layer), {1, 10.5}, 256, 256);
  CHECK(found.what == stopped_by::late_arrivals);
  CHECK(found.would_fire == 13);
  const auto too_few = why_not(network_with(step, {1, 2}, layer), {1, 10.5}, 256, 256);
  CHECK(too_few.what == stopped_by::threshold);
  CHECK(too_few.would_fire == 14);
}

TEST_CASE("why not: with a fire phase, excitation and inhibition that cancel are reported") {
  const auto found = why_not(network_with(step, {5, -5}, relu()), {1, 2}, 256, 256);
  CHECK(found.peak_v_m == 0);
  CHECK(found.excitation == 0.5);
  CHECK(found.inhibition == -0.5);
}

TEST_CASE("why not: before the fire phase its start and the predicted spike are reported") {
  const auto net = network_with(ramp, {0.5, -1}, relu());
  const auto fires = why_not(net, {9, 15}, 15, 256);
  CHECK(fires.what == stopped_by::fire_phase_ahead);
  CHECK(fires.t_fire == 20);
  CHECK(fires.predicted == 25);
  CHECK(fires.peak_v_m == 2.5);
  CHECK(fires.peak_time == 15);
  const auto silent = why_not(net, {9, 11}, 12, 256);
  CHECK(silent.what == stopped_by::fire_phase_ahead);
  CHECK(silent.predicted == never);
  const auto ended = why_not(net, {9, never}, 16, 16);
  CHECK(ended.what == stopped_by::fire_phase_ahead);
  CHECK(ended.predicted == never);
  CHECK(ended.would_fire == 25);
  CHECK(ended.closes == 16);
  CHECK(ended.lowest_threshold == 10);
  CHECK(why_not(net, {9, 11}, 16, 16).would_fire == never);
  const auto falling = why_not(net, {9, never}, 22, 256);
  CHECK(falling.what == stopped_by::nothing_so_far);
  CHECK(falling.predicted == 25);
}

struct tally {
  std::size_t inhibition = 0, holder = 0, too_little = 0, window = 0;
  std::size_t inhibition_in_fire_phase = 0, late = 0, threshold = 0, ahead = 0;
};

/// Equal but for rounding, or both `never`.
bool near(double a, double b) { return a == b || std::abs(a - b) <= 1e-9 * std::abs(b); }

/// Firing time of a neuron with a fire phase and the arrivals `received`, by the formula of docs/design.md. Rounds
/// differently from the engine.
double by_formula(const population& layer, double v_th, synapse_kernel kernel,
                  const std::vector<received_arrival>& received, double t_fire) {
  double v = 0;
  for (const auto& a : received) v += kernel == step ? a.weight : a.weight * (t_fire - a.time);
  if (v >= v_th) return t_fire;
  return layer.threshold_slope == 0 ? never : t_fire + (v_th - v) / layer.threshold_slope;
}

/// `lost_too`: all that arrived up to the end, in time or not.
void check_fire_phase(const network<double>& net, const silence& found, const std::vector<received_arrival>& received,
                      const std::vector<received_arrival>& lost_too, double t_max, tally& seen) {
  const auto population = net.population_of(found.id);
  const auto& layer = net.populations()[population];
  const double closes = std::min(layer.t_close, t_max);
  const double v_th = layer.v_th[found.id - net.first_id(population)];
  const auto fires = [&](const std::vector<received_arrival>& arrivals, double t_fire) {
    return by_formula(layer, v_th, net.kernel(population), arrivals, t_fire);
  };
  CHECK(found.what != stopped_by::window);
  CHECK(found.t_fire == layer.t_fire);
  if (found.what == stopped_by::fire_phase_ahead) {
    CHECK(layer.t_fire >= t_max);
    const double would_fire = fires(received, layer.t_fire);
    CHECK(near(found.would_fire, would_fire < layer.t_close ? would_fire : never));
    ++seen.ahead;
    return;
  }
  CHECK(found.peak_time == layer.t_fire);
  CHECK(found.lowest_threshold == doctest::Approx(v_th - layer.threshold_slope * (closes - layer.t_fire)));
  CHECK(found.peak_v_m <= found.lowest_threshold + 1e-9 * v_th);
  CHECK(found.lost == lost_too.size() - received.size());
  if (found.what == stopped_by::threshold) {
    CHECK(near(found.would_fire, fires(received, layer.t_fire)));
    CHECK(found.would_fire >= closes - 1e-9);
    ++seen.threshold;
  }
  if (found.what != stopped_by::late_arrivals) return;
  // With its fire phase, of the same length, at the end of this one.
  const double later_end = closes + (closes - layer.t_fire);
  CHECK(fires(received, closes) >= later_end - 1e-9);
  CHECK(near(found.would_fire, fires(lost_too, closes)));
  CHECK(found.would_fire < later_end);
  ++seen.late;
}

void check_silence(const network<double>& net, const silence& found, const std::vector<received_arrival>& received,
                   const std::vector<received_arrival>& lost_too, double t_max, tally& seen) {
  CAPTURE(found.id);
  auto excitation = received;
  std::erase_if(excitation, [](const auto& a) { return a.weight <= 0; });
  CHECK(found.excitation + found.inhibition == doctest::Approx(found.peak_v_m / found.v_th));
  if (found.what == stopped_by::nothing_arrived) CHECK(received.empty());
  if (found.t_fire != never) check_fire_phase(net, found, received, lost_too, t_max, seen);
  if (found.what == stopped_by::window) {
    CHECK(alone(net, found.id, lost_too, longest_window, false) == found.would_fire);
    ++seen.window;
  }
  if (found.what == stopped_by::too_little || found.what == stopped_by::threshold) {
    CHECK(alone(net, found.id, excitation, t_max) == never);
    ++seen.too_little;
  }
  if (found.what != stopped_by::inhibition) return;
  CHECK(alone(net, found.id, excitation, t_max) == found.would_fire);
  ++(found.t_fire == never ? seen.inhibition : seen.inhibition_in_fire_phase);
  // Without any later inhibitory spike alone it stays silent; without the one named it fires.
  for (auto a = received.rbegin(); a != received.rend(); ++a) {
    if (a->weight > 0) continue;
    const auto instead = alone(net, found.id, without(received, a->pre), t_max);
    if (found.holder == a->pre) {
      CHECK(instead == found.without_holder);
      ++seen.holder;
      break;
    }
    CHECK(instead == never);
  }
}

TEST_CASE("why not: on 1,000 random networks the reported reason is why the neuron is silent") {
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
    for (auto& p : open) {
      if (p.kind == population_kind::neurons && p.t_fire == never) p.t_close = never;
      if (p.kind == population_kind::neurons) p.t_fire = never;
    }
    auto received = arrivals_of(c.populations, c.projections, times, c.t_max);
    auto lost_too = arrivals_of(open, c.projections, times, never);
    const observed_run<double> run{net, incoming, times, c.t_max, c.t_max};
    for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
      if (net.populations()[net.population_of(id)].kind != population_kind::neurons || times[id] != never) continue;
      std::erase_if(received[id], [](const auto& a) { return a.weight == 0; });
      const bool fire_phase = net.has_fire_phase(net.population_of(id));
      std::erase_if(lost_too[id], [&](const auto& a) {
        return a.weight == 0 || a.time > c.t_max || (fire_phase && a.time == c.t_max);
      });
      check_silence(net, explain_silence(run, id), received[id], lost_too[id], c.t_max, seen);
    }
  }
  CHECK(seen.inhibition > 100);
  CHECK(seen.holder > 50);
  CHECK(seen.too_little > 100);
  CHECK(seen.window > 50);
  CHECK(seen.inhibition_in_fire_phase > 100);
  CHECK(seen.late > 50);
  CHECK(seen.threshold > 50);
  CHECK(seen.ahead > 20);
  MESSAGE("without a fire phase: inhibition " << seen.inhibition << ", too little " << seen.too_little << ", window "
                                              << seen.window << "; with one: inhibition "
                                              << seen.inhibition_in_fire_phase << ", late arrivals " << seen.late
                                              << ", threshold " << seen.threshold << ", ahead " << seen.ahead);
}

}  // namespace
}  // namespace firstspike
