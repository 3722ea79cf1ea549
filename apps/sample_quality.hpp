// `evaluate --samples`: how good drawn images are, beside real ones and noise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"

namespace firstspike {

struct sample_quality_request {
  std::vector<std::string> files;      ///< idx images each
  std::optional<std::string> data;     ///< --data DIR
  std::optional<std::uint64_t> count;  ///< only so many images of each file, and of the test images and noise
  std::string classifier;              ///< path of the reference classifier's model
  scheduler engine = scheduler::heap;
  common_options common;
};

/// Measures each file against the training images, then the test images and noise in the same way, and prints a table
/// or an object. Throws as load_digits and measure_samples do.
void print_sample_quality(const sample_quality_request& request, const loaded_model& classifier);

}  // namespace firstspike
