#include "models/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

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

template std::vector<layer> layers_of(const network<float>&);
template std::vector<layer> layers_of(const network<double>&);

}  // namespace firstspike
