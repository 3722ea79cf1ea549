// Training of a GAN on images that arrive in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/models/gan.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// A GAN in training without a known end: the learning rates are constant, whatever `schedule` is.
class online_gan {
 public:
  /// Of images of `options.learn.rows` x `columns`; class-conditional ones have the labels `options.learn.classes`.
  /// With `start`, a generator and its discriminator, training goes on from their weights; without, from those of
  /// `options.from`, if given. Throws std::invalid_argument for options out of range, std::runtime_error if the layers
  /// of these networks differ.
  explicit online_gan(const gan_training_options& options,
                      const std::optional<std::pair<stored_model, stored_model>>& start = {});
  online_gan(online_gan&&) noexcept;
  online_gan& operator=(online_gan&&) noexcept;
  ~online_gan();

  /// Trains once on each image, in their order, in batches of `options.learn.batch`. Returns the means of the losses,
  /// before each training step. Reports (images done, all) after each training step; if cancelled, the steps taken
  /// remain. Throws `cancelled`; std::invalid_argument for another image size, missing labels, a label that is no
  /// class, and without images; std::runtime_error if training diverges.
  gan_losses train(const image_set& images, const progress_callback& progress = {});

  std::uint64_t steps_taken() const;
  /// As those of gan_trainer.
  stored_model generator() const;
  stored_model discriminator() const;

 private:
  struct state;
  template <class Real>
  struct typed_state;
  std::unique_ptr<state> state_;
};

}  // namespace firstspike
