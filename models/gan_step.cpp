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
std::vector<double> pixel_pull(const gan_options& o, std::span<const double> image_times,
                               std::span<const double> dl_dt) {
  const auto of_pixels = dl_dt.first(image_times.size());  // the sources that tell the class come after
  std::vector<double> pull(of_pixels.begin(), of_pixels.end());
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

namespace {

// Adds one sample's discriminator gradient, and for a generated image the generator's, to their blocks.
template <class Real>
gan_losses learn_sample(gan<Real>& gan, const gan_record& record, std::size_t sample) {
  const auto& o = gan.options;
  const auto batch = record.generator.samples;
  const bool real = sample >= batch;
  const auto options = backprop_of(o);
  const auto times = record.discriminator.times_of(sample);
  const auto outputs = last_layer(gan.discriminator, times);
  const auto d_loss = real_or_fake(outputs, real ? o.real_label : 0, o.beta, o.pull, o.t_max);
  auto back = backprop<Real>(gan.discriminator, gan.discriminator_layers, times, rounded<Real>(d_loss.dl_dt), options,
                             &gan.discriminator_blocks[sample / gradient_block]);
  const bool called_real = outputs[0] < outputs[1];
  if (real) return {0, d_loss.value, called_real ? 1.0 : 0.0, 0};
  const auto g_loss = real_or_fake(outputs, 1, o.beta, o.pull, o.t_max);
  // Without `pull` both losses but draw the two outputs apart, so one pass serves both, unless the discriminator is so
  // sure that its own share all but vanishes.
  const double turned = g_loss.dl_dt[0] / d_loss.dl_dt[0];
  const bool serves_both = std::abs(turned) < 1e6 && !o.normalise && o.pull == 0;
  if (!serves_both) {
    back = backprop<Real>(gan.discriminator, gan.discriminator_layers, times, rounded<Real>(g_loss.dl_dt), options,
                          nullptr);
  }
  std::vector<double> dl_dt(back.begin(), back.end());
  if (serves_both) std::ranges::for_each(dl_dt, [turned](double& d) { d *= turned; });
  const auto drawn = record.generator.times_of(sample);
  const auto pull = pixel_pull(o, last_layer(gan.generator, drawn), dl_dt);
  backprop<Real>(gan.generator, gan.generator_layers, drawn, rounded<Real>(pull), options,
                 &gan.generator_blocks[sample / gradient_block]);
  return {g_loss.value, d_loss.value, 0, called_real ? 0.0 : 1.0};
}

}  // namespace

template <class Real>
gan_losses learn(gan<Real>& gan, const gan_record& record, unsigned threads) {
  const auto batch = record.generator.samples;
  require(record.discriminator.samples == 2 * batch && batch > 0 &&
              2 * batch <= gan.discriminator_blocks.size() * gradient_block,
          "record: {} generated and {} judged images, needed: N and 2 N, N up to the batch", batch,
          record.discriminator.samples);
  for (auto& block : gan.generator_blocks) block.clear();
  for (auto& block : gan.discriminator_blocks) block.clear();
  std::vector<gan_losses> of_sample(2 * batch);
  parallel_for((2 * batch + gradient_block - 1) / gradient_block, threads, [&](std::size_t b) {
    const auto end = std::min(2 * batch, (b + 1) * gradient_block);
    for (auto sample = b * gradient_block; sample < end; ++sample)
      of_sample[sample] = learn_sample(gan, record, sample);
  });
  add_blocks(std::span(gan.generator_blocks), threads);
  add_blocks(std::span(gan.discriminator_blocks), threads);
  gan_losses mean;
  const auto share = 1 / static_cast<double>(batch);
  for (const auto& l : of_sample) {
    mean.generator += share * l.generator;
    mean.discriminator += share * l.discriminator;
    mean.real_right += share * l.real_right;
    mean.fake_right += share * l.fake_right;
  }
  return mean;
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

}  // namespace

template <class Real>
void apply(gan<Real>& gan, unsigned threads) {
  const auto& o = gan.options;
  const double scale = 1 / static_cast<double>(o.batch);
  const double rate = share_of_rate(o.schedule, gan.step, o.schedule_steps);
  auto generator_how = o.generator_optimizer, discriminator_how = o.discriminator_optimizer;
  generator_how.lr *= rate;
  discriminator_how.lr *= rate;
  for (const auto& l : gan.generator_layers) {
    if (o.generator_gate > 0) follow_held_slope(gan.generator_blocks[0], l);
  }
  for (const auto& l : gan.discriminator_layers) {
    if (o.discriminator_gate > 0) follow_held_slope(gan.discriminator_blocks[0], l);
  }
  update(gan.generator, gan.generator_optimizer, gan.generator_blocks[0], scale, generator_how, threads);
  update(gan.discriminator, gan.discriminator_optimizer, gan.discriminator_blocks[0], scale, discriminator_how,
         threads);
  hold_slopes(gan);
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
template gan_losses learn(gan<float>&, const gan_record&, unsigned);
template gan_losses learn(gan<double>&, const gan_record&, unsigned);
template void apply(gan<float>&, unsigned);
template void apply(gan<double>&, unsigned);
template std::string gradient_hash(const gan<float>&);
template std::string gradient_hash(const gan<double>&);
template spike_record generate(const network<float>&, const gan_options&, std::uint32_t, std::uint32_t,
                               const run_options&);
template spike_record generate(const network<double>&, const gan_options&, std::uint32_t, std::uint32_t,
                               const run_options&);

}  // namespace firstspike
