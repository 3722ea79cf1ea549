// Why a neuron fired, compared with the arrivals of an oracle and with runs of the causes alone.
#include "firstspike/inspect/causes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "firstspike/data/random.hpp"
#include "firstspike/tests/engine/random_networks.hpp"
#include "firstspike/tests/inspect/alone.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

std::vector<received_arrival> as_received(const std::vector<cause>& causes) {
  std::vector<received_arrival> received;
  for (const auto& c : causes) received.push_back({c.arrival, 0, c.pre, 0, c.arrival - c.spike_time, 0, c.weight});
  return received;
}

struct tally {
  std::size_t neurons = 0, critical = 0, none_critical = 0;
  std::size_t at_once = 0, later = 0;  // in a fire phase: at t_fire, and as the threshold fell
};

/// `received`: the arrivals at neuron `id`, by the oracle. `v_m`: at its spike, by the engine.
template <class Real>
void check_explanation(const observed_run<Real>& run, std::uint32_t id, const std::vector<received_arrival>& received,
                       double v_m, tally& seen) {
  CAPTURE(id);
  const auto found = explain(run, id);
  const double fired = run.spike_times[id];
  CHECK(found.spike_time == fired);
  CHECK(found.t_fire == run.net.populations()[run.net.population_of(id)].t_fire);
  CHECK(found.v_m == v_m);
  double share = 0, size = 0;
  for (const auto& c : found.causes) {
    share += c.share;
    size += std::abs(c.share);
  }
  // Contributions round differently from the engine's sums, and cancel.
  CHECK(std::abs(share - found.v_m / found.v_th) <= 64 * std::numeric_limits<Real>::epsilon() * (1 + size));
  // The named causes are what had arrived, in the order of summation, and they alone make it fire.
  std::vector<received_arrival> named = as_received(found.causes);
  REQUIRE(named.size() <= received.size());
  for (std::size_t i = 0; i < named.size(); ++i) {
    CHECK(named[i].pre == received[i].pre);
    CHECK(named[i].time == received[i].time);
    CHECK(named[i].weight == static_cast<double>(static_cast<Real>(received[i].weight)));
  }
  CHECK(alone(run.net, id, named, run.t_max) == fired);
  // From the latest back, the critical cause is the first without which the neuron does not fire at that time.
  std::vector<std::uint32_t> latest_first;
  for (auto c = named.rbegin(); c != named.rend(); ++c) {
    if (std::ranges::find(latest_first, c->pre) == latest_first.end()) latest_first.push_back(c->pre);
  }
  for (const auto pre : latest_first) {
    const auto instead = alone(run.net, id, without(received, pre), run.t_max);
    if (found.critical == pre) {
      CHECK(instead != fired);
      CHECK(instead == found.without_critical);
      break;
    }
    CHECK(instead == fired);
  }
  ++seen.neurons;
  ++(found.critical ? seen.critical : seen.none_critical);
  seen.at_once += found.t_fire == fired;
  seen.later += found.t_fire < fired;
}

template <class Real>
void check_case(std::uint32_t number, tally& seen) {
  CAPTURE(number);
  network_choice choice;
  choice.shape = static_cast<network_shape>(number % 4);
  choice.whole = number / 4 % 2 == 0;
  choice.whole_times = number / 8 % 2 == 0;
  choice.samples = 1;
  const auto c = draw_case(71, number, choice);
  const auto net = build<Real>(c);
  const auto [samples, count, times, v_m] = simulate(net, c.source_times, {c.t_max, scheduler::heap, 1, true});
  const auto incoming = list_incoming(net);
  auto received = arrivals_of(c.populations, c.projections, times, c.t_max);
  for (auto& of_neuron : received) std::erase_if(of_neuron, [](const auto& a) { return a.weight == 0; });
  const observed_run<Real> run{net, incoming, times, c.t_max, c.t_max};
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    const bool is_neuron = net.populations()[net.population_of(id)].kind == population_kind::neurons;
    if (is_neuron && times[id] != never) check_explanation(run, id, received[id], v_m[id], seen);
  }
}

TEST_CASE("why: on 1,000 networks the causes make the neuron fire, and the critical one is necessary") {
  tally seen;
  for (std::uint32_t number = 0; number < 1000; ++number) {
    number % 4 == 3 ? check_case<float>(number, seen) : check_case<double>(number, seen);
  }
  CHECK(seen.neurons > 2000);
  CHECK(seen.critical > 500);
  CHECK(seen.none_critical > 50);
  CHECK(seen.at_once > 100);
  CHECK(seen.later > 100);
  MESSAGE(seen.neurons << " spikes explained, " << seen.critical << " with a critical cause, " << seen.none_critical
                       << " with none; in fire phases " << seen.at_once << " at t_fire, " << seen.later << " later");
}

TEST_CASE("why: by hand, the causes of a step neuron are all its arrivals, and the one that crossed is critical") {
  // 3 + 2 = 5 at t = 4 is not above 5, 3 + 2 - 1 neither; 2 more at 8 are; what comes at 9 is no cause.
  const network<double> net({sources("in", 5), neurons("n", 1, 5)}, {dense<double>(0, 1, step, 1, {3, 2, -1, 2, 9})});
  const std::vector<double> times = {1, 3, 5, 7, 8, 8};
  const auto incoming = list_incoming(net);
  const observed_run<double> run{net, incoming, times, 256, 256};
  const auto found = explain(run, 5);
  CHECK(found.spike_time == 8);
  CHECK(found.t_fire == never);
  CHECK(found.v_m == 6);
  REQUIRE(found.causes.size() == 4);
  CHECK(found.causes[2].pre == 2);
  CHECK(found.causes[2].arrival == 6);
  CHECK(found.causes[2].share == -0.2);
  CHECK(found.critical == 3u);
  CHECK(found.without_critical == 9);
  CHECK(explain(observed_run<double>{net, incoming, times, 8, 256}, 5).without_critical == never);
}

TEST_CASE("why: by hand, neither of two spikes is critical if one is sufficient") {
  const network<double> net({sources("in", 2), neurons("n", 1, 1)}, {dense<double>(0, 1, step, 0, {2, 2})});
  const std::vector<double> times = {3, 3, 3};
  const auto incoming = list_incoming(net);
  const observed_run<double> run{net, incoming, times, 256, 256};
  CHECK_FALSE(explain(run, 2).critical);
  CHECK(critical_chain(run, 2) == std::vector<spike>{{2, 3}});
}

/// The arrivals at the last neuron of a network, and why it fired.
explanation why(const network<double>& net, std::vector<double> sources, double t_max = 256) {
  const auto times = simulate(net, sources, {t_max}).times;
  const auto incoming = list_incoming(net);
  return explain(observed_run<double>{net, incoming, times, t_max, t_max}, net.neuron_count() - 1);
}

TEST_CASE("why: by hand, a relu neuron fires earlier for a larger sum, and each input contributes") {
  // Range 10 in a window of 10 steps from 20. V = 0.5 * (20 - 10) - 0.25 * (20 - 12) + 0.5 * (20 - 16) = 5, so the
  // threshold, which falls by 1 a step, meets it at 25. What arrives at 20 adds nothing, what arrives at 21 is lost.
  const network<double> net({sources("in", 5), fire_phase_neurons("n", 1, 10, 20, 1, 30)},
                            {dense<double>(0, 1, ramp, 0, {0.5, -0.25, 0.5, 3, 100})});
  const auto found = why(net, {10, 12, 16, 20, 21});
  CHECK(found.spike_time == 25);
  CHECK(found.t_fire == 20);
  CHECK(found.v_m == 5);
  CHECK(found.v_th == 10);
  REQUIRE(found.causes.size() == 4);
  CHECK(found.causes[0].share == 0.5);
  CHECK(found.causes[1].share == -0.2);
  CHECK(found.causes[2].share == 0.2);
  CHECK(found.causes[3].share == 0);
  // Without in:2 V is 3: seven steps into the window.
  CHECK(found.critical == 2u);
  CHECK(found.without_critical == 27);
}

TEST_CASE("why: by hand, without the critical spike a neuron with a fire phase may stay silent") {
  // V = 0.5 * 10 - 0.5 * 6 = 2 fires at 28; without in:0 V is -3, and the window ends before the threshold is that low.
  const network<double> net({sources("in", 2), fire_phase_neurons("n", 1, 10, 20, 1, 30)},
                            {dense<double>(0, 1, ramp, 0, {-0.5, 0.5})});
  const auto inhibited = why(net, {14, 10});
  CHECK(inhibited.spike_time == 28);
  CHECK(inhibited.critical == 0u);
  CHECK(inhibited.without_critical == 25);
  const auto driven = why(net, {10, 4});
  CHECK(driven.v_m == 3);
  CHECK(driven.critical == 0u);
  CHECK(why(net, {never, 4}).critical == 1u);
  CHECK(why(net, {never, 4}).without_critical == never);
}

TEST_CASE("why: by hand, at slope 0 surplus spikes are not critical, and contributions add up to more than 1") {
  // At 8: 3 + 2 + 1 = 6 against 5. Without in:2 it is 5, which is enough with a fire phase; without in:1 it is 4.
  const network<double> net({sources("in", 3), fire_phase_neurons("n", 1, 5, 8, 0)},
                            {dense<double>(0, 1, step, 1, {3, 2, 1})});
  const auto found = why(net, {1, 5, 7});
  CHECK(found.spike_time == 8);
  CHECK(found.v_m == 6);
  CHECK(found.causes[0].share + found.causes[1].share + found.causes[2].share == doctest::Approx(1.2));
  CHECK(found.critical == 1u);
  CHECK(found.without_critical == never);
}

TEST_CASE("why: by hand, contributions lead through a fire phase to the sources, and add up to less than 1") {
  // a fires at 14 with V = 6 of 10; out integrates it from 15 to 30 with 0.5: V = 7.5 of 10, so it fires at 32.5.
  const network<double> net(
      {sources("in", 2), fire_phase_neurons("a", 1, 10, 10, 1, 20), fire_phase_neurons("out", 1, 10, 30, 1)},
      {dense<double>(0, 1, ramp, 0, {1, -1}), dense<double>(1, 2, ramp, 1, {0.5})});
  const std::vector<double> input = {2, 8};
  const auto times = simulate(net, input, {}).times;
  CHECK(times == std::vector<double>{2, 8, 14, 32.5});
  const auto incoming = list_incoming(net);
  const observed_run<double> run{net, incoming, times, 256, 256};
  const auto roots = roots_of(run, 3);
  REQUIRE(roots.size() == 2);
  CHECK(roots[0].id == 0);
  CHECK(roots[0].share == doctest::Approx(0.75 * 0.8));
  CHECK(roots[1].share == doctest::Approx(0.75 * -0.2));
  CHECK(critical_chain(run, 3) == std::vector<spike>{{3, 32.5}, {2, 14}, {1, 8}});
}

TEST_CASE("why: by hand, contributions lead to the sources along every path") {
  // a at 2 and 4 ramp steps; out has input from a twice, with different delays.
  const network<double> net({sources("in", 2), neurons("a", 2, 4), neurons("out", 1, 6)},
                            {dense<double>(0, 1, ramp, 0, {2, 0, 0, 1}), dense<double>(1, 2, ramp, 0, {2, 1})});
  const auto times = simulate(net, std::vector<double>{0, 0}, {}).times;
  CHECK(times == std::vector<double>{0, 0, 2, 4, 14 / 3.});
  const auto incoming = list_incoming(net);
  const observed_run<double> run{net, incoming, times, 256, 256};
  const auto found = explain(run, 4);
  REQUIRE(found.causes.size() == 2);
  CHECK(found.causes[0].share == doctest::Approx(2 * (14 / 3. - 2) / 6));
  const auto roots = roots_of(run, 4);
  REQUIRE(roots.size() == 2);
  CHECK(roots[0].id == 0);
  CHECK(roots[0].share == doctest::Approx(2 * (14 / 3. - 2) / 6));
  CHECK(roots[0].share + roots[1].share == doctest::Approx(1));
  CHECK(critical_chain(run, 4) == std::vector<spike>{{4, 14 / 3.}, {3, 4}, {1, 0}});
}

TEST_CASE("why: a neuron that has not fired yet, and a source, are refused by name") {
  const network<double> net({sources("in", 1), neurons("n", 1, 1)}, {dense<double>(0, 1, step, 1, {2})});
  const std::vector<double> times = {3, 4}, silent = {3, never};
  const auto incoming = list_incoming(net);
  const observed_run<double> run{net, incoming, times, 3, 256};
  CHECK(refusal([&] { explain(run, 1); }).find("n:0 has not fired by t = 3") != std::string::npos);
  const observed_run<double> ended{net, incoming, std::span(silent), 256, 256};
  CHECK(refusal([&] { explain(ended, 1); }) == "n:0 stays silent in this run; ask why-not n:0");
  CHECK(refusal([&] { explain(run, 0); }).find("in:0 is a source, whose firing time is given") != std::string::npos);
}

}  // namespace
}  // namespace firstspike
