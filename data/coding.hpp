// Time-to-first-spike coding: the brighter a pixel, the earlier its spike (docs/design.md, "Coding").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/time.hpp"

namespace firstspike {

/// Length of the input code [steps].
inline constexpr double default_t_in = 256;

/// Firing time of one pixel [steps]: floor((255 - p) * t_in / 255), a whole number in [0, t_in); `never` for p = 0.
/// t_in is a whole number from 1 to 2^32, else std::invalid_argument (also below).
///
/// With t_in >= 255 every grey level has its own time, and decode_time recovers it. With a shorter code several levels
/// share a time, and decode_time gives the brightest of them.
double encode_pixel(std::uint8_t pixel, double t_in = default_t_in);

/// Grey level of a firing time [steps], whole or not: floor((t_in - t) * 255 / t_in), clipped to 0..255;
/// `never` is 0. Throws std::invalid_argument where t is NaN.
std::uint8_t decode_time(double t, double t_in = default_t_in);

/// encode_pixel for each of the pixels, in their order.
std::vector<double> encode_image(std::span<const std::uint8_t> pixels, double t_in = default_t_in);

/// encode_pixel for each of the pixels of some images (indices) of a set: [image][row][column].
std::vector<double> encode_images(const image_set& set, std::span<const std::uint32_t> images, double t_in);

/// decode_time for each of the times, in their order.
std::vector<std::uint8_t> decode_image(std::span<const double> times, double t_in = default_t_in);

/// Moves each image, with probability `share`, by -`most` to `most` pixels down and right, uniformly distributed.
/// Pixels that leave the frame are lost; pixels that enter it are silent. `times` [image][row][column], [steps], in
/// place. Random numbers are those of (seed, draw::augmentation, training step, place in the batch).
void shift_images(std::span<double> times, std::size_t rows, std::size_t columns, std::uint32_t most, double share,
                  std::uint64_t seed, std::uint64_t step);

}  // namespace firstspike
