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

/// With gates at instants, when the first hidden layer is read: as the last spike of the first half of t_in arrives
/// [steps].
double first_reading(const gan_options& options);

/// Greys that a generator's clock tells apart, with gates at instants.
inline constexpr std::uint32_t clocked_greys = 16;

/// One rise of what lifts a layer towards v_th.
struct clock_tick {
  double at = 0;      ///< [steps]
  double weight = 0;  ///< of potential, to each of its neurons
};

/// With gates at instants, the clock of a generator's pixels, ticks in order of time: each adds its weight of potential
/// to every pixel. A pixel of no potential fires in the middle of the window, as the last that the discriminator takes
/// for fired. As many equal ticks as greys divide the window, 1 / contrast of potential in all; two before it and one
/// after it, each of as much as the whole window, tell pixels that lie beside it by less than that from those that lie
/// further out. The first tick's weight is less by what it takes to stay below.
std::vector<clock_tick> image_clock(const gan_options& options);

/// The same for the discriminator's outputs: potentials from +8 to -8 fire within 16 beta steps, one tick a step.
std::vector<clock_tick> output_clock(const gan_options& options);

/// Firing times of the noise neurons, [noise], uniform in [0, t_in): whole numbers for `step`. For training, `purpose`
/// is draw::noise and (step, sample) the place in the run; for sampling, draw::samples and (0, number of the sample).
std::vector<double> noise_times(const gan_options& options, draw purpose, std::uint64_t step, std::uint32_t sample);

/// Adds the sources that tell the class `label`, where the GAN is conditional; else nothing.
void add_class(const gan_options& options, std::uint8_t label, std::vector<double>& times);

/// All sources of a generator for sample number `sample` of the seed in `options`. A conditional one draws `label`;
/// without it, sample n is of class n mod 10.
std::vector<double> sample_sources(const gan_options& options, std::uint32_t sample,
                                   std::optional<std::uint8_t> label = {});

/// Sources that lie at `share` in [0, 1] of the way from `a` to `b`: whole numbers for `step`.
std::vector<double> sources_between(const gan_options& options, std::span<const double> a, std::span<const double> b,
                                    double share);

/// What the discriminator sees of a generated image: t - window_open, clipped to [0, t_in], silence as t_in.
std::vector<double> seen_times(const gan_options& options, std::span<const double> image_times);

/// What the discriminator sees of a real image: encoded (0 fires at t_in), and for `ramp` moved later by less than a
/// step, as generated times are no whole numbers.
std::vector<double> real_times(const gan_options& options, std::span<const std::uint8_t> pixels, std::uint64_t step,
                               std::uint32_t sample);

/// The pixels that a generator's last layer has drawn by the time `until` [steps] of its clock, [rows][columns]: what
/// has not fired yet is black. `never` for the finished image.
std::vector<std::uint8_t> drawn_pixels(const gan_options& options, std::span<const double> image_times,
                                       double until = never);

}  // namespace firstspike
