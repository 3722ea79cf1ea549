#include <algorithm>
#include <cmath>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/models/gan_options.hpp"

namespace firstspike {

std::vector<double> noise_times(const gan_options& o, draw purpose, std::uint64_t step, std::uint32_t sample) {
  random_stream stream(o.seed, purpose, step, sample);
  std::vector<double> times(o.noise);
  const double counts = o.regime == "binary" ? o.t_in / 2 : o.t_in;
  for (auto& t : times) {
    const double at = stream.uniform() * counts;
    t = stream.uniform() >= o.noise_rate ? never : o.kernel == synapse_kernel::step ? std::floor(at) : at;
  }
  return times;
}

void add_class(const gan_options& o, std::uint8_t label, std::vector<double>& times, double at) {
  if (!o.conditional) return;
  for (const auto c : o.classes) times.push_back(c == label ? at : black_time(o));
}

double class_time(const gan_options& o) {
  if (!has_class_population(o)) return 0;
  const auto plan = discriminator_plan(o);
  const auto placed = regime_called(o.regime).place(plan);
  for (std::size_t l = 0; l < placed.size(); ++l) {
    if (plan.layers[l].classes > 0 && placed[l].bias) return placed[l].bias->at;
  }
  return 0;
}

std::vector<double> sample_sources(const gan_options& o, std::uint32_t sample, std::optional<std::uint8_t> label) {
  auto sources = noise_times(o, draw::samples, 0, sample);
  add_class(o, label.value_or(class_of_sample(o, sample)), sources);
  return sources;
}

std::vector<double> sources_between(const gan_options& o, std::span<const double> a, std::span<const double> b,
                                    double share) {
  std::vector<double> between;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) {
      between.push_back(a[i]);
      continue;
    }
    const double from = std::min(a[i], o.t_in), to = std::min(b[i], o.t_in);
    const double t = from + share * (to - from);
    between.push_back(o.kernel == synapse_kernel::step ? std::floor(t) : t);
  }
  return between;
}

std::vector<double> discriminator_input(const gan_options& o, double opens, std::span<const double> image_times) {
  std::vector<double> input(image_times.size());
  const double black = black_time(o);
  std::ranges::transform(image_times, input.begin(),
                         [&](double t) { return t - opens < o.t_in ? std::max(t - opens, 0.0) : black; });
  return input;
}

std::vector<double> real_times(const gan_options& o, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample) {
  random_stream stream(o.seed, draw::dequantisation, step, sample);
  auto times = encode_image(pixels, o.t_in);
  const double black = black_time(o);
  for (std::size_t i = 0; i < times.size(); ++i) {
    auto& t = times[i];
    if (o.kernel == synapse_kernel::ramp && pixels[i] != 0) t = (255 - pixels[i] + stream.uniform()) * o.t_in / 255;
    if (!(t < o.t_in)) t = black;
  }
  return times;
}

std::vector<double> real_times(const gan_options& o, const image_set& set, std::span<const std::uint32_t> images,
                               std::uint64_t step, unsigned threads) {
  const auto size = pixels_per_image(set);
  std::vector<std::uint8_t> changed;
  if (distorts(o.distort)) changed = distorted_images(set, images, o.distort, o.seed, step, threads);
  std::vector<double> batch;
  batch.reserve(images.size() * size);
  for (std::uint32_t k = 0; k < images.size(); ++k) {
    const auto pixels =
        changed.empty() ? image_at(set, images[k]) : std::span<const std::uint8_t>(changed).subspan(k * size, size);
    const auto times = real_times(o, pixels, step, k);
    batch.insert(batch.end(), times.begin(), times.end());
  }
  if (o.shift > 0) {
    shift_images(batch, set.rows, set.columns, o.shift, o.shift_share, o.seed, step);
    std::ranges::replace(batch, never, black_time(o));  // pixels that entered
  }
  return batch;
}

void add_dither(const gan_options& o, std::span<double> times, std::uint64_t step, std::uint32_t place) {
  random_stream stream(o.seed, draw::dither, step, place);
  for (auto& t : times) {
    if (t == never) continue;
    t = std::max(t + (2 * stream.uniform() - 1) * o.dither * o.t_in, 0.0);
    if (!(t < o.t_in)) t = never;
  }
}

std::vector<std::uint8_t> drawn_pixels(const gan_options& o, std::span<const double> image_times, double until) {
  std::vector<double> fired(image_times.begin(), image_times.end());
  for (auto& t : fired) t = t > until ? never : t;
  return decode_image(discriminator_input(o, image_opens(o), fired), o.t_in);
}

}  // namespace firstspike
