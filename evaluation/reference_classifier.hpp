// The reference classifier: the class and confidence that a trained classifier assigns to images, and the latencies of
// its hidden neurons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/models/classifier.hpp"

namespace firstspike {

struct classifications {
  std::vector<std::uint8_t> labels;  ///< [image] of the first output spike, ties as in evaluation/readout.hpp
  std::vector<double> confidence;    ///< [image] of that class in softmax(-t / beta), in (0, 1]
  std::size_t hidden = 0;
  /// [image][hidden] firing times of the last hidden layer / t_in, silent as t_max; with a fire phase, times since its
  /// start / t_in, silent as 1.
  std::vector<float> latencies;
};

/// Options of a reference classifier besides its network.
struct reference_options {
  std::vector<std::uint8_t> label_of_output;
  double t_in = 256;   ///< [steps]
  double t_max = 256;  ///< [steps]
  double beta = 25.6;  ///< temperature of its confidence [steps]: that of its training loss
};

/// Runs every image of `set` through `classifier`, a layered network. Throws std::invalid_argument if it has no hidden
/// layer or the images do not fit its sources. Reports (images done, all); throws `cancelled`.
template <class Real>
classifications classify_images(const network<Real>& classifier, const reference_options& options, const image_set& set,
                                const run_options& run, const progress_callback& progress = {});

/// [10] fraction of the images that are classified as 0 to 9; other labels are ignored.
std::vector<double> class_shares(const classifications& c);

double mean_confidence(const classifications& c);

}  // namespace firstspike
