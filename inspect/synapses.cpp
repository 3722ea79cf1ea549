#include "firstspike/inspect/synapses.hpp"

#include <algorithm>
#include <tuple>

namespace firstspike {
namespace {

/// Calls visit(post id, place) for every synapse of sparse projections, fan-out by fan-out, and reports (fan-outs,
/// all).
template <class Real, class Visit>
void for_each_sparse(const network<Real>& net, const progress_callback& progress, const Visit& visit) {
  const auto fan_outs = net.fan_outs();
  for (std::uint32_t f = 0; f < fan_outs.size(); ++f) {
    const auto& out = fan_outs[f];
    const auto& p = net.describe(out.projection);
    if (!p.sparse) continue;
    report_progress(progress, f, fan_outs.size());
    const auto first = net.first_id(p.post);
    for (std::uint32_t k = 0; k < out.count; ++k) visit(first + p.synapses[out.first + k].post, synapse_place{f, k});
  }
}

/// The fan-outs of `pre` in one projection.
template <class Real, class Visit>
void for_each_fan_out(const network<Real>& net, std::uint32_t pre, std::uint32_t projection, const Visit& visit) {
  for (auto f = net.first_fan_out(pre); f < net.first_fan_out(pre + 1); ++f) {
    if (net.fan_outs()[f].projection == projection) visit(f);
  }
}

/// All synapses into `id` whose presynaptic neuron satisfies `wanted`.
template <class Real, class Wanted>
std::vector<synapse_place> places_into(const network<Real>& net, const incoming_synapses& incoming, std::uint32_t id,
                                       const Wanted& wanted) {
  std::vector<synapse_place> places;
  for (auto i = incoming.first[id]; i < incoming.first[id + 1]; ++i) {
    if (wanted(pre_of(net, incoming.places[i].fan_out))) places.push_back(incoming.places[i]);
  }
  const auto post = net.population_of(id);
  for (std::uint32_t p = 0; p < net.projection_count(); ++p) {
    if (net.post(p) != post || net.describe(p).sparse) continue;
    for (auto pre = net.first_id(net.pre(p)); pre < net.first_id(net.pre(p) + 1); ++pre) {
      if (!wanted(pre)) continue;
      for_each_fan_out(net, pre, p, [&](std::uint32_t f) { places.push_back({f, id - net.first_id(post)}); });
    }
  }
  return places;
}

}  // namespace

template <class Real>
std::uint32_t pre_of(const network<Real>& net, std::uint32_t fan_out_index) {
  std::uint32_t low = 0, high = net.neuron_count();  // first_fan_out(low) <= fan_out_index < first_fan_out(high)
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    (net.first_fan_out(middle) <= fan_out_index ? low : high) = middle;
  }
  return low;
}

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
Real weight_of(const network<Real>& net, const synapse_place& place) {
  const auto& out = net.fan_outs()[place.fan_out];
  const auto& p = net.describe(out.projection);
  return p.sparse ? static_cast<Real>(p.synapses[out.first + place.offset].weight)
                  : p.weights[out.first + place.offset];
}

template <class Real>
std::vector<synapse_place> synapses_between(const network<Real>& net, std::uint32_t pre, std::uint32_t post) {
  std::vector<synapse_place> places;
  const auto population = net.population_of(post);
  for (auto f = net.first_fan_out(pre); f < net.first_fan_out(pre + 1); ++f) {
    const auto& out = net.fan_outs()[f];
    if (net.post(out.projection) != population) continue;
    const auto& p = net.describe(out.projection);
    const auto index = post - net.first_id(population);
    if (!p.sparse) places.push_back({f, index});
    for (std::uint32_t k = 0; p.sparse && k < out.count; ++k) {
      if (p.synapses[out.first + k].post == index) places.push_back({f, k});
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
    const auto pre = pre_of(net, place.fan_out);
    const auto time = spike_times[pre] + net.fan_outs()[place.fan_out].delay;
    const auto weight = weight_of(net, place);
    if (time > until || !(time < end) || weight == 0) continue;
    ordered.push_back({{time, pre, weight}, net.rank(net.population_of(pre)), place});
  }
  std::ranges::sort(ordered, {}, [](const ordered_arrival& a) {
    return std::tuple(a.received.time, a.pre_rank, a.place.fan_out, a.place.offset);
  });
  std::vector<arrival<Real>> arrivals;
  for (const auto& a : ordered) arrivals.push_back(a.received);
  return arrivals;
}

template std::uint32_t pre_of(const network<float>&, std::uint32_t);
template std::uint32_t pre_of(const network<double>&, std::uint32_t);
template incoming_synapses list_incoming(const network<float>&, const progress_callback&);
template incoming_synapses list_incoming(const network<double>&, const progress_callback&);
template float weight_of(const network<float>&, const synapse_place&);
template double weight_of(const network<double>&, const synapse_place&);
template std::vector<synapse_place> synapses_between(const network<float>&, std::uint32_t, std::uint32_t);
template std::vector<synapse_place> synapses_between(const network<double>&, std::uint32_t, std::uint32_t);
template std::vector<arrival<float>> arrivals_at(const network<float>&, const incoming_synapses&, std::uint32_t,
                                                 std::span<const double>, double, double);
template std::vector<arrival<double>> arrivals_at(const network<double>&, const incoming_synapses&, std::uint32_t,
                                                  std::span<const double>, double, double);

}  // namespace firstspike
