// Nearest neighbours: detection of copied images, and how well two sets of points cover each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/progress.hpp"

namespace firstspike {

/// For each image of `of` the squared distance, sum of squared grey level differences, to the nearest image of `to`.
/// Whole numbers: the same on every machine. Reports (images of `of` done, all). Throws std::invalid_argument if sizes
/// differ or `to` is empty, and `cancelled`.
std::vector<std::uint32_t> nearest_squared(const image_set& of, const image_set& to, unsigned threads,
                                           const progress_callback& progress = {});

/// The smallest squared distance between two images of a set: 0 if an image occurs twice. Two images or more; otherwise
/// as above.
std::uint32_t closest_two_squared(const image_set& set, unsigned threads, const progress_callback& progress = {});

/// Mean of the square roots.
double mean_distance(std::span<const std::uint32_t> squared);

struct coverage {
  double precision = 0;  ///< fraction of samples within the k-th neighbour distance of a real point
  double recall = 0;     ///< fraction of real points within that of a sample
};

/// Improved precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991, eqs. 1 and 2), k = 3 as there. `real` and
/// `samples` [point][size], more than k points each. Reports (points done, all). Throws std::invalid_argument
/// otherwise, and `cancelled`.
coverage precision_and_recall(std::span<const float> real, std::span<const float> samples, std::size_t size,
                              unsigned threads, std::size_t k = 3, const progress_callback& progress = {});

/// The same where several sets of samples are compared with one set of real points. [point] radii of the real points,
/// for the second call.
std::vector<float> neighbour_radii(std::span<const float> points, std::size_t size, unsigned threads, std::size_t k = 3,
                                   const progress_callback& progress = {});
coverage precision_and_recall(std::span<const float> real, std::span<const float> real_radii,
                              std::span<const float> samples, std::size_t size, unsigned threads, std::size_t k = 3,
                              const progress_callback& progress = {});

}  // namespace firstspike
