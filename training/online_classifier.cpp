#include "firstspike/training/online_classifier.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "firstspike/engine/require.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/resume.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

classifier_options with_constant_rate(classifier_options learn) {
  check(learn);
  learn.learning.schedule = rate_schedule::constant;
  return learn;
}

}  // namespace

struct online_classifier::state {
  classifier_training_options options;

  explicit state(const classifier_training_options& o) : options(o) {
    options.learn = with_constant_rate(options.learn);
  }
  virtual ~state() = default;
  virtual std::size_t inputs() const = 0;
  virtual batch_score step(const image_set& images, std::span<const std::uint32_t> batch) = 0;
  virtual std::uint64_t steps_taken() const = 0;
  virtual stored_model model() const = 0;
};

template <class Real>
struct online_classifier::typed_state final : state {
  classifier<Real> c;

  typed_state(const classifier_training_options& o, const grid& pixels, const std::optional<stored_model>& start)
      : state(o), c(make_classifier<Real>(options.learn, pixels)) {
    if (start) {
      copy_weights(*start, "the model to start from", c.learning.net);
    } else if (options.from) {
      load_weights(*options.from, c.learning.net);
    }
    if (c.average) c.average = c.net();
  }

  std::size_t inputs() const override { return c.net().source_count(); }
  std::uint64_t steps_taken() const override { return c.step; }

  batch_score step(const image_set& images, std::span<const std::uint32_t> batch) override {
    std::vector<std::uint8_t> labels;
    for (const auto image : batch) labels.push_back(images.labels[image]);
    const auto record = run_step(c, images, batch, {options.engine, options.threads});
    const auto score = compute_gradients(c, record, labels, options.threads);
    apply_gradients(c, record, options.threads);
    check_finite_weights(c.net(), c.step, "lr", options.learn.learning.optimizer.lr);
    return score;
  }

  stored_model model() const override {
    run_metadata metadata;
    record_options(metadata, classifier_run_name, recorded_values(options, false));
    metadata["step"] = static_cast<std::int64_t>(c.step);
    return as_model(c.result(), c.learning, options.learn.regime, options.learn.t_in, options.learn.classes, metadata);
  }
};

online_classifier::online_classifier(const classifier_training_options& options, const grid& images,
                                     const std::optional<stored_model>& start) {
  if (options.single_precision) {
    state_ = std::make_unique<typed_state<float>>(options, images, start);
  } else {
    state_ = std::make_unique<typed_state<double>>(options, images, start);
  }
}

online_classifier::online_classifier(online_classifier&&) noexcept = default;
online_classifier& online_classifier::operator=(online_classifier&&) noexcept = default;
online_classifier::~online_classifier() = default;

batch_score online_classifier::train(const image_set& images, const progress_callback& progress) {
  require(pixels_per_image(images) == state_->inputs(), "images of {} pixels, needed: {}, as the first ones",
          pixels_per_image(images), state_->inputs());
  require(images.count > 0, "no images, needed: 1 or more");
  require(images.labels.size() == images.count, "{} labels of {} images, needed: one for each", images.labels.size(),
          images.count);
  for (const auto label : images.labels) class_index(state_->options.learn.classes, label);
  std::vector<std::uint32_t> all(images.count);
  std::iota(all.begin(), all.end(), 0u);
  batch_score sum;
  for (std::size_t first = 0; first < all.size(); first += state_->options.learn.batch) {
    const auto size = std::min(state_->options.learn.batch, all.size() - first);
    const auto score = state_->step(images, std::span(all).subspan(first, size));
    sum.loss += score.loss * static_cast<double>(size) / static_cast<double>(all.size());
    sum.correct += score.correct;
    report_progress(progress, first + size, all.size());
  }
  return sum;
}

std::uint64_t online_classifier::steps_taken() const { return state_->steps_taken(); }
stored_model online_classifier::model() const { return state_->model(); }

}  // namespace firstspike
