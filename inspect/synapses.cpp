#include "firstspike/inspect/synapses.hpp"

#include <algorithm>
#include <tuple>

namespace firstspike {
namespace {

/// Calls visit(post id, place) for every synapse of sparse projections, by presynaptic id, projection and offset, and
/// reports (neurons, all).
template <class Real, class Visit>
void for_each_sparse(const network<Real>& net, const progress_callback& progress, const Visit& visit) {
  for (std::uint32_t population = 0; population < net.populations().size(); ++population) {
    for (auto pre = net.first_id(population); pre < net.first_id(population + 1); ++pre) {
      report_progress(progress, pre, net.neuron_count());
      for (const auto i : net.leaving(population)) {
        const auto& p = net.describe(i);
        if (!p.sparse) continue;
        const auto row = pre - net.first_id(population);
        const auto begin = p.synapses.first(row), end = p.synapses.first(row + 1);
        const auto first = net.first_id(p.post);
        for (auto s = begin; s < end; ++s) visit(first + p.synapses.post()[s], synapse_place{pre, i, s - begin});
      }
    }
  }
}

/// All synapses into `id` whose presynaptic neuron satisfies `wanted`.
template <class Real, class Wanted>
std::vector<synapse_place> places_into(const network<Real>& net, const incoming_synapses& incoming, std::uint32_t id,
                                       const Wanted& wanted) {
  std::vector<synapse_place> places;
  for (auto i = incoming.first[id]; i < incoming.first[id + 1]; ++i) {
    if (wanted(incoming.places[i].pre)) places.push_back(incoming.places[i]);
  }
  const auto post = net.population_of(id);
  for (std::uint32_t p = 0; p < net.projection_count(); ++p) {
    const auto& from = net.describe(p);
    if (from.post != post || from.sparse) continue;
    const auto first = net.first_id(from.pre), index = id - net.first_id(post);
    const auto add = [&](std::uint32_t pre) {
      if (wanted(first + pre)) places.push_back({first + pre, p, index});
    };
    if (from.shared) {
      net.for_each_presynaptic(p, index, add);
    } else {
      for (std::uint32_t pre = 0; pre < net.populations()[from.pre].size; ++pre) add(pre);
    }
  }
  return places;
}

}  // namespace

template <class Real>
incoming_synapses list_incoming(const network<Real>& net, const progress_callback& progress) {
  incoming_synapses incoming;
  auto& first = incoming.first;
  first.assign(net.neuron_count() + std::size_t{1}, 0);
  for_each_sparse(net, progress, [&](std::uint32_t post, synapse_place) { ++first[post + 1]; });
  for (std::size_t id = 1; id < first.size(); ++id) first[id] += first[id - 1];
  incoming.places.resize(first.back());
  auto at = first;
  for_each_sparse(net, progress, [&](std::uint32_t post, synapse_place place) { incoming.places[at[post]++] = place; });
  return incoming;
}

template <class Real>
std::size_t index_of(const network<Real>& net, const synapse_place& place) {
  const auto& p = net.describe(place.projection);
  const auto row = place.pre - net.first_id(p.pre);
  if (p.shared) return *net.weight_between(place.projection, row, place.offset);
  return p.sparse ? std::size_t{p.synapses.first(row)} + place.offset
                  : std::size_t{row} * net.populations()[p.post].size + place.offset;
}

template <class Real>
Real weight_of(const network<Real>& net, const synapse_place& place) {
  const auto& p = net.describe(place.projection);
  const auto index = index_of(net, place);
  if (p.shared) return p.weights[index] * pooling_factor<Real>(*p.shared);
  return p.sparse ? p.synapses.weights()[index] : p.weights[index];
}

template <class Real>
std::uint64_t synapses_with_weight_of(const network<Real>& net, const synapse_place& place) {
  const auto& p = net.describe(place.projection);
  if (!p.shared) return 1;
  return synapses_with_weight(*p.shared, net.populations()[p.pre].shape, net.populations()[p.post].shape,
                              index_of(net, place));
}

template <class Real>
std::vector<synapse_place> synapses_between(const network<Real>& net, std::uint32_t pre, std::uint32_t post) {
  std::vector<synapse_place> places;
  const auto population = net.population_of(post);
  const auto index = post - net.first_id(population);
  for (const auto i : net.leaving(net.population_of(pre))) {
    const auto& p = net.describe(i);
    if (p.post != population) continue;
    const auto row = pre - net.first_id(p.pre);
    if (!p.sparse) {
      if (!p.shared || net.weight_between(i, row, index)) places.push_back({pre, i, index});
      continue;
    }
    const auto begin = p.synapses.first(row), end = p.synapses.first(row + 1);
    for (auto s = begin; s < end; ++s) {
      if (p.synapses.post()[s] == index) places.push_back({pre, i, s - begin});
    }
  }
  return places;
}

template <class Real>
std::vector<arrival<Real>> arrivals_at(const network<Real>& net, const incoming_synapses& incoming, std::uint32_t id,
                                       std::span<const double> spike_times, double until, double end) {
  struct ordered_arrival {
    arrival<Real> received;
    std::uint32_t pre_rank;
    synapse_place place;
  };
  std::vector<ordered_arrival> ordered;
  const auto fired = [&](std::uint32_t pre) { return spike_times[pre] <= until && spike_times[pre] != never; };
  for (const auto& place : places_into(net, incoming, id, fired)) {
    const auto pre = place.pre;
    const auto& p = net.describe(place.projection);
    const auto time = spike_times[pre] + (p.sparse ? p.synapses.delays()[index_of(net, place)] : p.delay);
    const auto weight = weight_of(net, place);
    if (time > until || !(time < end) || weight == 0) continue;
    ordered.push_back({{time, pre, weight}, net.rank(net.population_of(pre)), place});
  }
  std::ranges::sort(ordered, {}, [](const ordered_arrival& a) {
    return std::tuple(a.received.time, a.pre_rank, a.place.pre, a.place.projection, a.place.offset);
  });
  std::vector<arrival<Real>> arrivals;
  for (const auto& a : ordered) arrivals.push_back(a.received);
  return arrivals;
}

template incoming_synapses list_incoming(const network<float>&, const progress_callback&);
template incoming_synapses list_incoming(const network<double>&, const progress_callback&);
template std::size_t index_of(const network<float>&, const synapse_place&);
template std::size_t index_of(const network<double>&, const synapse_place&);
template float weight_of(const network<float>&, const synapse_place&);
template double weight_of(const network<double>&, const synapse_place&);
template std::uint64_t synapses_with_weight_of(const network<float>&, const synapse_place&);
template std::uint64_t synapses_with_weight_of(const network<double>&, const synapse_place&);
template std::vector<synapse_place> synapses_between(const network<float>&, std::uint32_t, std::uint32_t);
template std::vector<synapse_place> synapses_between(const network<double>&, std::uint32_t, std::uint32_t);
template std::vector<arrival<float>> arrivals_at(const network<float>&, const incoming_synapses&, std::uint32_t,
                                                 std::span<const double>, double, double);
template std::vector<arrival<double>> arrivals_at(const network<double>&, const incoming_synapses&, std::uint32_t,
                                                  std::span<const double>, double, double);

}  // namespace firstspike
