// A training run of a classifier: step by step or in one call, in memory or with a run directory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/progress.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_data.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// State of a run after a training step.
struct classifier_progress {
  std::uint64_t step = 0;        ///< training steps taken so far
  std::uint64_t steps = 0;       ///< of the whole run
  std::uint64_t epoch = 0;       ///< of this step, from 0 on
  double loss = 0;               ///< mean over the training steps of this epoch so far
  std::uint64_t images = 0;      ///< training images used so far; each epoch uses all again
  std::uint64_t all_images = 0;  ///< of the whole run
};

struct epoch_result {
  std::uint64_t epoch = 0;    ///< from 0 on
  std::uint64_t step = 0;     ///< training steps taken so far
  double loss = 0;            ///< mean over its training steps
  double train_accuracy = 0;  ///< fraction of its images, with the weights before each training step
  readout validation{};       ///< empty without validation images
  bool kept = false;          ///< the model of this epoch is the best so far
  std::size_t renewed = 0;    ///< reinitialised dead hidden neurons
};

/// Callbacks of a run; empty ones are not called.
struct classifier_callbacks {
  /// After each training step. If it returns false, the run is saved and stops; it can be resumed.
  std::function<bool(const classifier_progress& progress)> on_step{};
  std::function<void(const epoch_result& result)> on_epoch{};
  /// During the validation at the end of an epoch, with the images done and all. If it returns false, run() and step()
  /// throw `cancelled`; the run directory then has its last checkpoint, of before this epoch's end.
  progress_callback on_validation{};
  /// At the start and after each epoch, if there are layers that cannot learn.
  std::function<void(std::span<const layer_warning> faults, std::uint64_t step)> on_faults{};
};

class classifier_trainer {
 public:
  /// A new run; without `files` it writes none. Throws std::invalid_argument for options out of range, labels without
  /// an output and images without pixels, std::runtime_error if the directory cannot be created or contains another
  /// run.
  classifier_trainer(const classifier_training_options& options, training_data data,
                     const std::optional<run_files>& files = {});

  /// Resumes the run in `directory` from its checkpoint and loads its data set again. `changes` are options that may
  /// differ: those of role run or machine, and a larger number of epochs, to which the learning-rate schedule is then
  /// adapted. `in_memory` are the training images of a run that was given them in memory. Throws std::invalid_argument
  /// for other changes and for images without use, std::runtime_error if there is no complete checkpoint or the data
  /// are not those of the run.
  static classifier_trainer resume(const std::string& directory, const std::map<std::string, std::string>& changes = {},
                                   const progress_function& progress = {}, std::optional<image_set> in_memory = {});

  classifier_trainer(classifier_trainer&&) noexcept;
  classifier_trainer& operator=(classifier_trainer&&) noexcept;
  ~classifier_trainer();

  bool finished() const;
  /// Takes one training step and the actions that are due after it: the end of an epoch, a checkpoint, a recorded
  /// trace. Requires !finished().
  void step(const classifier_callbacks& callbacks = {});
  /// Takes all remaining training steps. Returns false if a callback stopped the run.
  bool run(const classifier_callbacks& callbacks = {});
  /// Writes the checkpoint, and the model if no epoch has ended yet. Does nothing without files.
  void save();

  const classifier_training_options& options() const;
  const training_data& data() const;
  std::uint64_t steps_taken() const;
  /// The model of the epoch with the best validation accuracy, or of the last epoch without validation images; before
  /// the end of the first epoch the current network.
  stored_model model() const;
  std::uint64_t model_step() const;  ///< its number of training steps
  /// Hash of the gradient of the run's last training step; empty before that step.
  std::string last_gradient_hash() const;
  /// Time of training steps in this process, without evaluations, and the number of training images used.
  double seconds() const;
  std::uint64_t images() const;
  /// Layers that could not learn at the last check.
  std::span<const layer_warning> faults() const;

 private:
  struct run_state;
  template <class Real>
  struct typed_run;
  static std::unique_ptr<run_state> make_run(const classifier_training_options& options, training_data data,
                                             const std::optional<run_files>& files);
  explicit classifier_trainer(std::unique_ptr<run_state> run);
  std::unique_ptr<run_state> run_;
};

}  // namespace firstspike
