#include "firstspike/models/gan.hpp"

#include <algorithm>

#include "firstspike/engine/require.hpp"
#include "firstspike/models/training_kernels.hpp"

namespace firstspike {
namespace {

// The loss on the discriminator's outputs, the same for every image of a training step.
struct decision_loss {
  const loss& of;
  loss_options options;

  explicit decision_loss(const gan_options& o)
      : of(loss_called(o.loss)), options{discriminator_run_length(o), o.gamma, o.beta, o.pull} {}

  // The loss on one image: `label` is the probability that the discriminator should give "real".
  time_loss operator()(std::span<const double> times, double label) const {
    auto mixed = of.of(times, 0, options);
    const auto fake = of.of(times, 1, options);
    mixed.value = label * mixed.value + (1 - label) * fake.value;
    for (std::size_t j = 0; j < 2; ++j) mixed.dl_dt[j] = label * mixed.dl_dt[j] + (1 - label) * fake.dl_dt[j];
    return mixed;
  }
};

// Free pixels may fire outside of the window. For these, only the component of dL/dt that moves them back is
// propagated. In other regimes the learning rule does this.
template <class Real>
void keep_in_window(const gan_options& o, std::span<const double> image_times, std::span<Real> dl_dt) {
  if (o.regime != "free") return;
  for (std::size_t i = 0; i < dl_dt.size(); ++i) {
    const double t = image_times[i] - o.window_open;
    if ((t < 0 && dl_dt[i] > 0) || (t > o.t_in && dl_dt[i] < 0)) dl_dt[i] = 0;
  }
}

template <class Real>
void check_size(const learner<Real>& l, const char* name, std::uint32_t sources, std::uint32_t outputs) {
  const auto last = l.net.populations()[l.layers.back().population].size;
  require(l.net.source_count() == sources && last == outputs, "{}: {} -> {} neurons, needed: {} -> {}", name,
          l.net.source_count(), last, sources, outputs);
}

template <class Real>
void check_record(const gan<Real>& gan, const gan_record& record, std::size_t passes, std::size_t needed) {
  const auto batch = record.generator.samples;
  require(passes == needed && batch > 0 && batch <= gan.options.batch,
          "record: {} generated images and {} runs of the discriminator, needed: {} runs, batches up to {}", batch,
          passes, needed, gan.options.batch);
}

}  // namespace

template <class Real>
gan<Real> make_gan(const gan_options& o, network<Real> generator, network<Real> discriminator) {
  check(o);
  gan<Real> g{o, make_learner(generator_learning(o), generator, o.batch),
              make_learner(discriminator_learning(o), std::move(discriminator), 2 * o.batch), std::move(generator), 0};
  check_size(g.generator, "generator", generator_sources(o), o.rows * o.columns);
  check_size(g.discriminator, "discriminator", discriminator_sources(o), 2);
  return g;
}

template <class Real>
gan_record run_step(const gan<Real>& gan, const image_set& set, std::span<const std::uint32_t> images,
                    const run_options& run) {
  const auto& o = gan.options;
  require(!o.conditional || !set.labels.empty(), "a conditional GAN needs images with labels");
  std::vector<double> sources;
  sources.reserve(2 * images.size() * discriminator_sources(o));
  double class_at = 0;  // of the generator
  const auto add_image = [&](std::span<const double> times, std::size_t sample) {
    sources.insert(sources.end(), times.begin(), times.end());
    if (o.conditional) add_class(o, set.labels[images[sample]], sources, class_at);
  };
  const auto batch = static_cast<std::uint32_t>(images.size());
  for (std::uint32_t k = 0; k < batch; ++k) add_image(noise_times(o, draw::noise, gan.step, k), k);
  gan_record record;
  record.generator = simulate(gan.generator.net, sources, {generator_run_length(o), run.engine, run.threads});
  sources.clear();
  class_at = class_time(o);
  const double opens = image_opens(o);
  for (std::uint32_t k = 0; k < batch; ++k) {
    auto drawn = discriminator_input(o, opens, gan.generator.outputs(record.generator.times_of(k)));
    if (o.dither > 0) add_dither(o, drawn, gan.step, k);
    add_image(drawn, k);
  }
  auto real = real_times(o, set, images, gan.step, run.threads);
  const auto pixels = pixels_per_image(set);
  for (std::uint32_t k = 0; k < batch; ++k) {
    const auto image = std::span(real).subspan(k * pixels, pixels);
    if (o.dither > 0) add_dither(o, image, gan.step, batch + k);
    add_image(image, k);
  }
  record.discriminator =
      simulate(gan.discriminator.net, sources, {discriminator_run_length(o), run.engine, run.threads});
  return record;
}

template <class Real>
void compute_discriminator_gradients(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads) {
  const auto& o = gan.options;
  auto& d = gan.discriminator;
  const auto batch = record.generator.samples;
  check_record(gan, record, record.discriminator.samples, 2 * batch);
  const decision_loss loss_of(o);
  std::vector<double> loss(2 * batch);
  std::vector<double> correct(2 * batch);  // 1, or 1/2 if both outputs fire at the same time
  compute_gradients(d, record.discriminator, threads, [&](std::size_t first, std::size_t end) {
    for (auto sample = first; sample < end; ++sample) {
      const auto outputs = d.outputs(record.discriminator.times_of(sample));
      const auto [value, dl_dt] = loss_of(outputs, sample < batch ? 0 : o.real_label);
      d.set_output_dl_dt(sample, dl_dt);
      loss[sample] = value;
      const double is_real = outputs[0] < outputs[1] ? 1 : outputs[0] == outputs[1] ? 0.5 : 0;
      correct[sample] = sample < batch ? 1 - is_real : is_real;
    }
  });
  const auto each = 1 / static_cast<double>(batch);
  losses.discriminator = losses.real_correct = losses.fake_correct = 0;
  for (std::size_t sample = 0; sample < 2 * batch; ++sample) {
    losses.discriminator += each * loss[sample];
    (sample < batch ? losses.fake_correct : losses.real_correct) += each * correct[sample];
  }
}

template <class Real>
void compute_generator_gradients(gan<Real>& gan, const gan_record& record, gan_losses& losses, unsigned threads) {
  const auto& o = gan.options;
  auto& g = gan.generator;
  auto& d = gan.discriminator;
  const auto batch = record.generator.samples;
  check_record(gan, record, record.second_pass.samples, batch);
  const decision_loss loss_of(o);
  const backprop_pass<Real> through_discriminator{rule_called(o.rule), d.net, d.layers, record.second_pass.times,
                                                  d.options.backward};
  const auto pixels = o.rows * o.columns;
  std::vector<double> loss(batch);
  const auto inputs = discriminator_inputs(o);
  start_backprop(through_discriminator, d.memory);
  compute_gradients(g, record.generator, threads, [&](std::size_t first, std::size_t end) {
    for (auto sample = first; sample < end; ++sample) {
      const auto [value, dl_dt] = loss_of(d.outputs(record.second_pass.times_of(sample)), 1);
      d.set_output_dl_dt(sample, dl_dt);
      loss[sample] = value;
    }
    backprop(through_discriminator, first, end, d.memory);
    for (auto sample = first; sample < end; ++sample) {
      const auto to_image = std::span(d.memory.to_sources).subspan(sample * inputs, pixels);
      keep_in_window<Real>(o, g.outputs(record.generator.times_of(sample)), to_image);
      std::ranges::copy(to_image, g.memory.layers.back().dl_dt.begin() + static_cast<std::ptrdiff_t>(sample * pixels));
    }
  });
  losses.generator = 0;
  for (const double l : loss) losses.generator += l / static_cast<double>(batch);
}

template <class Real>
gan<Real> make_gan(const gan_options& o) {
  check(o);
  const auto& r = regime_called(o.regime);
  auto generator = make_chain<Real>("noise", generator_sources(o), o.kernel, r, generator_plan(o), o.seed);
  const auto first = layers_of(generator).front();
  project<Real>(generator_learning(o), generator.weights(first.weights),
                generator.populations()[first.population].size);
  return make_gan<Real>(
      o, std::move(generator),
      make_chain<Real>("input", discriminator_inputs(o), o.kernel, r, discriminator_plan(o), o.seed + 1));
}

template <class Real>
void run_second_pass(const gan<Real>& gan, gan_record& record, const run_options& run) {
  const auto& o = gan.options;
  const auto of_image = discriminator_sources(o);
  std::vector<double> sources(record.generator.samples * of_image);
  for (std::size_t sample = 0; sample < record.generator.samples; ++sample) {
    std::ranges::copy(record.discriminator.times_of(sample).first(of_image),
                      sources.begin() + static_cast<std::ptrdiff_t>(sample * of_image));
  }
  record.second_pass = simulate(gan.discriminator.net, sources, {discriminator_run_length(o), run.engine, run.threads});
}

template <class Real>
void apply_discriminator_gradients(gan<Real>& gan, const gan_record& record, unsigned threads) {
  apply_gradients(gan.discriminator, gan.step, record.generator.samples, threads);
}

template <class Real>
void apply_generator_gradients(gan<Real>& gan, const gan_record& record, unsigned threads) {
  apply_gradients(gan.generator, gan.step, record.generator.samples, threads);
  ++gan.step;
  follow_weights(gan.average, gan.generator.net, gan.options.average, gan.step);
}

template <class Real>
std::string gradient_hash(const gan<Real>& gan) {
  return gradient_hash(gan.generator.gradient) + gradient_hash(gan.discriminator.gradient);
}

template <class Real>
spike_record generate(const network<Real>& generator, const gan_options& options, std::uint32_t first,
                      std::uint32_t count, const run_options& run) {
  std::vector<double> sources;
  for (auto sample = first; sample < first + count; ++sample) {
    std::ranges::copy(sample_sources(options, sample), std::back_inserter(sources));
  }
  return simulate(generator, sources, {generator_run_length(options), run.engine, run.threads});
}

template gan<float> make_gan(const gan_options&, network<float>, network<float>);
template gan_record run_step(const gan<float>&, const image_set&, std::span<const std::uint32_t>, const run_options&);
template void compute_discriminator_gradients(gan<float>&, const gan_record&, gan_losses&, unsigned);
template void compute_generator_gradients(gan<float>&, const gan_record&, gan_losses&, unsigned);
template gan<double> make_gan(const gan_options&, network<double>, network<double>);
template gan_record run_step(const gan<double>&, const image_set&, std::span<const std::uint32_t>, const run_options&);
template void compute_discriminator_gradients(gan<double>&, const gan_record&, gan_losses&, unsigned);
template void compute_generator_gradients(gan<double>&, const gan_record&, gan_losses&, unsigned);

template gan<float> make_gan(const gan_options& o);
template gan<double> make_gan(const gan_options& o);
template void run_second_pass(const gan<float>& gan, gan_record& record, const run_options& run);
template void run_second_pass(const gan<double>& gan, gan_record& record, const run_options& run);
template void apply_discriminator_gradients(gan<float>& gan, const gan_record& record, unsigned threads);
template void apply_discriminator_gradients(gan<double>& gan, const gan_record& record, unsigned threads);
template void apply_generator_gradients(gan<float>& gan, const gan_record& record, unsigned threads);
template void apply_generator_gradients(gan<double>& gan, const gan_record& record, unsigned threads);
template std::string gradient_hash(const gan<float>& gan);
template std::string gradient_hash(const gan<double>& gan);
template spike_record generate(const network<float>& generator, const gan_options& options, std::uint32_t first,
                               std::uint32_t count, const run_options& run);
template spike_record generate(const network<double>& generator, const gan_options& options, std::uint32_t first,
                               std::uint32_t count, const run_options& run);

}  // namespace firstspike
