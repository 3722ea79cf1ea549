// One neuron of a network, alone with its arrivals.
#pragma once

#include <algorithm>
#include <vector>

#include "firstspike/tests/engine/arrivals.hpp"
#include "firstspike/tests/engine/build.hpp"

namespace firstspike {

/// The firing time of neuron `id` of a network with only these arrivals, each from a separate source, in a run of the
/// engine and of the oracle.
template <class Real>
double alone(const network<Real>& net, std::uint32_t id, const std::vector<received_arrival>& received, double t_max,
             bool keep_window = true) {
  const auto population = net.population_of(id);
  auto layer = net.populations()[population];
  layer.v_th = {layer.v_th[id - net.first_id(population)]};
  layer.size = 1;
  layer.name = "alone";
  if (!keep_window) layer.t_close = never;
  std::vector<synapse> synapses{{0, 0, 0, 0}};  // of a source that never fires, so that there is one
  std::vector<double> times{never};
  for (const auto& a : received) {
    synapses.push_back({static_cast<std::uint32_t>(times.size()), 0, a.weight, 0});
    times.push_back(a.time);
  }
  const network<Real> lone({sources("causes", static_cast<std::uint32_t>(times.size())), layer},
                           {sparse<Real>(0, 1, net.kernel(population), synapses)});
  return agreed(lone, times, t_max).times.back();
}

inline std::vector<received_arrival> without(const std::vector<received_arrival>& received, std::uint32_t pre) {
  std::vector<received_arrival> rest;
  std::ranges::copy_if(received, std::back_inserter(rest), [pre](const auto& a) { return a.pre != pre; });
  return rest;
}

}  // namespace firstspike
