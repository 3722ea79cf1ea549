// Training of a classifier on images that arrive in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/models/classifier.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

/// A classifier in training without a known end: the learning rate is constant, whatever `schedule` is, and there are
/// no epochs, so dead neurons are not reinitialised and no best model is selected.
class online_classifier {
 public:
  /// `options.learn.classes` are all labels that will occur; `images` is the grid of their pixels. With `start`
  /// training goes on from the weights of this model; without, from those of `options.from`, if given. Throws
  /// std::invalid_argument for options out of range, std::runtime_error if the layers of this model differ.
  online_classifier(const classifier_training_options& options, const grid& images,
                    const std::optional<stored_model>& start = {});
  online_classifier(online_classifier&&) noexcept;
  online_classifier& operator=(online_classifier&&) noexcept;
  ~online_classifier();

  /// Trains once on each image, in their order, in batches of `options.learn.batch`. Returns mean loss and number of
  /// correct images, both before each training step. Reports (images done, all) after each training step; if cancelled,
  /// the steps taken remain. Throws `cancelled`; std::invalid_argument for another image size, a label that is no
  /// class, and without images or labels; std::runtime_error if training diverges.
  batch_score train(const image_set& images, const progress_callback& progress = {});

  std::uint64_t steps_taken() const;
  stored_model model() const;

 private:
  struct state;
  template <class Real>
  struct typed_state;
  std::unique_ptr<state> state_;
};

}  // namespace firstspike
