// The ramp kernel and the fire phase, neuron by neuron, compared with a scan of the neuron's arrivals.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/tests/engine/arrivals.hpp"
#include "firstspike/tests/engine/random_networks.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t seed = 30;
constexpr std::uint64_t networks = 4000;

/// A neuron, its arrivals, and its result in the engine.
struct witness {
  double v_th, t_fire, threshold_slope, stop, t_max;
  synapse_kernel kernel;
  std::vector<received_arrival> heard;
  double fired_at, v_m;
};

using visitor = std::function<void(const witness&)>;

/// Visits the ramp neurons without a fire phase or all neurons with one.
template <class Real>
void each_neuron(bool whole, bool fire_phases, const visitor& visit) {
  for (std::uint64_t number = 0; number < networks; ++number) {
    const auto drawn = draw_case(seed, number, {static_cast<network_shape>(number % 4), whole, false, whole});
    const auto net = build<Real>(drawn);
    const auto record = simulate(net, drawn.source_times, {drawn.t_max, scheduler::heap, 1, true});
    for (std::size_t sample = 0; sample < record.samples; ++sample) {
      const auto times = record.times_of(sample);
      const auto heard = arrivals_of(drawn.populations, drawn.projections, times, drawn.t_max);
      for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
        const auto p = net.population_of(id);
        const auto& layer = drawn.populations[p];
        if (layer.kind != population_kind::neurons || net.has_fire_phase(p) != fire_phases) continue;
        if (!fire_phases && net.kernel(p) != synapse_kernel::ramp) continue;
        CAPTURE(number);
        CAPTURE(sample);
        CAPTURE(id);
        visit({layer.v_th[id - net.first_id(p)], layer.t_fire, layer.threshold_slope,
               std::min(layer.t_close, drawn.t_max), drawn.t_max, net.kernel(p), heard[id], times[id],
               record.v_m_of(sample)[id]});
      }
    }
  }
}

double before_stop(const witness& w, double crossing) { return crossing < w.stop ? crossing : never; }

bool is_whole(const received_arrival& a) { return a.time == std::floor(a.time); }

/// In whole numbers: follows v_m from one arrival to the next. The crossing is a quotient of two small whole numbers,
/// and so is the engine's (v_th + O) / S; both round to the same number.
template <class Real>
double exact_crossing(const witness& w) {
  std::int64_t v = 0, slope = 0;
  const auto v_th = static_cast<std::int64_t>(w.v_th);
  for (std::size_t i = 0; i < w.heard.size(); ++i) {
    slope += static_cast<std::int64_t>(w.heard[i].weight);
    const auto t = static_cast<std::int64_t>(w.heard[i].time);
    const auto next = static_cast<std::int64_t>(i + 1 < w.heard.size() ? w.heard[i + 1].time : w.stop);
    if (next == t) continue;
    if (v + slope * (next - t) >= v_th) {
      return static_cast<double>(static_cast<Real>(t * slope + v_th - v) / static_cast<Real>(slope));
    }
    v += slope * (next - t);
  }
  return never;
}

TEST_CASE_TEMPLATE("ramp: with whole numbers every crossing is exactly the one of integer arithmetic", Real, float,
                   double) {
  std::size_t fired = 0, silent = 0;
  each_neuron<Real>(true, false, [&](const witness& w) {
    if (!std::all_of(w.heard.begin(), w.heard.end(), is_whole)) return;
    REQUIRE(w.fired_at == before_stop(w, exact_crossing<Real>(w)));
    ++(w.fired_at < never ? fired : silent);
  });
  std::printf("ramp, whole numbers, %zu-byte sums: %zu crossings equal, %zu silent neurons\n", sizeof(Real), fired,
              silent);
  CHECK(fired > 2000);
  CHECK(silent > 2000);
}

struct scanned {
  double crossing = never;
  double tolerance = 0;    ///< bound on what rounding in double may move the crossing by
  bool undecided = false;  ///< v_m is so close to the threshold at an arrival that the result depends on rounding
};

/// v_m at `t` straight from its definition.
long double v_m_by_definition(std::span<const received_arrival> heard, double t) {
  long double v = 0;
  for (const auto& a : heard) v += static_cast<long double>(a.weight) * (static_cast<long double>(t) - a.time);
  return v;
}

scanned scan(const witness& w) {
  constexpr double rounding = std::numeric_limits<double>::epsilon();
  double sum_abs_w = 0, sum_abs_wt = 0;
  long double slope = 0;
  for (std::size_t i = 0; i < w.heard.size(); ++i) {
    const auto t = w.heard[i].time;
    slope += w.heard[i].weight;
    sum_abs_w += std::abs(w.heard[i].weight);
    sum_abs_wt += std::abs(w.heard[i].weight) * t;
    const auto next = i + 1 < w.heard.size() ? w.heard[i + 1].time : w.stop;
    if (next == t) continue;
    const auto heard = std::span(w.heard).first(i + 1);
    // n additions err by at most n half-roundings of the sum of absolute values: O and S, and S times the time.
    const double n = static_cast<double>(i + 3);
    const double v_error = n * rounding * (w.v_th + sum_abs_wt + sum_abs_w * next);
    const auto missing = w.v_th - v_m_by_definition(heard, next);
    if (std::abs(missing) <= v_error) return {never, 0, true};
    if (missing > 0) continue;
    const auto crossing = t + (w.v_th - v_m_by_definition(heard, t)) / slope;
    return {static_cast<double>(crossing), v_error / static_cast<double>(slope) + n * rounding * next, false};
  }
  return {};
}

TEST_CASE("ramp: with real numbers every crossing is the one of a long double scan, within its rounding error") {
  std::size_t fired = 0, silent = 0, undecided = 0;
  double widest = 0;
  each_neuron<double>(false, false, [&](const witness& w) {
    const auto expected = scan(w);
    undecided += expected.undecided;
    if (expected.undecided) return;
    const auto fires_at = before_stop(w, expected.crossing);
    REQUIRE((w.fired_at < never) == (fires_at < never));
    ++(fires_at < never ? fired : silent);
    if (fires_at == never) return;
    REQUIRE(std::abs(w.fired_at - fires_at) <= expected.tolerance);
    widest = std::max(widest, expected.tolerance);
  });
  std::printf("ramp, real numbers: %zu crossings within tolerance (the widest %.1e steps), %zu silent, %zu undecided\n",
              fired, widest, silent, undecided);
  CHECK(fired > 2000);
  CHECK(silent > 2000);
  CHECK(undecided * 100 < fired);
}

/// v_m at the start of the fire phase, or at t_max where that comes first, straight from its definition.
long double v_in_fire_phase(const witness& w) {
  long double v = 0;
  for (const auto& a : w.heard) {
    v += w.kernel == synapse_kernel::step ? a.weight
                                          : static_cast<long double>(a.weight) * (std::min(w.t_fire, w.t_max) - a.time);
  }
  return v;
}

TEST_CASE_TEMPLATE("fire phase: with whole numbers v_m and firing times are exactly those of integer arithmetic", Real,
                   float, double) {
  std::size_t fired = 0, silent = 0, at_threshold = 0;
  each_neuron<Real>(true, true, [&](const witness& w) {
    if (!std::all_of(w.heard.begin(), w.heard.end(), is_whole)) return;
    const auto v = static_cast<std::int64_t>(v_in_fire_phase(w));
    const auto missing = static_cast<std::int64_t>(w.v_th) - v;
    double expected = w.t_fire;
    if (missing > 0) {
      expected =
          w.threshold_slope == 0
              ? never
              : w.t_fire + static_cast<double>(static_cast<Real>(missing) / static_cast<Real>(w.threshold_slope));
    }
    REQUIRE(w.fired_at == before_stop(w, expected));
    REQUIRE(w.v_m == static_cast<double>(v));
    ++(w.fired_at < never ? fired : silent);
    at_threshold += missing == 0 && w.fired_at < never;
  });
  std::printf("fire phase, whole numbers, %zu-byte sums: %zu firing times equal, %zu silent, %zu with V == v_th\n",
              sizeof(Real), fired, silent, at_threshold);
  CHECK(fired > 2000);
  CHECK(silent > 2000);
  CHECK(at_threshold > 100);
}

TEST_CASE("fire phase: with real numbers v_m and firing times are those of long double sums, within rounding errors") {
  constexpr double rounding = std::numeric_limits<double>::epsilon();
  std::size_t fired = 0, silent = 0, undecided = 0;
  each_neuron<double>(false, true, [&](const witness& w) {
    double sum_abs = w.v_th;
    for (const auto& a : w.heard) sum_abs += std::abs(a.weight) * (w.t_fire + a.time + 1);
    const double v_error = static_cast<double>(w.heard.size() + 3) * rounding * sum_abs;
    const auto v = v_in_fire_phase(w);
    REQUIRE(std::abs(static_cast<double>(w.v_m - v)) <= v_error);
    const auto missing = w.v_th - v;
    const auto expected = missing <= 0 ? w.t_fire : static_cast<double>(w.t_fire + missing / w.threshold_slope);
    const bool exact = missing < -v_error || w.threshold_slope == 0;
    const double tolerance = exact ? 0 : v_error / w.threshold_slope + 3 * rounding * (w.t_fire + std::abs(expected));
    const bool any_time = w.threshold_slope == 0 && std::abs(missing) <= v_error;
    if (any_time || (!exact && std::abs(expected - w.stop) <= tolerance)) {
      ++undecided;
      return;
    }
    REQUIRE((w.fired_at < never) == (expected < w.stop));
    ++(w.fired_at < never ? fired : silent);
    if (w.fired_at < never) REQUIRE(std::abs(w.fired_at - expected) <= tolerance);
  });
  std::printf("fire phase, real numbers: %zu firing times within tolerance, %zu silent, %zu undecided\n", fired, silent,
              undecided);
  CHECK(fired > 2000);
  CHECK(silent > 2000);
  CHECK(undecided * 100 < fired);
}

}  // namespace
}  // namespace firstspike
