#include "firstspike/traces/trace_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// Where a neuron fires in a sample, and when; a foreign file may hold several spikes of one neuron, which are then
// matched in the order of their times.
using place = std::tuple<std::uint32_t, std::uint64_t, double>;  // sample, neuron, time

std::vector<place> sorted_spikes(const population_spikes& spikes) {
  std::vector<place> places;
  for (std::size_t e = 0; e < spikes.timestamps.size(); ++e) {
    places.emplace_back(spikes.sample_ids[e], spikes.node_ids[e], spikes.timestamps[e]);
  }
  std::ranges::sort(places);
  return places;
}

struct comparison_limits {
  std::size_t most;
  double tolerance;
};

bool same_neuron(const place& a, const place& b) {
  return std::tie(std::get<0>(a), std::get<1>(a)) == std::tie(std::get<0>(b), std::get<1>(b));
}

void count(population_difference& found, const place& where, std::optional<double> a, std::optional<double> b,
           const comparison_limits& limits) {
  const auto difference = a && b ? std::abs(*a - *b) : never;
  if (a && b) found.largest = std::max(found.largest, difference);
  if (difference <= limits.tolerance) {
    ++found.equal;
    return;
  }
  auto& counter = a && b ? found.moved : a ? found.vanished : found.appeared;
  ++counter;
  if (found.first.size() < limits.most) found.first.push_back({std::get<0>(where), std::get<1>(where), a, b});
}

void compare(population_difference& found, const population_spikes& left, const population_spikes& right,
             const comparison_limits& limits) {
  const auto of_a = sorted_spikes(left), of_b = sorted_spikes(right);
  auto a = of_a.begin(), b = of_b.begin();
  while (a != of_a.end() || b != of_b.end()) {
    if (a != of_a.end() && b != of_b.end() && same_neuron(*a, *b)) {
      count(found, *a, std::get<2>(*a), std::get<2>(*b), limits);
      ++a;
      ++b;
    } else if (b == of_b.end() || (a != of_a.end() && *a < *b)) {
      count(found, *a, std::get<2>(*a), {}, limits);
      ++a;
    } else {
      count(found, *b, {}, std::get<2>(*b), limits);
      ++b;
    }
  }
}

}  // namespace

trace_comparison compare_traces(const spike_trace& a, const spike_trace& b, std::size_t most, double tolerance) {
  require(tolerance >= 0 && tolerance < never, "tolerance = {}, allowed: finite, >= 0", tolerance);
  std::map<std::string, std::pair<const population_spikes*, const population_spikes*>> by_name;
  for (const auto& p : a.populations) by_name[p.name].first = &p;
  for (const auto& p : b.populations) by_name[p.name].second = &p;
  trace_comparison found;
  const population_spikes none;
  for (const auto& [name, sides] : by_name) {
    population_difference d;
    d.name = name;
    d.only_in_a = sides.second == nullptr;
    d.only_in_b = sides.first == nullptr;
    compare(d, sides.first ? *sides.first : none, sides.second ? *sides.second : none, {most, tolerance});
    found.same = found.same && !d.only_in_a && !d.only_in_b && d.moved + d.vanished + d.appeared == 0;
    found.populations.push_back(std::move(d));
  }
  return found;
}

}  // namespace firstspike
