#include "models/gan.hpp"

#include <algorithm>
#include <cmath>

#include "engine/require.hpp"
#include "models/gan_coding.hpp"

namespace firstspike {
namespace {

std::vector<layer_description> chain(const std::vector<std::uint32_t>& hidden, layer_description shape,
                                     double last_spread, const std::string& last, std::uint32_t last_size,
                                     std::uint32_t inputs, double slope) {
  std::vector<layer_description> layers;
  const auto add = [&](const std::string& name, std::uint32_t size) {
    layers.push_back(shape);
    layers.back().name = name;
    layers.back().size = size;
    layers.back().init.a = slope / inputs;
    inputs = size;
  };
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    add(hidden.size() == 1 ? "hidden" : fmt::format("hidden{}", i + 1), hidden[i]);
  }
  add(last, last_size);
  layers.back().init.b = last_spread;
  return layers;
}

// Reference neurons fire amid the inputs that their weights have to balance, `inputs_at` for the first layer's: one far
// off would be the loudest input of all.
void open_gates(std::vector<layer_description>& layers, double inputs_at, double gate) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].reference_at = i == 0 ? inputs_at : gate;
    if (i + 1 < layers.size()) layers[i].t_open = gate;
  }
}

template <class Real>
network<Real> make_generator(const gan_options& o) {
  layer_description shape;
  shape.v_th = o.generator_v_th;
  shape.delay = o.delay;
  shape.init = {weight_distribution::shape::normal, 0, o.generator_spread};
  auto layers =
      chain(o.generator_hidden, shape, o.image_spread, "image", o.rows * o.columns, generator_sources(o), o.slope);
  open_gates(layers, o.t_in / 2, o.generator_gate);
  return make_layered<Real>("noise", generator_sources(o), o.kernel, layers, o.seed);
}

template <class Real>
network<Real> make_discriminator(const gan_options& o) {
  layer_description shape;
  shape.v_th = o.discriminator_v_th;
  shape.delay = o.delay;
  shape.init = {weight_distribution::shape::normal, 0, o.discriminator_spread};
  auto layers =
      chain(o.discriminator_hidden, shape, o.discriminator_spread, "output", 2, discriminator_sources(o), o.slope);
  open_gates(layers, o.t_in, o.discriminator_gate);
  return make_layered<Real>("input", discriminator_sources(o), o.kernel, layers, o.seed + 1);
}

}  // namespace

template <class Real>
held_layers layers_held(const gan<Real>& gan) {
  const std::span<const layer> generator(gan.generator_layers), discriminator(gan.discriminator_layers);
  if (!gan.options.hold_slope) return {};
  if (gan.options.kernel == synapse_kernel::ramp) return {generator, {}};
  return {generator.first(generator.size() - 1), discriminator};
}

template <class Real>
gan<Real> make_gan(const gan_options& options) {
  check(options);
  auto g = make_gan<Real>(options, make_generator<Real>(options), make_discriminator<Real>(options));
  for (const auto& l : layers_held(g).generator) hold_slope(g.generator, l, options.slope);
  for (const auto& l : layers_held(g).discriminator) hold_slope(g.discriminator, l, options.slope);
  g.average = g.generator;
  return g;
}

template <class Real>
gan<Real> make_gan(const gan_options& options, network<Real> generator, network<Real> discriminator) {
  check(options);
  gan<Real> g;
  g.options = options;
  g.average = generator;
  g.generator = std::move(generator);
  g.discriminator = std::move(discriminator);
  g.generator_layers = layers_of(g.generator);
  g.discriminator_layers = layers_of(g.discriminator);
  const auto pixels = options.rows * options.columns;
  const auto drawn = g.generator.populations()[g.generator_layers.back().population].size;
  const auto outputs = g.discriminator.populations()[g.discriminator_layers.back().population].size;
  require(g.generator.source_count() == generator_sources(options) && drawn == pixels,
          "generator: {} -> {} neurons, needed: {} -> {} pixels", g.generator.source_count(), drawn,
          generator_sources(options), pixels);
  require(g.discriminator.source_count() == discriminator_sources(options) && outputs == 2,
          "discriminator: {} -> {} neurons, needed: {} -> 2", g.discriminator.source_count(), outputs,
          discriminator_sources(options));
  g.generator_optimizer = make_optimizer(g.generator, options.generator_optimizer);
  g.discriminator_optimizer = make_optimizer(g.discriminator, options.discriminator_optimizer);
  const auto blocks = (options.batch + gradient_block - 1) / gradient_block;
  g.generator_blocks.assign(blocks, gradients<Real>(g.generator));
  g.discriminator_blocks.assign(2 * blocks, gradients<Real>(g.discriminator));
  return g;
}

template held_layers layers_held(const gan<float>&);
template held_layers layers_held(const gan<double>&);
template gan<float> make_gan(const gan_options&);
template gan<double> make_gan(const gan_options&);
template gan<float> make_gan(const gan_options&, network<float>, network<float>);
template gan<double> make_gan(const gan_options&, network<double>, network<double>);

}  // namespace firstspike
