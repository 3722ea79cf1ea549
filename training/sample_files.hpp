// Sample quality of image files, compared with real images and noise (evaluation/sample_quality.hpp). The reference
// classifier is a firstspike model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/evaluation/sample_quality.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

struct sample_files_request {
  std::vector<std::string> files;        ///< idx files of images
  data_request digits{};                 ///< every set is compared with its training images
  std::optional<std::uint64_t> count{};  ///< images used per file, test set and noise; >= 10
  std::uint64_t seed = 1;                ///< of the noise
  run_options run{};
};

struct measured_files {
  std::string data;                           ///< as digit_data::name
  std::vector<std::string> notes;             ///< as in digit_data
  std::vector<sample_quality> sets;           ///< the files, "test images", "noise"
  std::vector<double> nearest_to_test_ratio;  ///< [set] nearest_train / that of the test images
};

/// The settings of a reference classifier, as its file records them.
reference_options reference_options_of(const loaded_model& classifier);

/// Throws as load_digits, read_idx_images and measure_samples do, std::runtime_error for fewer than 10 images or more
/// than there are.
measured_files measure_files(const loaded_model& classifier, const sample_files_request& request,
                             const progress_callback& progress = {}, const progress_function& download = {});

}  // namespace firstspike
