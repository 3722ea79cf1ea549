// Augmentation of training images: random affine and elastic distortion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/data/image_set.hpp"

namespace firstspike {

/// How far images are distorted; each number of an image is drawn anew. All zero: not at all.
struct distortion {
  double rotate = 0;   ///< most degrees of rotation, either way, [0, 90]
  double zoom = 0;     ///< height and width are scaled apart, by factors of 1 - zoom to 1 + zoom, [0, 0.9]
  double shear = 0;    ///< most columns by which a row moves for each row from the centre, either way, [0, 1]
  double elastic = 0;  ///< standard deviation of the displacements of control points, [0, 16] [pixels]
  double share = 1;    ///< probability that an image is distorted, [0, 1]
};

inline bool distorts(const distortion& d) {
  return d.share > 0 && (d.rotate > 0 || d.zoom > 0 || d.shear > 0 || d.elastic > 0);
}

/// Throws std::invalid_argument naming the first number out of range.
void check(const distortion& d);

/// A distorted copy of an image, `pixels` [row][column]. Rotation, scaling and shear are around the centre. The elastic
/// displacement of a pixel is a cubic B-spline of control points, one in each six rows and columns, whose displacements
/// down and right are normally distributed: nearly the smoothed random field of Simard et al. 2003 ("Best practices for
/// convolutional neural networks"). Grey levels between pixels are interpolated linearly; what enters is black. Random
/// numbers are those of (seed, draw::distortion, training step, place in the batch).
std::vector<std::uint8_t> distorted(std::span<const std::uint8_t> pixels, std::size_t rows, std::size_t columns,
                                    const distortion& d, std::uint64_t seed, std::uint64_t step, std::uint32_t place);

/// Distorted copies of some images (indices) of a set, the batch of a training step: [image][row][column].
std::vector<std::uint8_t> distorted_images(const image_set& set, std::span<const std::uint32_t> images,
                                           const distortion& d, std::uint64_t seed, std::uint64_t step,
                                           unsigned threads);

}  // namespace firstspike
