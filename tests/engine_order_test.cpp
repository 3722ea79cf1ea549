// What several populations do together: delays, ranks, order of summation, by hand-computed examples.
#include <doctest/doctest.h>

#include <vector>

#include "tests/engine_build.hpp"

namespace firstspike {
namespace {

constexpr auto step = synapse_kernel::step;
constexpr auto ramp = synapse_kernel::ramp;

// Swallows 1 in either precision, so a sum tells in which order it was taken.
constexpr double huge = 1e17;

TEST_CASE_TEMPLATE("delays: each synapse of a sparse projection has its own", Real, float, double) {
  const network<Real> net({sources("input", 1), neurons("n", 2, 5)},
                          {sparse<Real>(0, 1, step, {{0, 0, 3, 5}, {0, 0, 3, 2}, {0, 1, 6, 0.5}})});
  CHECK(agreed(net, {1}).times == std::vector<double>{1, 6, 1.5});
}

TEST_CASE_TEMPLATE("delays: arrivals at t_max or later are lost", Real, float, double) {
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

TEST_CASE_TEMPLATE("ranks: inhibition along a zero-delay path of any length holds a step neuron", Real, float, double) {
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

TEST_CASE_TEMPLATE("ranks: a ramp neuron due at t fires at t whatever a lower rank sends it at t", Real, float,
                   double) {
  const network<Real> net(
      {sources("input", 1), neurons("a", 1, 10), neurons("b", 1, 10)},
      {dense<Real>(0, 1, ramp, 0, {2}), dense<Real>(0, 2, ramp, 0, {2}), dense<Real>(1, 2, ramp, 0, {-9})});
  CHECK(agreed(net, {1}).times == std::vector<double>{1, 6, 6});
}

TEST_CASE_TEMPLATE("ranks: a firing at t_open reaches higher ranks within the same instant", Real, float, double) {
  const network<Real> net(
      {sources("input", 2), neurons("a", 1, 1, 5), neurons("b", 1, 1)},
      {dense<Real>(0, 1, step, 0, {2, 0}), dense<Real>(1, 2, step, 0, {-3}), dense<Real>(0, 2, step, 0, {0, 3})});
  CHECK(agreed(net, {2, 5}).times == std::vector<double>{2, 5, 5, never});
  CHECK(agreed(net, {2, 4}).times == std::vector<double>{2, 4, 5, 4});
}

TEST_CASE_TEMPLATE("order: simultaneous arrivals are summed by pre id", Real, float, double) {
  const auto v_m = [](std::vector<Real> weights) {
    const network<Real> net({sources("input", 3), neurons("n", 1, 5)}, {dense<Real>(0, 1, step, 0, weights)});
    return agreed(net, {2, 2, 2}).v_m.back();
  };
  CHECK(v_m({Real(huge), 1, Real(-huge)}) == 0);
  CHECK(v_m({Real(huge), Real(-huge), 1}) == 1);
}

TEST_CASE_TEMPLATE("order: arrivals are summed by time before pre id", Real, float, double) {
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

TEST_CASE_TEMPLATE("order: one pre's projections are summed in the order of their description", Real, float, double) {
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

TEST_CASE_TEMPLATE("reference: it fires at t_open in every sample and biases the layer it projects to", Real, float,
                   double) {
  const network<Real> net({sources("input", 1), references("start", 1, 2), neurons("n", 1, 4)},
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

TEST_CASE_TEMPLATE("sources: times outside [0, t_max) are silent", Real, float, double) {
  const network<Real> net({sources("input", 1), neurons("n", 1, 1)}, {dense<Real>(0, 1, step, 0, {2})});
  CHECK(agreed(net, {0, -1, 8, 7.5, 1e300, never, -never}, 8).times ==
        std::vector<double>{0, 0, never, never, never, never, 7.5, 7.5, never, never, never, never, never, never});
}

}  // namespace
}  // namespace firstspike
