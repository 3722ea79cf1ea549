#include "models/gan.hpp"

#include <algorithm>
#include <cmath>

#include "engine/require.hpp"
#include "models/gan_coding.hpp"

namespace firstspike {
namespace {

std::vector<layer_description> chain(const std::vector<std::uint32_t>& hidden, const std::string& last,
                                     std::uint32_t last_size) {
  std::vector<layer_description> layers;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    layers.emplace_back().name = hidden.size() == 1 ? "hidden" : fmt::format("hidden{}", i + 1);
    layers.back().size = hidden[i];
  }
  layers.emplace_back().name = last;
  layers.back().size = last_size;
  return layers;
}

// Weights that add up to `sum` on average.
void set_all(std::vector<layer_description>& layers, const gan_options& o, double v_th, double sum, double spread,
             std::uint32_t inputs) {
  for (auto& l : layers) {
    l.v_th = v_th;
    l.delay = o.delay;
    l.init = {weight_distribution::shape::normal, sum / inputs, spread};
    inputs = l.size;
  }
}

// Rectifiers in time. A layer rests, at `gate` and the hidden ones' multiples of it, the last one at `read_at`, when
// its inputs rest, from `inputs_rest` on; its first reference neuron fires with them and holds its slopes, its second
// one fires half a code length before and is the bias.
void set_gates(std::vector<layer_description>& layers, const gan_options& o, double gate, double slope,
               double inputs_rest, double read_at) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool is_last = i + 1 == layers.size();
    const double rests = is_last ? read_at : gate * static_cast<double>(i + 1);
    const double arrives = inputs_rest + o.delay;
    layers[i].references = {{arrives, 0}, {arrives - o.t_in / 2, 0}};
    layers[i].v_th = slope * (rests - arrives);
    layers[i].init.a = 0;
    if (!is_last) layers[i].t_open = rests;
    inputs_rest = rests;
  }
}

// Gates at instants. What arrives in the first half of the code counts: a hidden layer's first reference neuron lifts
// it to v_th at the last instant of that, and its currents stop at once. The last layer's lifts it at the first tick of
// `clock`, its third one at all others. Second references are biases.
void set_instants(std::vector<layer_description>& layers, const gan_options& o, double v_th,
                  std::span<const clock_tick> clock) {
  double reads_at = first_reading(o);
  for (auto& l : layers) {
    l.v_th = v_th;
    l.init.a = 0;
    l.references = {{reads_at, v_th}, {reads_at, 0, l.init.b}};
    l.t_close = reads_at + 1;
    reads_at += o.delay;
  }
  auto& last = layers.back();
  const auto& second = clock[1];
  last.t_close = never;
  last.references = {{clock[0].at, v_th + clock[0].weight}, {clock[0].at, 0, last.init.b}, {second.at, second.weight}};
  for (const auto& tick : clock.subspan(2)) last.references[2].later.push_back({tick.at - second.at, tick.weight});
}

template <class Real>
network<Real> make_generator(const gan_options& o) {
  auto layers = chain(o.generator_hidden, "image", o.rows * o.columns);
  set_all(layers, o, o.generator_v_th, o.generator_slope, o.generator_spread, generator_sources(o));
  layers.back().init.b = o.image_spread;
  if (o.gate_width > 0) set_instants(layers, o, o.generator_v_th, image_clock(o));
  if (o.generator_gate > 0)
    set_gates(layers, o, o.generator_gate, o.generator_slope, o.t_in / 2, o.window_open + o.t_in);
  return make_layered<Real>("noise", generator_sources(o), o.kernel, layers, o.seed);
}

template <class Real>
network<Real> make_discriminator(const gan_options& o) {
  auto layers = chain(o.discriminator_hidden, "output", 2);
  set_all(layers, o, o.discriminator_v_th, o.discriminator_slope, o.discriminator_spread, discriminator_sources(o));
  if (o.gate_width > 0) set_instants(layers, o, o.discriminator_v_th, output_clock(o));
  if (o.discriminator_gate > 0) {
    const auto read_at = o.discriminator_gate * static_cast<double>(layers.size());
    set_gates(layers, o, o.discriminator_gate, o.discriminator_slope, o.t_in, read_at);
  }
  return make_layered<Real>("input", discriminator_sources(o), o.kernel, layers, o.seed + 1);
}

// The first reference neuron of a layer holds its slopes, or centres its noise.
template <class Real>
void check_references(const network<Real>& net, std::span<const layer> layers, const gan_options& o, double gate) {
  for (const auto& l : layers) {
    require((gate == 0 && o.gate_width == 0) || !l.references.empty(),
            "population {} has no reference neuron, needed with {} = {}: one", net.populations()[l.population].name,
            gate > 0 ? "gate" : "gate_width", gate > 0 ? gate : o.gate_width);
  }
}

}  // namespace

template <class Real>
void hold_generator(gan<Real>& gan) {
  const auto& o = gan.options;
  if (o.gate_width > 0) centre_inputs(gan.generator, gan.generator_layers[0], o.noise, o.generator_v_th);
  if (o.generator_gate == 0) return;
  for (const auto& l : gan.generator_layers) hold_slope(gan.generator, l, o.generator_slope);
}

template <class Real>
void hold_discriminator(gan<Real>& gan) {
  if (gan.options.discriminator_gate == 0) return;
  for (const auto& l : gan.discriminator_layers) hold_slope(gan.discriminator, l, gan.options.discriminator_slope);
}

template <class Real>
gan<Real> make_gan(const gan_options& options) {
  check(options);
  auto g = make_gan<Real>(options, make_generator<Real>(options), make_discriminator<Real>(options));
  hold_generator(g);
  hold_discriminator(g);
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
  check_references(g.generator, g.generator_layers, options, options.generator_gate);
  check_references(g.discriminator, g.discriminator_layers, options, options.discriminator_gate);
  g.generator_optimizer = make_optimizer(g.generator, options.generator_optimizer);
  g.discriminator_optimizer = make_optimizer(g.discriminator, options.discriminator_optimizer);
  const auto blocks = (options.batch + gradient_block - 1) / gradient_block;
  g.generator_blocks.assign(blocks, gradients<Real>(g.generator));
  g.discriminator_blocks.assign(2 * blocks, gradients<Real>(g.discriminator));
  return g;
}

template void hold_generator(gan<float>&);
template void hold_generator(gan<double>&);
template void hold_discriminator(gan<float>&);
template void hold_discriminator(gan<double>&);
template gan<float> make_gan(const gan_options&);
template gan<double> make_gan(const gan_options&);
template gan<float> make_gan(const gan_options&, network<float>, network<float>);
template gan<double> make_gan(const gan_options&, network<double>, network<double>);

}  // namespace firstspike
