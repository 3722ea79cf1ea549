#include "models/gan_coding.hpp"

#include <algorithm>
#include <cmath>

#include "models/coding.hpp"

namespace firstspike {

std::uint32_t generator_sources(const gan_options& o) { return o.noise + (o.conditional ? gan_classes : 0); }

std::uint32_t discriminator_sources(const gan_options& o) {
  return o.rows * o.columns + (o.conditional ? gan_classes : 0);
}

double image_opens(const gan_options& o) {
  if (o.regime == "free") return o.window_open;
  return regime_called(o.regime).window(generator_plan(o), o.generator.hidden.size()).first;
}

double black_time(const gan_options& o) { return o.regime == "free" ? o.t_in : never; }

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

void add_class(const gan_options& o, std::uint8_t label, std::vector<double>& times) {
  if (!o.conditional) return;
  for (std::uint32_t k = 0; k < gan_classes; ++k) times.push_back(k == label ? 0 : black_time(o));
}

std::vector<double> sample_sources(const gan_options& o, std::uint32_t sample, std::optional<std::uint8_t> label) {
  auto sources = noise_times(o, draw::samples, 0, sample);
  add_class(o, label.value_or(static_cast<std::uint8_t>(sample % gan_classes)), sources);
  return sources;
}

std::vector<double> sources_between(const gan_options& o, std::span<const double> a, std::span<const double> b,
                                    double share) {
  std::vector<double> between;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double from = std::min(a[i], o.t_in), to = std::min(b[i], o.t_in);
    const double t = from + share * (to - from);
    between.push_back(o.kernel == synapse_kernel::step ? std::floor(t) : t);
  }
  return between;
}

std::vector<double> heard_times(const gan_options& o, std::span<const double> image_times) {
  std::vector<double> heard;
  const double opens = image_opens(o), black = black_time(o);
  for (const double t : image_times) heard.push_back(t - opens < o.t_in ? std::max(t - opens, 0.0) : black);
  return heard;
}

std::vector<double> real_times(const gan_options& o, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample) {
  random_stream stream(o.seed, draw::dequantisation, step, sample);
  std::vector<double> times;
  for (const auto pixel : pixels) {
    const double t = o.kernel == synapse_kernel::step ? encode_pixel(pixel, o.t_in)
                     : pixel == 0                     ? never
                                                      : (255 - pixel + stream.uniform()) * o.t_in / 255;
    times.push_back(t < o.t_in ? t : black_time(o));
  }
  return times;
}

std::vector<std::uint8_t> drawn_pixels(const gan_options& o, std::span<const double> image_times, double until) {
  std::vector<double> fired(image_times.begin(), image_times.end());
  std::ranges::replace_if(
      fired, [until](double t) { return t > until; }, never);
  return decode_image(heard_times(o, fired), o.t_in);
}

}  // namespace firstspike
