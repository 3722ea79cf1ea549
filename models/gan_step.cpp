#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/parallel.hpp"
#include "engine/require.hpp"
#include "models/gan.hpp"
#include "models/gan_coding.hpp"
#include "models/losses.hpp"

namespace firstspike {
namespace {

template <class Real>
std::span<const double> last_layer(const network<Real>& net, std::span<const double> times) {
  return times.subspan(net.first_id(net.populations().size() - 1));
}

// dL/dt of the generator's pixels from that of what the discriminator saw. A pixel outside of the window passes back
// only what would bring it inside.
template <class Real>
std::vector<Real> pixel_pull(const gan_options& o, std::span<const double> image_times, std::span<const Real> dl_dt) {
  const auto of_pixels = dl_dt.first(image_times.size());  // the sources that tell the class come after
  std::vector<Real> pull(of_pixels.begin(), of_pixels.end());
  if (o.gate_width > 0) return pull;  // what lies beyond its clock is backprop's to know
  for (std::size_t i = 0; i < pull.size(); ++i) {
    const double t = image_times[i] - o.window_open;
    if ((t < 0 && pull[i] > 0) || (t > o.t_in && pull[i] < 0)) pull[i] = 0;
  }
  return pull;
}

template <class Real>
std::vector<Real> rounded(std::span<const double> values) {
  return {values.begin(), values.end()};
}

}  // namespace

template <class Real>
gan_record run_step(const gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                    const run_options& run) {
  const auto& o = gan.options;
  const simulation_options how{o.t_max, run.engine, run.threads, false};
  require(!o.conditional || !set.labels.empty(), "a conditional GAN needs images with labels");
  const auto label_of = [&](std::size_t sample) {
    return o.conditional ? set.labels[images[sample]] : std::uint8_t{0};
  };
  std::vector<double> sources;
  for (std::uint32_t sample = 0; sample < images.size(); ++sample) {
    std::ranges::copy(noise_times(o, draw::noise, gan.step, sample), std::back_inserter(sources));
    add_class(o, label_of(sample), sources);
  }
  gan_record record;
  record.generator = simulate(gan.generator, sources, how);
  sources.clear();
  for (std::size_t sample = 0; sample < images.size(); ++sample) {
    const auto image = last_layer(gan.generator, record.generator.times_of(sample));
    std::ranges::copy(seen_times(o, image), std::back_inserter(sources));
    add_class(o, label_of(sample), sources);
  }
  for (std::uint32_t sample = 0; sample < images.size(); ++sample) {
    const auto image = image_at(set, images[sample]);
    std::ranges::copy(real_times(o, image, gan.step, sample), std::back_inserter(sources));
    add_class(o, label_of(sample), sources);
  }
  record.discriminator = simulate(gan.discriminator, sources, how);
  return record;
}

template <class Real>
void look_again(const gan<Real>& gan, gan_record& record, const run_options& run) {
  const auto& o = gan.options;
  std::vector<double> sources;
  for (std::size_t sample = 0; sample < record.generator.samples; ++sample) {
    const auto seen = record.discriminator.times_of(sample).first(discriminator_sources(o));
    sources.insert(sources.end(), seen.begin(), seen.end());
  }
  record.second_look = simulate(gan.discriminator, sources, {o.t_max, run.engine, run.threads, false});
}

namespace {

// Calls learn(sample) for each of [0, samples), those of one block on one thread and in order, and adds up the blocks.
template <class Real, class Learn>
void learn_in_blocks(std::span<gradients<Real>> blocks, std::size_t samples, unsigned threads, const Learn& learn) {
  for (auto& block : blocks) block.clear();
  parallel_for((samples + gradient_block - 1) / gradient_block, threads, [&](std::size_t b) {
    const auto end = std::min(samples, (b + 1) * gradient_block);
    for (auto sample = b * gradient_block; sample < end; ++sample) learn(sample);
  });
  add_blocks(blocks, threads);
}

template <class Real>
void check_record(const gan<Real>& gan, const gan_record& record, std::size_t looks, std::size_t needed) {
  const auto batch = record.generator.samples;
  require(looks == needed && batch > 0 && batch <= gan.generator_blocks.size() * gradient_block,
          "record: {} generated and {} judged images, needed: {} judged, batches up to {}", batch, looks, needed,
          gan.options.batch);
}

// Of a layer's references only the second one, the bias, learns.
template <class Real>
void keep_clock(gradients<Real>& g, const layer& of) {
  for (std::size_t r = 0; r < of.references.size(); ++r) {
    if (r != 1) std::ranges::fill(g.row(of.references[r], 0), Real{0});
  }
}

// The gradient along the weights that learn, where others are held or follow from them.
template <class Real>
void follow_held(gradients<Real>& g, std::span<const layer> layers, const gan_options& o, double gate) {
  for (const auto& l : layers) {
    if (o.gate_width > 0) keep_clock(g, l);
    if (gate > 0) follow_held_slope(g, l);
  }
}

}  // namespace

template <class Real>
void learn_discriminator(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads) {
  const auto& o = gan.options;
  const auto batch = record.generator.samples;
  check_record(gan, record, record.discriminator.samples, 2 * batch);
  auto options = backprop_of(o);
  options.to_sources = false;
  std::vector<double> loss(2 * batch);
  std::vector<double> called_real(2 * batch);  // 1, or 1/2 where both outputs fire together
  learn_in_blocks(std::span(gan.discriminator_blocks), 2 * batch, threads, [&](std::size_t sample) {
    const auto times = record.discriminator.times_of(sample);
    const auto outputs = last_layer(gan.discriminator, times);
    const auto d = real_or_fake(outputs, sample < batch ? 0 : o.real_label, o.beta, o.pull, o.t_max);
    backprop<Real>(gan.discriminator, gan.discriminator_layers, times, rounded<Real>(d.dl_dt), options,
                   &gan.discriminator_blocks[sample / gradient_block]);
    loss[sample] = d.value;
    called_real[sample] = outputs[0] < outputs[1] ? 1 : outputs[0] == outputs[1] ? 0.5 : 0;
  });
  follow_held<Real>(gan.discriminator_blocks[0], gan.discriminator_layers, o, o.discriminator_gate);
  const auto share = 1 / static_cast<double>(batch);
  losses.discriminator = losses.real_right = losses.fake_right = 0;
  for (std::size_t sample = 0; sample < 2 * batch; ++sample) {
    losses.discriminator += share * loss[sample];
    if (sample < batch) {
      losses.fake_right += share * (1 - called_real[sample]);
    } else {
      losses.real_right += share * called_real[sample];
    }
  }
}

template <class Real>
void learn_generator(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads) {
  const auto& o = gan.options;
  const auto batch = record.generator.samples;
  check_record(gan, record, record.second_look.samples, batch);
  const auto options = backprop_of(o);
  auto own = options;
  own.to_sources = false;
  std::vector<double> loss(batch);
  learn_in_blocks(std::span(gan.generator_blocks), batch, threads, [&](std::size_t sample) {
    const auto seen = record.second_look.times_of(sample);
    const auto d = real_or_fake(last_layer(gan.discriminator, seen), 1, o.beta, o.pull, o.t_max);
    const auto back =
        backprop<Real>(gan.discriminator, gan.discriminator_layers, seen, rounded<Real>(d.dl_dt), options, nullptr);
    const auto drawn = record.generator.times_of(sample);
    const auto pull = pixel_pull<Real>(o, last_layer(gan.generator, drawn), back);
    backprop<Real>(gan.generator, gan.generator_layers, drawn, pull, own,
                   &gan.generator_blocks[sample / gradient_block]);
    loss[sample] = d.value;
  });
  if (o.gate_width > 0) follow_centred_inputs(gan.generator_blocks[0], gan.generator_layers[0], o.noise);
  follow_held<Real>(gan.generator_blocks[0], gan.generator_layers, o, o.generator_gate);
  losses.generator = 0;
  for (const double l : loss) losses.generator += l / static_cast<double>(batch);
}

namespace {

// A young mean follows fast, or the first weights would stay in it for long.
template <class Real>
void move_average(gan<Real>& gan) {
  const auto step = static_cast<double>(gan.step);
  const auto keep = static_cast<Real>(std::min(gan.options.average, step / (10 + step)));
  for (std::size_t i = 0; i < gan.generator.projection_count(); ++i) {
    const auto mean = gan.average.weights(i);
    const auto w = gan.generator.weights(i);
    for (std::size_t k = 0; k < w.size(); ++k) mean[k] = w[k] + keep * (mean[k] - w[k]);
  }
}

template <class Real>
void update(const gan_options& o, std::uint64_t step, network<Real>& net, optimizer_state<Real>& state,
            const gradients<Real>& g, optimizer_options how, unsigned threads) {
  how.lr *= share_of_rate(o.schedule, step, o.schedule_steps);
  update(net, state, g, 1 / static_cast<double>(o.batch), how, threads);
}

}  // namespace

template <class Real>
void update_discriminator(gan<Real>& gan, unsigned threads) {
  update(gan.options, gan.step, gan.discriminator, gan.discriminator_optimizer, gan.discriminator_blocks[0],
         gan.options.discriminator_optimizer, threads);
  hold_discriminator(gan);
}

template <class Real>
void update_generator(gan<Real>& gan, unsigned threads) {
  update(gan.options, gan.step, gan.generator, gan.generator_optimizer, gan.generator_blocks[0],
         gan.options.generator_optimizer, threads);
  hold_generator(gan);
  ++gan.step;
  move_average(gan);
}

template <class Real>
std::string gradient_hash(const gan<Real>& gan) {
  return gradient_hash(gan.generator_blocks[0]) + gradient_hash(gan.discriminator_blocks[0]);
}

template <class Real>
spike_record generate(const network<Real>& generator, const gan_options& options, std::uint32_t first,
                      std::uint32_t count, const run_options& run) {
  std::vector<double> sources;
  for (auto sample = first; sample < first + count; ++sample) {
    std::ranges::copy(sample_sources(options, sample), std::back_inserter(sources));
  }
  return simulate(generator, sources, {options.t_max, run.engine, run.threads, false});
}

template gan_record run_step(const gan<float>&, const image_set&, std::span<const std::uint32_t>, const run_options&);
template gan_record run_step(const gan<double>&, const image_set&, std::span<const std::uint32_t>, const run_options&);
template void look_again(const gan<float>&, gan_record&, const run_options&);
template void look_again(const gan<double>&, gan_record&, const run_options&);
template void learn_discriminator(gan<float>&, const gan_record&, gan_losses&, unsigned);
template void learn_discriminator(gan<double>&, const gan_record&, gan_losses&, unsigned);
template void learn_generator(gan<float>&, const gan_record&, gan_losses&, unsigned);
template void learn_generator(gan<double>&, const gan_record&, gan_losses&, unsigned);
template void update_discriminator(gan<float>&, unsigned);
template void update_discriminator(gan<double>&, unsigned);
template void update_generator(gan<float>&, unsigned);
template void update_generator(gan<double>&, unsigned);
template std::string gradient_hash(const gan<float>&);
template std::string gradient_hash(const gan<double>&);
template spike_record generate(const network<float>&, const gan_options&, std::uint32_t, std::uint32_t,
                               const run_options&);
template spike_record generate(const network<double>&, const gan_options&, std::uint32_t, std::uint32_t,
                               const run_options&);

}  // namespace firstspike
