#include "firstspike/apps/trace_diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "firstspike/apps/progress.hpp"

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

bool same_neuron(const place& a, const place& b) {
  return std::tie(std::get<0>(a), std::get<1>(a)) == std::tie(std::get<0>(b), std::get<1>(b));
}

void count(population_difference& found, const place& where, std::optional<double> a, std::optional<double> b,
           std::size_t most) {
  if (a == b) {
    ++found.equal;
    return;
  }
  auto& counter = a && b ? found.moved : a ? found.vanished : found.appeared;
  ++counter;
  if (found.first.size() < most) found.first.push_back({std::get<0>(where), std::get<1>(where), a, b});
}

void compare(population_difference& found, const population_spikes& left, const population_spikes& right,
             std::size_t most) {
  const auto of_a = sorted_spikes(left), of_b = sorted_spikes(right);
  auto a = of_a.begin(), b = of_b.begin();
  while (a != of_a.end() || b != of_b.end()) {
    if (a != of_a.end() && b != of_b.end() && same_neuron(*a, *b)) {
      count(found, *a, std::get<2>(*a), std::get<2>(*b), most);
      ++a;
      ++b;
    } else if (b == of_b.end() || (a != of_a.end() && *a < *b)) {
      count(found, *a, std::get<2>(*a), {}, most);
      ++a;
    } else {
      count(found, *b, {}, std::get<2>(*b), most);
      ++b;
    }
  }
}

std::string time_text(const std::optional<double>& t) { return t ? fmt::format("{}", *t) : "silent"; }

}  // namespace

std::vector<population_difference> difference(const spike_trace& a, const spike_trace& b, std::size_t most) {
  std::map<std::string, std::pair<const population_spikes*, const population_spikes*>> by_name;
  for (const auto& p : a.populations) by_name[p.name].first = &p;
  for (const auto& p : b.populations) by_name[p.name].second = &p;
  std::vector<population_difference> found;
  const population_spikes none;
  for (const auto& [name, sides] : by_name) {
    population_difference d;
    d.name = name;
    d.only_in_a = sides.second == nullptr;
    d.only_in_b = sides.first == nullptr;
    compare(d, sides.first ? *sides.first : none, sides.second ? *sides.second : none, most);
    found.push_back(std::move(d));
  }
  return found;
}

bool same_spikes(const std::vector<population_difference>& populations) {
  return std::ranges::all_of(populations, [](const population_difference& d) {
    return !d.only_in_a && !d.only_in_b && d.moved + d.vanished + d.appeared == 0;
  });
}

json_object difference_json(const std::vector<population_difference>& populations) {
  auto all = json_object::array();
  for (const auto& d : populations) {
    auto first = json_object::array();
    const auto time = [](const std::optional<double>& t) { return t ? json_object(*t) : json_object(nullptr); };
    for (const auto& c : d.first) {
      first.push_back({{"sample", c.sample}, {"neuron", c.neuron}, {"a", time(c.a)}, {"b", time(c.b)}});
    }
    all.push_back({{"name", d.name},
                   {"in", d.only_in_a   ? "a"
                          : d.only_in_b ? "b"
                                        : "both"},
                   {"equal", d.equal},
                   {"moved", d.moved},
                   {"vanished", d.vanished},
                   {"appeared", d.appeared},
                   {"first", first}});
  }
  return {{"same", same_spikes(populations)}, {"populations", all}};
}

std::string difference_text(const std::vector<population_difference>& populations) {
  std::vector<std::vector<std::string>> rows{{"population", "in", "equal", "moved", "vanished", "appeared"}};
  std::vector<std::vector<std::string>> changes{{"neuron", "sample", "a", "b"}};
  for (const auto& d : populations) {
    rows.push_back({d.name,
                    d.only_in_a   ? "a only"
                    : d.only_in_b ? "b only"
                                  : "both",
                    grouped(d.equal), grouped(d.moved), grouped(d.vanished), grouped(d.appeared)});
    for (const auto& c : d.first) {
      changes.push_back(
          {fmt::format("{}:{}", d.name, c.neuron), std::to_string(c.sample), time_text(c.a), time_text(c.b)});
    }
  }
  auto text = table_text(rows);
  if (changes.size() > 1) text += fmt::format("\nthe first that differ\n{}", table_text(changes));
  return text + (same_spikes(populations) ? "\nthe same spikes\n" : "\nthe spikes differ\n");
}

}  // namespace firstspike
