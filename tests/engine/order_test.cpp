// Several populations: delays, ranks, order of summation, by hand-computed examples.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "firstspike/tests/engine/build.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

// Adding 1 to it has no effect in either precision, so a sum shows its order of summation.
constexpr double huge = 1e17;

TEST_CASE_TEMPLATE("delays: each synapse of a sparse projection has its own", Real, float, double) {
  const network<Real> net({sources("input", 1), neurons("n", 2, 5)},
                          {sparse<Real>(0, 1, step, {{0, 0, 3, 5}, {0, 0, 3, 2}, {0, 1, 6, 0.5}})});
  CHECK(agreed(net, {1}).times == std::vector<double>{1, 6, 1.5});
}

TEST_CASE_TEMPLATE("delays: arrivals at t_max or later are ignored", Real, float, double) {
  const network<Real> net({sources("input", 1), neurons("n", 1, 5)}, {dense<Real>(0, 1, step, 2, {6})});
  CHECK(agreed(net, {1}, 3).times == std::vector<double>{1, never});
  CHECK(agreed(net, {1}, 3).v_m == std::vector<double>{0, 0});
  CHECK(agreed(net, {1}, 3.5).times == std::vector<double>{1, 3});
}

TEST_CASE_TEMPLATE("delays: the shortest one allowed still separates cause and effect", Real, float, double) {
  const network<Real> net({sources("input", 1), neurons("a", 1, 1), neurons("b", 1, 1)},
                          {dense<Real>(0, 1, step, shortest_delay, {2}), dense<Real>(0, 2, step, 0, {2}),
                           dense<Real>(1, 2, step, 0, {-2})});
  const double late = longest_window - 1;
  CHECK(agreed(net, {late}, longest_window).times == std::vector<double>{late, late + shortest_delay, late});
}

TEST_CASE_TEMPLATE("ranks: inhibition along a zero-delay path of any length keeps a step neuron silent", Real, float,
                   double) {
  const std::vector<population> layers = {neurons("held", 1, 5), neurons("second", 1, 1), neurons("first", 1, 1),
                                          sources("input", 1)};
  const auto inhibited_after = [&](double delay) {
    return network<Real>(layers, {dense<Real>(3, 2, step, 0, {2}), dense<Real>(2, 1, step, 0, {2}),
                                  dense<Real>(1, 0, step, delay, {-4}), dense<Real>(3, 0, step, 0, {8})});
  };
  CHECK(inhibited_after(0).rank(0) == 3);
  CHECK(agreed(inhibited_after(0), {7}).times == std::vector<double>{never, 7, 7, 7});
  CHECK(agreed(inhibited_after(0), {7}).v_m == std::vector<double>{4, 2, 2, 0});
  CHECK(inhibited_after(1).rank(0) == 1);
  CHECK(agreed(inhibited_after(1), {7}).times == std::vector<double>{7, 7, 7, 7});
}

TEST_CASE_TEMPLATE("ranks: a ramp crossing at t inhibits, at t, the rank above it", Real, float, double) {
  const network<Real> net(
      {sources("input", 2), neurons("a", 1, 10), neurons("b", 1, 1)},
      {dense<Real>(0, 1, ramp, 0, {2, 0}), dense<Real>(1, 2, step, 0, {-3}), dense<Real>(0, 2, step, 0, {0, 3})});
  CHECK(agreed(net, {0, 5}).times == std::vector<double>{0, 5, 5, never});
  CHECK(agreed(net, {0, 4}).times == std::vector<double>{0, 4, 5, 4});
}

TEST_CASE_TEMPLATE("ranks: a ramp neuron due at t fires at t, regardless of arrivals from a lower rank at t", Real,
                   float, double) {
  const network<Real> net(
      {sources("input", 1), neurons("a", 1, 10), neurons("b", 1, 10)},
      {dense<Real>(0, 1, ramp, 0, {2}), dense<Real>(0, 2, ramp, 0, {2}), dense<Real>(1, 2, ramp, 0, {-9})});
  CHECK(agreed(net, {1}).times == std::vector<double>{1, 6, 6});
}

TEST_CASE_TEMPLATE("ranks: a spike at t_fire reaches higher ranks within the same instant", Real, float, double) {
  const network<Real> net(
      {sources("input", 2), fire_phase_neurons("a", 1, 1, 5, 0), neurons("b", 1, 1)},
      {dense<Real>(0, 1, step, 0, {2, 0}), dense<Real>(1, 2, step, 0, {-3}), dense<Real>(0, 2, step, 0, {0, 3})});
  CHECK(agreed(net, {2, 5}).times == std::vector<double>{2, 5, 5, never});
  CHECK(agreed(net, {2, 4}).times == std::vector<double>{2, 4, 5, 4});
}

TEST_CASE_TEMPLATE("ranks: spikes of lower ranks at t_fire without delay count", Real, float, double) {
  // The chain input -> relay -> n within the instant 5; n is listed first, so ids do not help.
  const auto relayed = [](double delay, double w, synapse_kernel into) {
    const network<Real> net({fire_phase_neurons("n", 1, 4, 5, 1), neurons("relay", 1, 1), sources("input", 2)},
                            {dense<Real>(2, 1, step, 0, {0, 2}), dense<Real>(1, 0, into, delay, {static_cast<Real>(w)}),
                             dense<Real>(2, 0, into, 0, {3, 0})});
    return agreed(net, {4, 5});
  };
  CHECK(relayed(0, 1, step).times == std::vector<double>{5, 5, 4, 5});
  CHECK(relayed(0, 1, step).v_m == std::vector<double>{4, 2, 0, 0});
  CHECK(relayed(0, -2, step).times == std::vector<double>{8, 5, 4, 5});
  CHECK(relayed(shortest_delay, -2, step).times == std::vector<double>{6, 5, 4, 5});
  CHECK(relayed(0, -2, ramp).times == std::vector<double>{6, 5, 4, 5});
}

TEST_CASE_TEMPLATE("ranks: spikes at t_fire of a lower rank with a fire phase count in a fire phase", Real, float,
                   double) {
  const auto chain = [](double second_t_fire) {
    const network<Real> net({fire_phase_neurons("second", 1, 4, second_t_fire, 1), sources("input", 1),
                             fire_phase_neurons("first", 2, 2, 5, 0.5)},
                            {dense<Real>(1, 2, step, 0, {3, 1}), dense<Real>(2, 0, step, 0, {1, 2})});
    return agreed(net, {4}).times;
  };
  CHECK(chain(5) == std::vector<double>{8, 4, 5, 7});
  CHECK(chain(7) == std::vector<double>{8, 4, 5, 7});
  CHECK(chain(6.5) == std::vector<double>{9.5, 4, 5, 7});
}

TEST_CASE_TEMPLATE("order: simultaneous arrivals are summed by presynaptic id", Real, float, double) {
  const auto v_m = [](std::vector<Real> weights) {
    const network<Real> net({sources("input", 3), neurons("n", 1, 5)}, {dense<Real>(0, 1, step, 0, weights)});
    return agreed(net, {2, 2, 2}).v_m.back();
  };
  CHECK(v_m({Real(huge), 1, Real(-huge)}) == 0);
  CHECK(v_m({Real(huge), Real(-huge), 1}) == 1);
}

TEST_CASE_TEMPLATE("order: arrivals are summed by time before presynaptic id", Real, float, double) {
  const network<Real> net({sources("input", 3), neurons("n", 1, 5)},
                          {dense<Real>(0, 1, step, 0, {1, Real(-huge), Real(huge / 2)})});
  CHECK(agreed(net, {3, 1, 1}).v_m.back() == static_cast<double>(Real(-huge) + Real(huge / 2)));
  const network<Real> held({sources("input", 3), neurons("n", 1, 5)},
                           {dense<Real>(0, 1, step, 0, {1, Real(-huge), Real(huge)})});
  CHECK(agreed(held, {3, 1, 2}).v_m.back() == 1);
  CHECK(agreed(held, {1, 1, 2}).v_m.back() == 0);
}

TEST_CASE_TEMPLATE("order: a lower rank is summed before a lower id", Real, float, double) {
  const network<Real> net({neurons("relay", 1, 1), sources("input", 2), neurons("n", 1, 5)},
                          {dense<Real>(1, 0, step, 0, {2, 0}), dense<Real>(0, 2, step, 0, {Real(-huge)}),
                           dense<Real>(1, 2, step, 0, {Real(huge), 1})});
  CHECK(agreed(net, {4, 4}).times == std::vector<double>{4, 4, 4, never});
  CHECK(agreed(net, {4, 4}).v_m.back() == 0);
}

TEST_CASE_TEMPLATE("order: projections of one presynaptic neuron are summed in the order of their description", Real,
                   float, double) {
  const auto v_m = [](std::vector<Real> weights) {
    std::vector<projection<Real>> projections;
    for (const auto w : weights) projections.push_back(dense<Real>(0, 1, step, 1, {w}));
    const network<Real> net({sources("input", 1), neurons("n", 1, 5)}, std::move(projections));
    return agreed(net, {2}).v_m.back();
  };
  CHECK(v_m({Real(huge), 1, Real(-huge)}) == 0);
  CHECK(v_m({Real(huge), Real(-huge), 1}) == 1);
}

TEST_CASE_TEMPLATE("order: duplicate synapses all count, in the order given", Real, float, double) {
  const auto v_m = [](double second, double third) {
    const network<Real> net({sources("input", 1), neurons("n", 1, 5)},
                            {sparse<Real>(0, 1, step, {{0, 0, huge, 1}, {0, 0, second, 1}, {0, 0, third, 1}})});
    return agreed(net, {2}).v_m.back();
  };
  CHECK(v_m(1, -huge) == 0);
  CHECK(v_m(-huge, 1) == 1);
  CHECK(v_m(-huge, 4) == 4);
}

TEST_CASE_TEMPLATE("bias neuron: it fires at t_fire in every sample and biases the layer it projects to", Real, float,
                   double) {
  const network<Real> net({sources("input", 1), bias_neurons("start", 1, 2), neurons("n", 1, 4)},
                          {dense<Real>(0, 2, ramp, 0, {1}), dense<Real>(1, 2, ramp, 0, {1})});
  CHECK(agreed(net, {never, 2, 0}).times == std::vector<double>{never, 2, 6, 2, 2, 4, 0, 2, 3});
  CHECK(agreed(net, {never}, 2).times == std::vector<double>{never, never, never});
}

TEST_CASE_TEMPLATE("recurrence: a delayed loop comes back to neurons that have fired, and changes nothing", Real, float,
                   double) {
  const network<Real> net({sources("input", 1), neurons("n", 2, 1)},
                          {sparse<Real>(0, 1, step, {{0, 0, 2, 1}}),
                           sparse<Real>(1, 1, step, {{0, 1, 2, 1}, {1, 0, -9, 1}, {0, 0, 5, 3}})});
  CHECK_FALSE(net.acyclic());
  CHECK(agreed(net, {1}).times == std::vector<double>{1, 2, 3});
  CHECK(agreed(net, {1}).v_m == std::vector<double>{0, 2, 2});
}

TEST_CASE_TEMPLATE("fire phase: populations of one rank and one t_fire all begin at once, each with its own slope",
                   Real, float, double) {
  const network<Real> net(
      {sources("in", 1), fire_phase_neurons("a", 2, 4, 5, 1), fire_phase_neurons("b", 2, 4, 5, 0.5),
       fire_phase_neurons("c", 1, 4, 5, 0), neurons("d", 1, 4), fire_phase_neurons("e", 1, 4, 5, 2)},
      {dense<Real>(0, 1, step, 0, {3, 4}), sparse<Real>(0, 2, step, {{0, 0, 3, 0}, {0, 1, 5, 0}}),
       dense<Real>(0, 3, step, 0, {3}), dense<Real>(0, 4, step, 2, {5}), dense<Real>(0, 5, ramp, 0, {1})});
  CHECK(agreed(net, {3}).times == std::vector<double>{3, 6, 5, 7, 5, never, 5, 6});
  CHECK(agreed(net, {3}).v_m == std::vector<double>{0, 3, 4, 3, 5, 3, 5, 2});
}

TEST_CASE_TEMPLATE("recurrence: a loop through fire phases carries spikes from one window to the next", Real, float,
                   double) {
  // a fires in [4, 8), b in [8, 12); a spike of b reaches c, which integrates until 12, and a, for which it is too
  // late.
  const network<Real> net(
      {sources("input", 1), fire_phase_neurons("a", 1, 4, 4, 1, 8), fire_phase_neurons("b", 1, 4, 8, 1, 12),
       fire_phase_neurons("c", 2, 4, 12, 1, 16)},
      {dense<Real>(0, 1, ramp, 0, {1}), dense<Real>(1, 2, ramp, 0, {1}), dense<Real>(2, 1, ramp, 1, {100}),
       dense<Real>(2, 3, ramp, 0, {1, -1}), dense<Real>(3, 3, ramp, 1, {9, 9, 9, 9})});
  CHECK_FALSE(net.acyclic());
  // a: 4 - 1 = 3 at 4, so it fires at 5; b: 8 - 5 = 3, at 9; c: 3 and -3, at 13 and never.
  CHECK(agreed(net, {1}).times == std::vector<double>{1, 5, 9, 13, never});
  CHECK(agreed(net, {1}).v_m == std::vector<double>{0, 3, 3, 3, -3});
  CHECK(agreed(net, {4}).times == std::vector<double>{4, never, never, never, never});
}

TEST_CASE_TEMPLATE("recurrence: a loop reaches a population before its fire phase, and its own spikes do not", Real,
                   float, double) {
  // early fires at 2; n fires at 6 and excites itself and early too late.
  const network<Real> net({sources("input", 1), neurons("early", 1, 1), fire_phase_neurons("n", 1, 4, 6, 2)},
                          {dense<Real>(0, 1, step, 0, {2}), sparse<Real>(1, 2, step, {{0, 0, 3, 4}, {0, 0, 9, 5}}),
                           sparse<Real>(2, 2, step, {{0, 0, 9, 1}}), sparse<Real>(2, 1, step, {{0, 0, -9, 1}})});
  CHECK(agreed(net, {2}).times == std::vector<double>{2, 2, 6.5});
  CHECK(agreed(net, {2}).v_m == std::vector<double>{0, 2, 3});
}

TEST_CASE("ranks: 32,767 zero-delay projections in a row are run, one more is refused") {
  const auto chain = [](std::uint32_t length) {
    std::vector<population> layers = {sources("0", 1)};
    std::vector<projection<double>> projections;
    for (std::uint32_t i = 0; i < length; ++i) {
      layers.push_back(neurons(std::to_string(i + 1), 1, 1));
      projections.push_back(sparse<double>(i, i + 1, step, {{0, 0, 2, 0}}));
    }
    return network<double>(std::move(layers), std::move(projections));
  };
  const auto longest = chain(32767);
  CHECK(longest.rank(32767) == 32767);
  for (const auto engine : {scheduler::heap, scheduler::sweep}) {
    const auto record = simulate(longest, std::vector<double>{3}, {8, engine});
    CHECK(record.times == std::vector<double>(32768, 3.0));
  }
  CHECK(refusal([&] { chain(32768); }).find("more than 32,767 zero-delay projections in a row") != std::string::npos);
}

TEST_CASE_TEMPLATE("width: all neurons of a wide layer that are due fire, in whichever chunk of 64 they are", Real,
                   float, double) {
  // Neuron k has input from source k only, at k % 10 + 1; neurons at the ends of chunks all at 20.
  constexpr std::uint32_t size = 130;
  std::vector<double> input, crossings;
  std::vector<Real> diagonal(size * size);
  for (std::uint32_t k = 0; k < size; ++k) {
    const bool last = k == 63 || k == 64 || k >= 127;
    input.push_back(last ? 20 : k % 10 + 1);
    diagonal[k * size + k] = 2;
    crossings.push_back(input.back() + 3);  // v_th 6 at 2 a step
  }
  const network<Real> plain({sources("in", size), neurons("n", size, 6)}, {dense<Real>(0, 1, ramp, 0, diagonal)});
  const network<Real> steps({sources("in", size), neurons("n", size, 1)}, {dense<Real>(0, 1, step, 3, diagonal)});
  for (const auto* net : {&plain, &steps}) {
    const auto times = agreed(*net, input).times;
    CHECK(std::vector(times.begin() + size, times.end()) == crossings);
  }
  const network<Real> phase({sources("in", size), fire_phase_neurons("n", size, 58, 30, 2)},
                            {dense<Real>(0, 1, ramp, 0, diagonal)});
  const auto times = agreed(phase, input).times;
  // V = 2 (30 - a) is 58 - 2 (a - 1).
  for (std::uint32_t k = 0; k < size; ++k) CHECK(times[size + k] == 30 + (input[k] - 1));
}

TEST_CASE_TEMPLATE("sources: times outside [0, t_max) are silent", Real, float, double) {
  const network<Real> net({sources("input", 1), neurons("n", 1, 1)}, {dense<Real>(0, 1, step, 0, {2})});
  CHECK(agreed(net, {0, -1, 8, 7.5, 1e300, never, -never}, 8).times ==
        std::vector<double>{0, 0, never, never, never, never, 7.5, 7.5, never, never, never, never, never, never});
}

}  // namespace
}  // namespace firstspike
