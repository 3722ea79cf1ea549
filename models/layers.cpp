#include "firstspike/models/layers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "firstspike/data/random.hpp"

namespace firstspike {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("network: learning needs a chain of dense layers, but " + why);
}

template <class Real>
std::uint32_t only_source(const network<Real>& net) {
  const auto is_source = [](const population& p) { return p.kind == population_kind::source; };
  const auto found = std::ranges::find_if(net.populations(), is_source);
  if (found == net.populations().end()) refuse("it has no source population");
  if (std::ranges::count_if(net.populations(), is_source) > 1) refuse("it has several source populations");
  return static_cast<std::uint32_t>(found - net.populations().begin());
}

// The layer that the population projects to, if any.
template <class Real>
std::optional<layer> layer_after(const network<Real>& net, std::uint32_t pre) {
  std::optional<layer> found;
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
    if (net.pre(i) != pre) continue;
    if (found) refuse(fmt::format("population {} projects to several", net.populations()[pre].name));
    found = layer{pre, net.post(i), i, {}};
  }
  for (std::uint32_t i = 0; found && i < net.projection_count(); ++i) {
    if (net.post(i) != found->population) continue;
    const auto& from = net.populations()[net.pre(i)];
    const auto& to = net.populations()[net.post(i)].name;
    if (net.describe(i).sparse) refuse(fmt::format("population {} has sparse inputs", to));
    if (from.kind != population_kind::bias || from.size != 1) continue;
    if (found->bias) refuse(fmt::format("population {} has several bias projections", to));
    found->bias = i;
  }
  return found;
}

}  // namespace

template <class Real>
std::vector<layer> layers_of(const network<Real>& net) {
  std::vector<layer> layers;
  std::size_t projections = 0;
  for (auto next = layer_after(net, only_source(net)); next; next = layer_after(net, next->population)) {
    if (std::ranges::find(layers, next->population, &layer::population) != layers.end()) {
      refuse(fmt::format("population {} comes twice", net.populations()[next->population].name));
    }
    projections += next->bias ? 2 : 1;
    layers.push_back(*next);
  }
  if (layers.empty() || projections != net.projection_count()) refuse("some projection lies outside of it");
  return layers;
}

double draw_weight(random_stream& stream, const weight_distribution& d) {
  if (d.form == weight_distribution::shape::normal) return d.a + d.b * stream.normal();
  return d.a + (d.b - d.a) * stream.uniform();
}

weight_distribution scaled_to(const weight_distribution& d, std::uint32_t inputs) {
  if (d.fan_in == 0) return d;
  const double factor = d.fan_in / inputs, root = std::sqrt(factor);
  return {d.form, d.a * (d.form == weight_distribution::shape::normal ? factor : root), d.b * root, 0};
}

template <class Real>
network<Real> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                           std::span<const layer_description> layers, std::uint64_t seed) {
  std::vector<population> populations{{source, population_kind::source, inputs, {}}};
  std::vector<projection<Real>> projections;
  std::uint32_t pre = 0;
  for (std::size_t number = 0; number < layers.size(); ++number) {
    const auto& l = layers[number];
    random_stream stream(seed, draw::initial_weights, number);
    const auto drawn = [&](std::size_t count, const weight_distribution& init) {
      std::vector<Real> weights(count);
      for (auto& w : weights) w = static_cast<Real>(draw_weight(stream, init));
      return weights;
    };
    if (l.bias) populations.push_back({l.name + "_bias", population_kind::bias, 1, {}, l.bias->at});
    const auto post = static_cast<std::uint32_t>(populations.size());
    populations.push_back({l.name, population_kind::neurons, l.size, std::vector<double>(l.size, l.v_th), l.t_fire,
                           l.threshold_slope, l.t_close});
    const auto fan_in = populations[pre].size;
    projections.push_back(
        {pre, post, kernel, false, l.delay, drawn(std::size_t{fan_in} * l.size, scaled_to(l.init, fan_in)), {}});
    if (l.bias) projections.push_back({post - 1, post, kernel, false, 0, drawn(l.size, l.bias->init), {}});
    pre = post;
  }
  return {std::move(populations), std::move(projections)};
}

template <class Real>
void redraw_incoming(network<Real>& net, const layer& of, std::uint32_t post, const weight_distribution& init,
                     std::uint64_t seed, std::uint64_t step) {
  random_stream stream(seed, draw::dead_neurons, step, net.first_id(of.population) + post);
  const auto posts = net.populations()[of.population].size;
  const auto scaled = scaled_to(init, net.populations()[of.pre].size);
  const auto weights = net.weights(of.weights);
  for (std::size_t i = post; i < weights.size(); i += posts)
    weights[i] = static_cast<Real>(draw_weight(stream, scaled));
}

template <class Real>
std::vector<layer_fault> faults_of(const network<Real>& net, const spike_record& record) {
  std::vector<layer_fault> faults;
  for (const auto& l : layers_of(net)) {
    const auto& p = net.populations()[l.population];
    bool silent = true, together = p.size > 1;
    for (std::size_t sample = 0; sample < record.samples; ++sample) {
      const auto times = record.times_of(sample).subspan(net.first_id(l.population), p.size);
      silent &= std::ranges::all_of(times, [](double t) { return t == never; });
      together &= std::ranges::all_of(times, [&](double t) { return t == times[0] && t != never; });
    }
    if (record.samples > 0 && (silent || together)) faults.push_back({p.name, silent});
  }
  return faults;
}

template std::vector<layer> layers_of(const network<float>&);
template std::vector<layer> layers_of(const network<double>&);

template network<float> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                                     std::span<const layer_description> layers, std::uint64_t seed);
template network<double> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                                      std::span<const layer_description> layers, std::uint64_t seed);
template void redraw_incoming(network<float>& net, const layer& of, std::uint32_t post, const weight_distribution& init,
                              std::uint64_t seed, std::uint64_t step);
template void redraw_incoming(network<double>& net, const layer& of, std::uint32_t post,
                              const weight_distribution& init, std::uint64_t seed, std::uint64_t step);
template std::vector<layer_fault> faults_of(const network<float>& net, const spike_record& record);
template std::vector<layer_fault> faults_of(const network<double>& net, const spike_record& record);

}  // namespace firstspike
