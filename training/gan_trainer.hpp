// A training run of a GAN: step by step or in one call, in memory or with a run directory.
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

/// State of a run after a training step.
struct gan_progress {
  std::uint64_t step = 0;   ///< training steps taken so far
  std::uint64_t steps = 0;  ///< of the whole run
  gan_losses losses{};      ///< of this training step
};

/// Callbacks of a run; empty ones are not called.
struct gan_callbacks {
  /// After each training step. If it returns false, the run is saved and stops; it can be resumed.
  std::function<bool(const gan_progress& progress)> on_step{};
  /// In the first training step and with each sample grid, if there are layers that cannot learn.
  std::function<void(std::span<const layer_warning> faults, std::uint64_t step)> on_faults{};
};

/// Number of samples in each sample grid.
inline constexpr std::uint32_t samples_in_grid = 100;

class gan_trainer {
 public:
  /// A new run; without `files` it writes none. Throws std::invalid_argument for options out of range, images of
  /// another size and missing labels of a class-conditional GAN, std::runtime_error if the directory cannot be created
  /// or contains another run.
  gan_trainer(const gan_training_options& options, training_data data, const std::optional<run_files>& files = {});

  /// Resumes the run in `directory`, as classifier_trainer::resume does; `steps` may be larger.
  static gan_trainer resume(const std::string& directory, const std::map<std::string, std::string>& changes = {},
                            const progress_function& progress = {}, std::optional<image_set> in_memory = {});

  gan_trainer(gan_trainer&&) noexcept;
  gan_trainer& operator=(gan_trainer&&) noexcept;
  ~gan_trainer();

  bool finished() const;
  /// Takes one training step and the actions that are due after it: a row of metrics and a sample grid, a checkpoint, a
  /// recorded trace. Requires !finished().
  void step(const gan_callbacks& callbacks = {});
  /// Takes all remaining training steps. Returns false if a callback stopped the run.
  bool run(const gan_callbacks& callbacks = {});
  /// Writes both models and the checkpoint. Does nothing without files.
  void save();

  const gan_training_options& options() const;
  const training_data& data() const;
  std::uint64_t steps_taken() const;
  /// The generator with the running mean of its weights, and the discriminator.
  stored_model generator() const;
  stored_model discriminator() const;
  /// Hash of the gradients of the run's last training step; empty before that step.
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
  static std::unique_ptr<run_state> make_run(const gan_training_options& options, training_data data,
                                             const std::optional<run_files>& files);
  explicit gan_trainer(std::unique_ptr<run_state> run);
  std::unique_ptr<run_state> run_;
};

}  // namespace firstspike
