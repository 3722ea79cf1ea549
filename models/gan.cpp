#include "models/gan.hpp"

#include <algorithm>
#include <cmath>

#include "engine/require.hpp"

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

template <class Real>
network<Real> make_generator(const gan_options& o) {
  layer_description shape;
  shape.v_th = o.generator_v_th;
  shape.delay = o.delay;
  shape.init = {weight_distribution::shape::normal, 0, o.generator_spread};
  shape.reference = o.kernel == synapse_kernel::ramp;
  const auto layers = chain(o.generator_hidden, shape, o.image_spread, "image", o.rows * o.columns, o.noise, o.slope);
  return make_layered<Real>("noise", o.noise, o.kernel, layers, o.seed);
}

template <class Real>
network<Real> make_discriminator(const gan_options& o) {
  layer_description shape;
  shape.v_th = o.discriminator_v_th;
  shape.delay = o.delay;
  shape.init = {weight_distribution::shape::normal, 0, o.discriminator_spread};
  const auto pixels = o.rows * o.columns;
  const auto layers = chain(o.discriminator_hidden, shape, o.discriminator_spread, "output", 2, pixels, o.slope);
  return make_layered<Real>("input", pixels, o.kernel, layers, o.seed + 1);
}

}  // namespace

gan_options gan_defaults(synapse_kernel kernel) {
  gan_options o;
  o.kernel = kernel;
  if (kernel == synapse_kernel::ramp) return o;
  o.delay = 1;
  o.t_max = 2 * o.t_in;
  o.window_open = 0;
  o.generator_v_th = 1;
  o.discriminator_v_th = 1;
  o.slope = 2;
  return o;
}

void check(const gan_options& o) {
  require(o.noise > 0 && o.rows > 0 && o.columns > 0, "noise, rows, columns = {}, {}, {}, allowed: 1 or more", o.noise,
          o.rows, o.columns);
  for (const auto* hidden : {&o.generator_hidden, &o.discriminator_hidden}) {
    require(!hidden->empty() && std::ranges::all_of(*hidden, [](auto n) { return n > 0; }),
            "hidden: a layer of 0 neurons, allowed: one or more sizes, each 1 or more");
  }
  require(o.t_in >= 1 && o.t_in <= longest_window && o.t_in == std::floor(o.t_in),
          "t_in = {}, allowed: whole numbers from 1 to 2^32", o.t_in);
  require(o.t_max > 0 && o.t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps", o.t_max);
  require(o.window_open >= 0 && o.window_open + o.t_in <= o.t_max,
          "window_open = {}, allowed: 0 to t_max - t_in = {} steps", o.window_open, o.t_max - o.t_in);
  require(o.batch > 0, "batch = 0, allowed: 1 or more");
  require(o.beta > 0 && o.beta < never, "beta = {}, allowed: above 0, finite", o.beta);
  require(o.real_label > 0.5 && o.real_label <= 1, "real_label = {}, allowed: above 0.5, up to 1", o.real_label);
  for (const auto& a : {o.generator_optimizer, o.discriminator_optimizer}) {
    require(a.lr > 0 && a.lr < never, "lr = {}, allowed: above 0, finite", a.lr);
    require(a.beta1 >= 0 && a.beta1 < 1, "beta1 = {}, allowed: [0, 1)", a.beta1);
  }
}

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
  return g;
}

template <class Real>
gan<Real> make_gan(const gan_options& options, network<Real> generator, network<Real> discriminator) {
  check(options);
  gan<Real> g;
  g.options = options;
  g.generator = std::move(generator);
  g.discriminator = std::move(discriminator);
  g.generator_layers = layers_of(g.generator);
  g.discriminator_layers = layers_of(g.discriminator);
  const auto pixels = options.rows * options.columns;
  const auto drawn = g.generator.populations()[g.generator_layers.back().population].size;
  const auto outputs = g.discriminator.populations()[g.discriminator_layers.back().population].size;
  require(g.generator.source_count() == options.noise && drawn == pixels,
          "generator: {} -> {} neurons, needed: noise = {} -> {} pixels", g.generator.source_count(), drawn,
          options.noise, pixels);
  require(g.discriminator.source_count() == pixels && outputs == 2,
          "discriminator: {} -> {} neurons, needed: {} pixels -> 2", g.discriminator.source_count(), outputs, pixels);
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
