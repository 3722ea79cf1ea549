// What goes into and comes out of a GAN's networks: noise, classes and images as firing times.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/gan_options.hpp"
#include "models/random.hpp"

namespace firstspike {

/// Sources of each network: noise or pixels, then the classes of a conditional GAN.
std::uint32_t generator_sources(const gan_options& options);
std::uint32_t discriminator_sources(const gan_options& options);

/// A spike of the generator's last layer is white at this time and black t_in later [steps].
double image_opens(const gan_options& options);

/// When a black pixel fires, as the discriminator hears it: t_in with free neurons, so that a pixel turns from grey to
/// black without a jump in what they compute; otherwise never.
double black_time(const gan_options& options);

/// Firing times of the noise neurons, [noise], each silent but for noise_rate: whole numbers for `step`. For training,
/// `purpose` is draw::noise and (step, sample) the place in the run; for sampling, draw::samples and (0, number of the
/// sample).
std::vector<double> noise_times(const gan_options& options, draw purpose, std::uint64_t step, std::uint32_t sample);

/// Adds the sources of the class `label`, where the GAN is conditional; else nothing.
void add_class(const gan_options& options, std::uint8_t label, std::vector<double>& times);

/// All sources of a generator for sample number `sample` of the seed in `options`. A conditional one draws `label`;
/// without it, sample n is of class n mod 10.
std::vector<double> sample_sources(const gan_options& options, std::uint32_t sample,
                                   std::optional<std::uint8_t> label = {});

/// Sources that lie at `share` in [0, 1] of the way from `a` to `b`: whole numbers for `step`. Silence counts as t_in.
std::vector<double> sources_between(const gan_options& options, std::span<const double> a, std::span<const double> b,
                                    double share);

/// What the discriminator hears of a generated image: t - image_opens, no earlier than 0; black_time from t_in on.
std::vector<double> heard_times(const gan_options& options, std::span<const double> image_times);

/// What the discriminator hears of a real image: encoded, black as black_time. For `ramp` spread evenly over the times
/// that stand for its grey level (dequantisation), as generated times are real numbers.
std::vector<double> real_times(const gan_options& options, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample);

/// The pixels that a generator's last layer has drawn by the time `until` [steps] of its run, [rows][columns]: what has
/// not fired yet is black. `never` for the finished image.
std::vector<std::uint8_t> drawn_pixels(const gan_options& options, std::span<const double> image_times,
                                       double until = never);

}  // namespace firstspike
