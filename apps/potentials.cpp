#include "firstspike/apps/potentials.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace firstspike {
namespace {

/// Calls visit(population, times [neuron], v_m [neuron]) for each population that is wanted.
template <class Visit>
void for_each_layer(const spike_record& record, std::span<const population> populations,
                    const std::vector<std::string>& layers, const Visit& visit) {
  std::size_t first = 0;
  for (const auto& p : populations) {
    const bool wanted = std::find(layers.begin(), layers.end(), p.name) != layers.end();
    if (wanted && p.kind == population_kind::neurons) {
      visit(p, record.times_of(0).subspan(first, p.size), record.v_m_of(0).subspan(first, p.size));
    }
    first += p.size;
  }
}

}  // namespace

json_object potentials_json(const spike_record& record, std::span<const population> populations,
                            const std::vector<std::string>& layers) {
  auto object = json_object::object();
  for_each_layer(record, populations, layers, [&](const population& p, auto times, auto v_m) {
    object[p.name] = {{"time", std::vector(times.begin(), times.end())}, {"v_m", std::vector(v_m.begin(), v_m.end())}};
  });
  return object;
}

std::string potentials_text(const spike_record& record, std::span<const population> populations,
                            const std::vector<std::string>& layers) {
  std::vector<std::vector<std::string>> rows{{"neuron", "time [steps]", "v_m"}};
  for_each_layer(record, populations, layers, [&](const population& p, auto times, auto v_m) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      rows.push_back({fmt::format("{}:{}", p.name, i), times[i] == never ? "silent" : fmt::format("{}", times[i]),
                      fmt::format("{}", v_m[i])});
    }
  });
  return table_text(rows);
}

}  // namespace firstspike
