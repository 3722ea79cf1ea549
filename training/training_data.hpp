// The images that a training run learns from and is measured on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

struct training_data {
  std::string name;                  ///< "mnist", "strokes", or the path of the images
  std::string where{};               ///< directory of the data set; empty for own images
  std::vector<std::string> notes{};  ///< as in digit_data
  image_set train;
  image_set test{};                         ///< empty where the images are the user's own
  std::vector<std::uint32_t> learnt{};      ///< indices into `train`
  std::vector<std::uint32_t> validation{};  ///< indices into `train` that are not learnt
};

/// Sets `validation` of the first `count` images of data.train aside (0: of all): a choice that depends on the seed
/// alone. Throws std::invalid_argument where there are fewer than `count`, or where no image would be left to learn.
void split(training_data& data, std::uint64_t count, std::uint64_t validation, std::uint64_t seed);

/// Loads what the options name and splits it. Throws as read_image_set, load_digits and split do.
training_data load_training_data(const classifier_training_options& options, const progress_function& progress = {});
training_data load_training_data(const gan_training_options& options, const progress_function& progress = {});

}  // namespace firstspike
