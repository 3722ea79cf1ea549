// A training run of a classifier: step by step, or in one call, in memory or with the files of a run directory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/evaluation/readout.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_data.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// Where a run stands after a training step.
struct classifier_progress {
  std::uint64_t step = 0;   ///< training steps taken in all
  std::uint64_t steps = 0;  ///< of the whole run
  std::uint64_t epoch = 0;  ///< of this step, from 0 on
  double loss = 0;          ///< mean over the steps of this epoch so far
};

struct epoch_result {
  std::uint64_t epoch = 0;    ///< from 0 on
  std::uint64_t step = 0;     ///< training steps taken in all
  double loss = 0;            ///< mean over its steps
  double train_accuracy = 0;  ///< fraction of its images, each as it was when it was learnt
  readout validation{};       ///< no images where none are set aside
  bool kept = false;          ///< the model of this epoch is the best so far
  std::size_t renewed = 0;    ///< dead hidden neurons that were drawn anew
};

/// Called while a run goes on; those that are empty are not called.
struct classifier_callbacks {
  /// After each training step. False stops the run, which is saved and may be resumed.
  std::function<bool(const classifier_progress& progress)> on_step{};
  std::function<void(const epoch_result& result)> on_epoch{};
  /// At the start and after each epoch: the layers that cannot learn, where there are any.
  std::function<void(std::span<const layer_warning> faults, std::uint64_t step)> on_faults{};
};

class classifier_trainer {
 public:
  /// A new run; without `files` it leaves none. Throws std::invalid_argument for options out of range, labels that are
  /// no output's and images of no pixels, std::runtime_error where the directory cannot be made or holds another run.
  classifier_trainer(const classifier_training_options& options, training_data data,
                     const std::optional<run_files>& files = {});

  /// Goes on with the run in `directory` where its checkpoint was written. The data set is loaded anew. `changes` are
  /// options that may differ: those of role run or machine, and more epochs, over which a falling learning rate is
  /// then laid out anew. Throws std::invalid_argument for other changes, std::runtime_error where there is no whole
  /// checkpoint or the data are not those that the run learns from.
  static classifier_trainer resume(const std::string& directory, const std::map<std::string, std::string>& changes = {},
                                   const progress_function& progress = {});

  classifier_trainer(classifier_trainer&&) noexcept;
  classifier_trainer& operator=(classifier_trainer&&) noexcept;
  ~classifier_trainer();

  bool finished() const;
  /// Takes one training step and what is due after it: the end of an epoch, a checkpoint, a recorded trace. Not to be
  /// called when finished().
  void step(const classifier_callbacks& callbacks = {});
  /// Takes all that are left. False where a callback stopped it.
  bool run(const classifier_callbacks& callbacks = {});
  /// Writes the checkpoint, and the model where no epoch has ended yet. Without files it does nothing.
  void save();

  const classifier_training_options& options() const;
  const training_data& data() const;
  std::uint64_t steps_taken() const;
  /// The model of the best epoch on the validation images, of the last where there are none; before the end of the
  /// first epoch the network as it is.
  stored_model model() const;
  std::uint64_t model_step() const;  ///< the steps it had taken
  /// Of the gradient of the run's last training step; empty before it was taken.
  std::string last_gradient_hash() const;
  /// Time spent in training steps in this process, evaluations apart, and the training images that they took.
  double seconds() const;
  std::uint64_t images() const;
  /// Layers that could not learn when last looked at.
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
