#include "firstspike/models/layers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "firstspike/data/random.hpp"

namespace firstspike {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("network: learning needs a chain of layers, but " + why);
}

template <class Real>
std::uint32_t first_source(const network<Real>& net) {
  const auto is_source = [](const population& p) { return p.kind == population_kind::source; };
  const auto found = std::ranges::find_if(net.populations(), is_source);
  if (found == net.populations().end()) refuse("it has no source population");
  if (std::ranges::count_if(net.populations(), is_source) > 2) refuse("it has more than two source populations");
  return static_cast<std::uint32_t>(found - net.populations().begin());
}

// From one bias neuron, or from one in each cell with one weight for each channel.
template <class Real>
bool is_bias(const network<Real>& net, std::uint32_t projection) {
  const auto& from = net.populations()[net.pre(projection)];
  const auto& shared = net.describe(projection).shared;
  return from.kind == population_kind::bias && (shared ? is_bias_of_channels(*shared, from.shape) : from.size == 1);
}

// From a second source population, which has no other projection.
template <class Real>
bool is_of_classes(const network<Real>& net, std::uint32_t projection, const layer& into) {
  const auto& from = net.populations()[net.pre(projection)];
  if (from.kind != population_kind::source || projection == into.weights) return false;
  if (net.leaving(net.pre(projection)).size() > 1) refuse(fmt::format("population {} projects to several", from.name));
  const auto& shared = net.describe(projection).shared;
  return net.describe(into.weights).shared ? shared == convolution{} && from.shape == grid{1, 1, from.size} : !shared;
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
    const auto& to = net.populations()[net.post(i)].name;
    if (net.describe(i).sparse) refuse(fmt::format("population {} has sparse inputs", to));
    if (is_of_classes(net, i, *found)) found->classes = i;
    if (!is_bias(net, i)) continue;
    if (found->bias) refuse(fmt::format("population {} has several bias projections", to));
    found->bias = i;
  }
  return found;
}

population bias_population(const layer_description& l) {
  population p{l.name + "_bias", population_kind::bias, 1, {}, l.bias->at};
  if (!l.shared) return p;
  p.shape = {l.shape.rows, l.shape.columns, 1};
  p.size = static_cast<std::uint32_t>(p.shape.size());
  return p;
}

std::uint32_t fan_in_of(std::uint32_t pre_size, const grid& pre_shape, const std::optional<convolution>& shared) {
  return shared ? pre_shape.channels * shared->kernel_rows * shared->kernel_columns : pre_size;
}

}  // namespace

template <class Real>
std::uint32_t fan_in(const network<Real>& net, const layer& of) {
  const auto& pre = net.populations()[of.pre];
  return fan_in_of(pre.size, pre.shape, net.describe(of.weights).shared);
}

template <class Real>
std::uint32_t unit_count(const network<Real>& net, const layer& of) {
  const auto& p = net.populations()[of.population];
  return net.describe(of.weights).shared ? p.shape.channels : p.size;
}

template <class Real>
std::vector<layer> layers_of(const network<Real>& net) {
  std::vector<layer> layers;
  std::size_t projections = 0;
  for (auto next = layer_after(net, first_source(net)); next; next = layer_after(net, next->population)) {
    if (std::ranges::find(layers, next->population, &layer::population) != layers.end()) {
      refuse(fmt::format("population {} comes twice", net.populations()[next->population].name));
    }
    projections += std::size_t{1} + next->bias.has_value() + next->classes.has_value();
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
                           std::span<const layer_description> layers, std::uint64_t seed, const grid& shape) {
  std::vector<population> populations{{source, population_kind::source, inputs, {}}};
  populations.back().shape = shape;
  const auto informed = std::ranges::find_if(layers, [](const layer_description& l) { return l.classes > 0; });
  if (informed != layers.end()) {
    populations.push_back({"class", population_kind::source, informed->classes, {}});
    if (informed->shared) populations.back().shape = {1, 1, informed->classes};
  }
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
    if (l.bias) populations.push_back(bias_population(l));
    const auto post = static_cast<std::uint32_t>(populations.size());
    populations.push_back({l.name, population_kind::neurons, l.size, std::vector<double>(l.size, l.v_th), l.t_fire,
                           l.threshold_slope, l.t_close, l.shape});
    const auto inputs_of_each = fan_in_of(populations[pre].size, populations[pre].shape, l.shared);
    const auto units = l.shared ? l.shape.channels : l.size;
    projections.push_back({pre,
                           post,
                           kernel,
                           false,
                           l.delay,
                           drawn(std::size_t{inputs_of_each} * units, scaled_to(l.init, inputs_of_each)),
                           {},
                           l.shared});
    if (l.classes > 0) {
      const auto init = scaled_to(l.init, inputs_of_each);
      projections.push_back({1, post, kernel, false, 0, drawn(std::size_t{l.classes} * units, init), {}});
      if (l.shared) projections.back().shared = convolution{};
    }
    if (l.bias) {
      projections.push_back({post - 1, post, kernel, false, 0, drawn(units, l.bias->init), {}});
      if (l.shared) projections.back().shared = convolution{};
    }
    pre = post;
  }
  return {std::move(populations), std::move(projections)};
}

template <class Real>
void redraw_incoming(network<Real>& net, const layer& of, std::uint32_t unit, const weight_distribution& init,
                     std::uint64_t seed, std::uint64_t step) {
  random_stream stream(seed, draw::dead_neurons, step, net.first_id(of.population) + unit);
  const auto units = unit_count(net, of);
  const auto scaled = scaled_to(init, fan_in(net, of));
  const auto weights = net.weights(of.weights);
  for (std::size_t i = unit; i < weights.size(); i += units)
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
                                     std::span<const layer_description> layers, std::uint64_t seed, const grid&);
template network<double> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                                      std::span<const layer_description> layers, std::uint64_t seed, const grid&);
template std::uint32_t fan_in(const network<float>&, const layer&);
template std::uint32_t fan_in(const network<double>&, const layer&);
template std::uint32_t unit_count(const network<float>&, const layer&);
template std::uint32_t unit_count(const network<double>&, const layer&);
template void redraw_incoming(network<float>& net, const layer& of, std::uint32_t unit, const weight_distribution& init,
                              std::uint64_t seed, std::uint64_t step);
template void redraw_incoming(network<double>& net, const layer& of, std::uint32_t unit,
                              const weight_distribution& init, std::uint64_t seed, std::uint64_t step);
template std::vector<layer_fault> faults_of(const network<float>& net, const spike_record& record);
template std::vector<layer_fault> faults_of(const network<double>& net, const spike_record& record);

}  // namespace firstspike
