// Quality of generated images, real images and noise, measured with a reference classifier.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/evaluation/neighbours.hpp"
#include "firstspike/evaluation/reference_classifier.hpp"

namespace firstspike {

struct named_images {
  std::string name;
  image_set images;
};

/// Measures of one set of images. Distances between images are Euclidean, in grey levels.
struct sample_quality {
  std::string name;
  std::size_t images = 0;
  std::vector<double> class_shares;  ///< [10] as class_shares()
  double confidence = 0;             ///< mean, as mean_confidence()
  double frechet = 0;                ///< Fréchet distance of hidden latencies from those of the training images
  coverage covered{};                ///< in the space of hidden latencies, of the first 10,000 images of each set
  double nearest_train = 0;          ///< mean distance to the nearest training image
  double closest_two = 0;            ///< the smallest distance between two of the images
};

/// Measures sets of 10 images or more relative to the training images. Throws as classify_images does, and `cancelled`.
/// `progress` counts the images of all sets, those of `train` first; it is called several times a second.
template <class Real>
std::vector<sample_quality> measure_samples(const network<Real>& classifier, const reference_options& options,
                                            const image_set& train, std::span<const named_images> sets,
                                            const run_options& run, const progress_callback& progress = {});

/// Equally many images of the same size with uniformly distributed grey levels: a reference point for the measures.
image_set noise_like(const image_set& shape, std::uint64_t seed);

}  // namespace firstspike
