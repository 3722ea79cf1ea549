// Options of a training run: learning options, training images and output files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/classifier_options.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

/// Options common to runs of classifiers and GANs.
struct training_options {
  bool single_precision = true;         ///< weights and sums are f32, else f64
  std::string set = "mnist";            ///< data set: mnist | strokes
  std::optional<std::string> data{};    ///< the directory of its files; none: the default directories
  std::optional<std::string> images{};  ///< the user's own training images, idx, in place of `set`
  std::optional<std::string> labels{};  ///< their labels, idx; a GAN that is not conditional needs none
  std::optional<std::string> from{};    ///< a trained model, from whose weights the run starts; a GAN's generator, with
                                        ///< discriminator.h5 beside it
  std::uint64_t train_count = 0;        ///< the first so many training images; 0: all
  scheduler engine = scheduler::automatic;  ///< affects only the run time
  unsigned threads = 1;                     ///< affects only the run time
  std::optional<std::string> record{};      ///< file for a trace of the last training step
  std::uint64_t record_every = 0;           ///< and of every record_every-th, in separate files; 0: only of the last
  std::uint64_t checkpoint_every = 0;       ///< training steps; 0: each epoch, or 250 steps of a GAN
};

/// The value of `images` and `labels` of a run that is given its training data in memory. No file has this name.
inline constexpr auto images_in_memory = "arrays in memory";

struct classifier_training_options : training_options {
  classifier_options learn{};
  std::uint64_t epochs = 1;         ///< passes over the training images, in total
  std::uint64_t validation = 5000;  ///< number of training images used for validation, to select the best model
};

struct gan_training_options : training_options {
  gan_options learn{};
  std::uint64_t steps = 2000;         ///< training steps, in total
  std::uint64_t samples_every = 250;  ///< training steps between sample grids and rows of metrics.csv
};

const option_table<classifier_training_options>& classifier_training_table();
const option_table<gan_training_options>& gan_training_table();

/// Whether an option is about initial weights only, and has no effect on a run that starts from a trained model. A
/// classifier also draws weights for neurons that it reinitialises.
bool is_initial_weight(const classifier_training_options& kind, const std::string& name);
bool is_initial_weight(const gan_training_options& kind, const std::string& name);

/// Number of epochs for which classifier_defaults() are tuned.
std::uint64_t usual_epochs(const classifier_options& options);

/// The same options with absolute paths, so that a run can be resumed from any directory.
classifier_training_options with_absolute_paths(classifier_training_options options);
gan_training_options with_absolute_paths(gan_training_options options);

/// The defaults of classifier_options_from() and gan_options_from(), with all given options. Throws
/// std::invalid_argument as they do, and for options that exclude each other.
classifier_training_options classifier_training_options_from(const std::map<std::string, std::string>& given);
gan_training_options gan_training_options_from(const std::map<std::string, std::string>& given);

/// The options of a run that a file records, by name: those that determine the result of training and have an effect;
/// with `all_kept` also those that a resumed run keeps, such as `record`.
std::map<std::string, std::string> recorded_values(const classifier_training_options& options, bool all_kept);
std::map<std::string, std::string> recorded_values(const gan_training_options& options, bool all_kept);

}  // namespace firstspike
