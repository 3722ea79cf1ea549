#include "firstspike/training/online_gan.hpp"

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

gan_options with_constant_rate(gan_options learn) {
  check(learn);
  learn.schedule = rate_schedule::constant;
  return learn;
}

}  // namespace

struct online_gan::state {
  gan_training_options options;

  explicit state(const gan_training_options& o) : options(o) { options.learn = with_constant_rate(options.learn); }
  virtual ~state() = default;
  virtual gan_losses step(const image_set& images, std::span<const std::uint32_t> batch) = 0;
  virtual std::uint64_t steps_taken() const = 0;
  virtual stored_model generator() const = 0;
  virtual stored_model discriminator() const = 0;
};

template <class Real>
struct online_gan::typed_state final : state {
  gan<Real> g;

  typed_state(const gan_training_options& o, const std::optional<std::pair<stored_model, stored_model>>& start)
      : state(o), g(make_gan<Real>(options.learn)) {
    if (start) {
      copy_weights(start->first, "the generator to start from", g.generator.net);
      copy_weights(start->second, "the discriminator to start from", g.discriminator.net);
    } else if (options.from) {
      load_weights(*options.from, g.generator.net, g.discriminator.net);
    }
    g.average = g.generator.net;
  }

  std::uint64_t steps_taken() const override { return g.step; }

  gan_losses step(const image_set& images, std::span<const std::uint32_t> batch) override {
    const run_options how{options.engine, options.threads};
    gan_losses losses;
    auto record = run_step(g, images, batch, how);
    compute_discriminator_gradients(g, record, losses, options.threads);
    apply_discriminator_gradients(g, record, options.threads);
    run_second_pass(g, record, how);
    compute_generator_gradients(g, record, losses, options.threads);
    apply_generator_gradients(g, record, options.threads);
    check_finite_weights(g.discriminator.net, g.step, "d_lr", options.learn.discriminator.optimizer.lr);
    check_finite_weights(g.generator.net, g.step, "lr", options.learn.generator.optimizer.lr);
    return losses;
  }

  run_metadata metadata() const {
    run_metadata all;
    record_options(all, gan_run_name, recorded_values(options, false));
    all["step"] = static_cast<std::int64_t>(g.step);
    return all;
  }

  stored_model generator() const override {
    auto all = metadata();
    record_image_window(all, options.learn);
    return as_model(g.average, g.generator, options.learn.regime, options.learn.t_in, {}, all);
  }

  stored_model discriminator() const override {
    return as_model(g.discriminator.net, g.discriminator, options.learn.regime, options.learn.t_in, {}, metadata());
  }
};

online_gan::online_gan(const gan_training_options& options,
                       const std::optional<std::pair<stored_model, stored_model>>& start) {
  if (options.single_precision) {
    state_ = std::make_unique<typed_state<float>>(options, start);
  } else {
    state_ = std::make_unique<typed_state<double>>(options, start);
  }
}

online_gan::online_gan(online_gan&&) noexcept = default;
online_gan& online_gan::operator=(online_gan&&) noexcept = default;
online_gan::~online_gan() = default;

gan_losses online_gan::train(const image_set& images, const progress_callback& progress) {
  const auto& o = state_->options.learn;
  require(images.rows == o.rows && images.columns == o.columns, "images of {} x {} pixels, needed: {} x {}",
          images.rows, images.columns, o.rows, o.columns);
  require(images.count > 0, "no images, needed: 1 or more");
  require(!o.conditional || images.labels.size() == images.count,
          "{} labels of {} images, needed: one for each, as conditional = 'on'", images.labels.size(), images.count);
  if (o.conditional) {
    for (const auto label : images.labels) class_index(o.classes, label);
  }
  std::vector<std::uint32_t> all(images.count);
  std::iota(all.begin(), all.end(), 0u);
  gan_losses sum;
  for (std::size_t first = 0; first < all.size(); first += o.batch) {
    const auto size = std::min(o.batch, all.size() - first);
    const auto losses = state_->step(images, std::span(all).subspan(first, size));
    const auto share = static_cast<double>(size) / static_cast<double>(all.size());
    sum.generator += losses.generator * share;
    sum.discriminator += losses.discriminator * share;
    sum.real_correct += losses.real_correct * share;
    sum.fake_correct += losses.fake_correct * share;
    report_progress(progress, first + size, all.size());
  }
  return sum;
}

std::uint64_t online_gan::steps_taken() const { return state_->steps_taken(); }
stored_model online_gan::generator() const { return state_->generator(); }
stored_model online_gan::discriminator() const { return state_->discriminator(); }

}  // namespace firstspike
