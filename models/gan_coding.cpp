#include "models/gan_coding.hpp"

#include <algorithm>
#include <cmath>

#include "models/classifier.hpp"
#include "models/coding.hpp"

namespace firstspike {
namespace {

constexpr double highest_potential = 8;  // of the discriminator's outputs, that their clock tells from higher ones

}  // namespace

std::uint32_t generator_sources(const gan_options& o) { return o.noise + (o.conditional ? gan_classes : 0); }

std::uint32_t discriminator_sources(const gan_options& o) {
  return o.rows * o.columns + (o.conditional ? gan_classes : 0);
}

double first_reading(const gan_options& o) { return o.t_in / 2 - 1 + o.delay; }

std::vector<clock_tick> image_clock(const gan_options& o) {
  const double window = 1 / o.contrast, tick = window / clocked_greys;
  std::vector<clock_tick> clock{{o.window_open - 2, -1.5 * window}, {o.window_open - 1, window}};
  for (std::uint32_t grey = 1; grey <= clocked_greys; ++grey) {
    clock.push_back({o.window_open + grey * o.t_in / clocked_greys - 1, tick});
  }
  clock.push_back({o.window_open + o.t_in, window});
  return clock;
}

std::vector<clock_tick> output_clock(const gan_options& o) {
  const double first = first_reading(o) + static_cast<double>(o.discriminator_hidden.size()) * o.delay;
  std::vector<clock_tick> clock{{first, 1 / o.beta - highest_potential}};
  while (static_cast<double>(clock.size()) < 2 * highest_potential * o.beta) {
    clock.push_back({first + static_cast<double>(clock.size()), 1 / o.beta});
  }
  return clock;
}

std::vector<double> noise_times(const gan_options& options, draw purpose, std::uint64_t step, std::uint32_t sample) {
  random_stream stream(options.seed, purpose, step, sample);
  std::vector<double> times(options.noise);
  for (auto& t : times) {
    t = stream.uniform() * options.t_in;
    if (options.kernel == synapse_kernel::step) t = std::floor(t);
  }
  return times;
}

void add_class(const gan_options& options, std::uint8_t label, std::vector<double>& times) {
  if (!options.conditional) return;
  for (std::uint32_t k = 0; k < gan_classes; ++k) times.push_back(k == label ? 0 : options.t_in);
}

std::vector<double> sample_sources(const gan_options& options, std::uint32_t sample,
                                   std::optional<std::uint8_t> label) {
  auto sources = noise_times(options, draw::samples, 0, sample);
  add_class(options, label.value_or(static_cast<std::uint8_t>(sample % gan_classes)), sources);
  return sources;
}

std::vector<double> sources_between(const gan_options& options, std::span<const double> a, std::span<const double> b,
                                    double share) {
  std::vector<double> between(a.begin(), a.end());
  for (std::size_t i = 0; i < between.size(); ++i) {
    between[i] += share * (b[i] - a[i]);
    if (options.kernel == synapse_kernel::step) between[i] = std::floor(between[i]);
  }
  return between;
}

std::vector<double> seen_times(const gan_options& options, std::span<const double> image_times) {
  std::vector<double> seen;
  for (const double t : image_times) seen.push_back(std::clamp(t - options.window_open, 0.0, options.t_in));
  return seen;
}

std::vector<double> real_times(const gan_options& options, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample) {
  random_stream stream(options.seed, draw::dequantisation, step, sample);
  const auto grey = grey_times(options.t_in);
  std::vector<double> times;
  for (const auto pixel : pixels) {
    const double t = std::min(grey[pixel], options.t_in);
    const bool exact = options.kernel == synapse_kernel::step || pixel == 0;
    times.push_back(exact ? t : std::min(t + stream.uniform(), options.t_in));
  }
  return times;
}

std::vector<std::uint8_t> drawn_pixels(const gan_options& options, std::span<const double> image_times, double until) {
  std::vector<double> fired(image_times.begin(), image_times.end());
  std::ranges::replace_if(
      fired, [until](double t) { return t > until; }, never);
  return decode_image(seen_times(options, fired), options.t_in);
}

}  // namespace firstspike
