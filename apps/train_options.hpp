// The options of `train classifier` and `train gan`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "firstspike/apps/options.hpp"
#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan.hpp"

namespace firstspike {

/// What both commands need besides what is learnt.
struct training_run {
  common_options common;
  schedule engine = schedule::heap;
  bool single_precision = true;
  std::string out;                              ///< the run directory
  std::optional<std::string> resume;            ///< a run directory to go on with
  std::optional<std::string> data;              ///< --data DIR
  std::string set = "mnist";                    ///< mnist | strokes
  std::optional<std::string> images;            ///< own training images, idx
  std::optional<std::string> labels;            ///< own training labels, idx
  std::uint64_t train_count = 0;                ///< first N of the training images; 0: all
  std::optional<std::string> record;            ///< trace of the last step
  std::uint64_t record_every = 0;               ///< and of every N-th; 0: of the last only
  std::uint64_t checkpoint_every = 0;           ///< steps; 0: by the command's own measure
  std::map<std::string, std::string> in_force;  ///< every option that decides what is learnt, as text
};

struct classifier_run : training_run {
  classifier_options learn;
  std::uint64_t epochs = 1;
  std::uint64_t usual_epochs = 1;   ///< at the usual settings of kernel, regime and loss
  std::uint64_t validation = 5000;  ///< images set aside to choose the model to keep
};

struct gan_run : training_run {
  gan_options learn;
  std::uint64_t steps = 2000;
  std::uint64_t samples_every = 250;  ///< steps between sample grids
};

/// Reads the arguments; where they name --resume, the options of that run stand for those not given, and only those
/// that do not change what is learnt so far (--epochs, --steps, --threads, --engine, --record, ...) may differ. Nothing
/// where
/// --help was asked for.
std::optional<classifier_run> read_classifier_run(std::span<const std::string> arguments);
std::optional<gan_run> read_gan_run(std::span<const std::string> arguments);

/// The same from options as the file at `path` recorded them. Throws std::runtime_error, naming the file, where they
/// are none that the command knows, or out of range.
gan_options gan_options_from(const std::string& path, const std::map<std::string, std::string>& recorded);
classifier_options classifier_options_from(const std::string& path, const std::map<std::string, std::string>& recorded);

}  // namespace firstspike
