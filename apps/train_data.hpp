// The images that a training run learns from and is judged on.
#pragma once

#include <cstdint>
#include <vector>

#include "firstspike/apps/train_options.hpp"
#include "firstspike/data/image_set.hpp"

namespace firstspike {

struct training_data {
  std::string name;  ///< "mnist", "strokes", or the path of the images
  image_set train;
  image_set test;                         ///< empty where the user gave own training images
  std::vector<std::uint32_t> learnt;      ///< indices into train
  std::vector<std::uint32_t> validation;  ///< indices into train that are not learnt
};

/// Loads what the options name, says so on stderr, and sets `validation` images aside: a choice that depends on the
/// seed alone. Throws std::runtime_error where files are missing or damaged, usage_error where fewer than one image
/// would be left.
training_data load_training_data(const training_run& run, std::uint64_t validation);

}  // namespace firstspike
