// The training, validation and test images of a training run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

struct training_data {
  std::string name;                  ///< "mnist", "strokes", or the path of the images
  std::string where{};               ///< directory of the data set; empty for the user's own images
  std::vector<std::string> notes{};  ///< as in digit_data
  image_set train;
  image_set test{};                         ///< empty for the user's own images, and for a GAN
  std::vector<std::uint32_t> training{};    ///< training images: indices into `train`
  std::vector<std::uint32_t> validation{};  ///< validation images: indices into `train`
};

/// Selects `validation` of the first `count` images of data.train (0: of all) as validation images; the choice depends
/// only on the seed. Throws std::invalid_argument if there are fewer than `count` images, or if no training image
/// remains.
void split(training_data& data, std::uint64_t count, std::uint64_t validation, std::uint64_t seed);

/// Loads the data set of the options and splits it. `in_memory` are the images of options that name images_in_memory,
/// and of no others. Throws as read_image_set, load_digits and split do, std::runtime_error if images in memory are
/// missing, std::invalid_argument if they have no use.
training_data load_training_data(const classifier_training_options& options, const progress_function& progress = {},
                                 std::optional<image_set> in_memory = {});
training_data load_training_data(const gan_training_options& options, const progress_function& progress = {},
                                 std::optional<image_set> in_memory = {});

}  // namespace firstspike
