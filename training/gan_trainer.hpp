// A training run of a GAN: step by step, or in one call, in memory or with the files of a run directory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "firstspike/models/gan.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_data.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// Where a run stands after a training step.
struct gan_progress {
  std::uint64_t step = 0;   ///< training steps taken in all
  std::uint64_t steps = 0;  ///< of the whole run
  gan_losses losses{};      ///< of this step
};

/// Called while a run goes on; those that are empty are not called.
struct gan_callbacks {
  /// After each training step. False stops the run, which is saved and may be resumed.
  std::function<bool(const gan_progress& progress)> on_step{};
  /// In the first step and with each sample grid: the layers that cannot learn, where there are any.
  std::function<void(std::span<const layer_warning> faults, std::uint64_t step)> on_faults{};
};

/// Samples in each of a run's grids.
inline constexpr std::uint32_t samples_in_grid = 100;

class gan_trainer {
 public:
  /// A new run; without `files` it leaves none. Throws std::invalid_argument for options out of range and images of
  /// another size or without the labels that a class-conditional GAN needs, std::runtime_error where the directory
  /// cannot be made or holds another run.
  gan_trainer(const gan_training_options& options, training_data data, const std::optional<run_files>& files = {});

  /// Goes on with the run in `directory`, as classifier_trainer::resume does; `steps` may be more.
  static gan_trainer resume(const std::string& directory, const std::map<std::string, std::string>& changes = {},
                            const progress_function& progress = {});

  gan_trainer(gan_trainer&&) noexcept;
  gan_trainer& operator=(gan_trainer&&) noexcept;
  ~gan_trainer();

  bool finished() const;
  /// Takes one training step and what is due after it: a row of metrics and a sample grid, a checkpoint, a recorded
  /// trace. Not to be called when finished().
  void step(const gan_callbacks& callbacks = {});
  /// Takes all that are left. False where a callback stopped it.
  bool run(const gan_callbacks& callbacks = {});
  /// Writes both models and the checkpoint. Without files it does nothing.
  void save();

  const gan_training_options& options() const;
  const training_data& data() const;
  std::uint64_t steps_taken() const;
  /// The generator with the running mean of its weights, and the discriminator.
  stored_model generator() const;
  stored_model discriminator() const;
  /// Of the gradients of the run's last training step; empty before it was taken.
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
  static std::unique_ptr<run_state> make_run(const gan_training_options& options, training_data data,
                                             const std::optional<run_files>& files);
  explicit gan_trainer(std::unique_ptr<run_state> run);
  std::unique_ptr<run_state> run_;
};

}  // namespace firstspike
