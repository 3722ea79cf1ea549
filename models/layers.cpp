#include "models/layers.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <string>

#include "models/random.hpp"

namespace firstspike {
namespace {

double draw_weight(random_stream& stream, const weight_distribution& d) {
  if (d.form == weight_distribution::shape::normal) return d.a + d.b * stream.normal();
  return d.a + (d.b - d.a) * stream.uniform();
}

template <class Real>
bool is_reference_of(const network<Real>& net, std::uint32_t projection) {
  const auto& pre = net.populations()[net.pre(projection)];
  return pre.kind == population_kind::reference && pre.size == 1;
}

}  // namespace

template <class Real>
std::vector<layer> layers_of(const network<Real>& net) {
  const auto refuse = [](const std::string& why) {
    throw std::invalid_argument("network: learning needs a chain of dense layers, but " + why);
  };
  std::uint32_t at = static_cast<std::uint32_t>(net.populations().size());
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    if (net.populations()[p].kind != population_kind::source) continue;
    if (at != net.populations().size()) refuse("it has several source populations");
    at = p;
  }
  if (at == net.populations().size()) refuse("it has no source population");
  std::vector<layer> layers;
  std::size_t projections_seen = 0;
  for (;;) {
    std::optional<layer> next;
    for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
      if (net.pre(i) != at) continue;
      if (next) refuse(fmt::format("population {} projects to several", net.populations()[at].name));
      next = layer{at, net.post(i), i};
    }
    if (!next || layers.size() > net.populations().size()) break;
    for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
      if (net.post(i) != next->population) continue;
      ++projections_seen;
      if (net.describe(i).sparse)
        refuse(fmt::format("population {} has sparse inputs", net.populations()[net.post(i)].name));
      if (is_reference_of(net, i)) next->references.push_back(i);
    }
    layers.push_back(*next);
    at = next->population;
  }
  std::size_t expected = 0;
  for (const auto& l : layers) expected += 1 + l.references.size();
  if (layers.empty() || projections_seen != expected || expected != net.projection_count()) {
    refuse("some projection lies outside of it");
  }
  return layers;
}

template <class Real>
network<Real> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                           std::span<const layer_description> layers, std::uint64_t seed) {
  std::vector<population> populations{{source, population_kind::source, inputs, {}, 0, never}};
  std::vector<projection<Real>> projections;
  std::uint32_t pre = 0;
  for (std::size_t number = 0; number < layers.size(); ++number) {
    const auto& l = layers[number];
    for (std::size_t i = 0; i < l.references.size(); ++i) {
      const auto name = l.name + "_reference" + (i > 0 ? std::to_string(i + 1) : "");
      populations.push_back({name, population_kind::reference, 1, {}, l.references[i].at, never});
    }
    populations.push_back(
        {l.name, population_kind::neurons, l.size, std::vector<double>(l.size, l.v_th), l.t_open, l.t_close});
    const auto post = static_cast<std::uint32_t>(populations.size() - 1);
    random_stream stream(seed, draw::initial_weights, number);
    std::vector<Real> weights(std::size_t{populations[pre].size} * l.size);
    for (auto& w : weights) w = static_cast<Real>(draw_weight(stream, l.init));
    projections.push_back({pre, post, kernel, false, l.delay, std::move(weights), {}});
    auto reference = post - static_cast<std::uint32_t>(l.references.size());
    for (const auto& r : l.references) {
      std::vector<Real> to_all(l.size, static_cast<Real>(r.weight));
      if (r.spread > 0) {
        for (auto& w : to_all) w = static_cast<Real>(r.weight + r.spread * stream.normal());
      }
      projections.push_back({reference, post, kernel, false, 0, std::move(to_all), {}});
      for (const auto& [delay, weight] : r.later) {
        const std::vector<Real> same(l.size, static_cast<Real>(weight));
        projections.push_back({reference, post, kernel, false, delay, same, {}});
      }
      ++reference;
    }
    pre = post;
  }
  return {std::move(populations), std::move(projections)};
}

template <class Real>
void redraw_incoming(network<Real>& net, const layer& of, std::uint32_t post, const weight_distribution& init,
                     std::uint64_t seed, std::uint64_t step) {
  random_stream stream(seed, draw::dead_neurons, step, net.first_id(of.population) + post);
  const auto posts = net.populations()[of.population].size;
  const auto weights = net.weights(of.weights);
  for (std::size_t i = post; i < weights.size(); i += posts) weights[i] = static_cast<Real>(draw_weight(stream, init));
}

template std::vector<layer> layers_of(const network<float>&);
template std::vector<layer> layers_of(const network<double>&);
template network<float> make_layered(const std::string&, std::uint32_t, synapse_kernel,
                                     std::span<const layer_description>, std::uint64_t);
template network<double> make_layered(const std::string&, std::uint32_t, synapse_kernel,
                                      std::span<const layer_description>, std::uint64_t);
template void redraw_incoming(network<float>&, const layer&, std::uint32_t, const weight_distribution&, std::uint64_t,
                              std::uint64_t);
template void redraw_incoming(network<double>&, const layer&, std::uint32_t, const weight_distribution&, std::uint64_t,
                              std::uint64_t);

}  // namespace firstspike
