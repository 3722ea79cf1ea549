#include "firstspike/training/classifier_trainer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/models/classifier.hpp"
#include "firstspike/training/recording.hpp"
#include "firstspike/training/resume.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

// The check for layer faults uses at least this many images: on few images, a layer that learns well may be silent.
constexpr std::size_t watched_images = 64;

const std::vector<std::string> epoch_metric_columns{"loss",
                                                    "train_accuracy",
                                                    "accuracy",
                                                    "accuracy_ties_counted",
                                                    "accuracy_silent_wrong",
                                                    "no_spike_fraction",
                                                    "decision_time",
                                                    "spikes_to_decision",
                                                    "spikes_full",
                                                    "renewed"};

double mean(double sum, std::size_t count) { return count > 0 ? sum / static_cast<double>(count) : 0; }

// The learning options with those that follow from the data.
classifier_options learning_of(const classifier_training_options& options, const training_data& data) {
  auto learn = options.learn;
  learn.learning.schedule_steps = steps_per_epoch(learn, data.training.size()) * options.epochs;
  return learn;
}

}  // namespace

struct classifier_trainer::run_state {
  classifier_training_options options;
  training_data data;
  std::optional<run_files> files;
  run_lock lock{};        // of the directory
  std::string data_hash;  // for checkpoints
  fault_watch watch{};
  double epoch_loss = 0;            // sum over the training steps of the current epoch
  std::uint64_t epoch_correct = 0;  // in the current epoch
  double best = -1;                 // validation accuracy of the saved model
  std::uint64_t best_step = 0;      // its training step
  std::optional<stored_model> kept{};
  std::string gradient{};
  std::optional<metrics_file> metrics{};
  double seconds = 0;              // of training steps
  std::uint64_t images = 0;        // used by them
  classifier_progress progress{};  // after the last training step

  run_state(const classifier_training_options& o, training_data d, std::optional<run_files> f)
      : options(o), data(std::move(d)), files(std::move(f)), data_hash(files ? hash_of(data.train) : "") {}
  virtual ~run_state() = default;
  virtual void start_from(const std::string& path) = 0;
  virtual void load(const checkpoint& state) = 0;
  virtual bool finished() const = 0;
  virtual std::uint64_t steps_taken() const = 0;
  virtual void step(const classifier_callbacks& callbacks) = 0;
  virtual void save() = 0;
  virtual void watch_layers(const classifier_callbacks& callbacks) = 0;
  virtual stored_model current_model() const = 0;

  run_options how() const { return {options.engine, options.threads}; }
};

template <class Real>
struct classifier_trainer::typed_run final : run_state {
  classifier<Real> c;
  typed_run(const classifier_training_options& o, training_data d, std::optional<run_files> f)
      : run_state(o, std::move(d), std::move(f)),
        c(make_classifier<Real>(learning_of(options, data), pixel_grid(data.train))) {}

  std::uint64_t all_steps() const { return c.options.learning.schedule_steps; }
  bool finished() const override { return c.step >= all_steps(); }
  std::uint64_t steps_taken() const override { return c.step; }
  bool starts_epoch() const { return c.step % steps_per_epoch(c.options, data.training.size()) == 0; }

  void start_from(const std::string& path) override {
    load_weights(path, c.learning.net);
    if (c.average) c.average = c.net();
  }

  void load(const checkpoint& state) override {
    restore(state, "", c.learning.net, c.learning.optimizer);
    optimizer_state<Real> none;
    if (c.average) restore(state, "average_", *c.average, none);
    c.step = firstspike::steps_taken(state);
    const auto fired = array_of<std::uint64_t>(state, "fired", c.fired.size());
    c.fired.assign(fired.begin(), fired.end());
    epoch_loss = value_of<double>(state, "epoch_loss");
    epoch_correct = static_cast<std::uint64_t>(value_of<std::int64_t>(state, "epoch_correct"));
    best = value_of<double>(state, "best");
    best_step = static_cast<std::uint64_t>(value_of<std::int64_t>(state, "best_step"));
    if (best >= 0) kept = read_model(model_path(files->directory));
  }

  void save() override {
    if (!files) return;
    if (best < 0) write_model(model_path(files->directory), current_model(), true);
    checkpoint state;
    record_options(state.values, classifier_run_name, recorded_values(options, true));
    store_metadata(state, files->metadata);
    store_data(state, data.name, data_hash);
    state.values["step"] = static_cast<std::int64_t>(c.step);
    state.values["epoch_loss"] = epoch_loss;
    state.values["epoch_correct"] = static_cast<std::int64_t>(epoch_correct);
    state.values["best"] = best;
    state.values["best_step"] = static_cast<std::int64_t>(best_step);
    state.arrays["fired"] = c.fired;
    store(state, "", c.net(), c.learning.optimizer);
    if (c.average) store<Real>(state, "average_", *c.average, {});
    write_checkpoint(checkpoint_path(files->directory), state);
  }

  stored_model current_model() const override {
    auto metadata = files ? files->metadata : run_metadata{};
    record_options(metadata, classifier_run_name, recorded_values(options, false));
    metadata["step"] = static_cast<std::int64_t>(c.step);
    return as_model(c.result(), c.learning, options.learn.regime, options.learn.t_in, options.learn.classes, metadata);
  }

  void watch_layers(const classifier_callbacks& callbacks) override {
    const auto images =
        std::span(data.training).first(std::min(data.training.size(), std::max(watched_images, options.learn.batch)));
    const auto now = watch.update(
        "", faults_of(c.net(), run_step(c, data.train, images, how())), c.step,
        [&](const layer_fault& fault, bool at_start) { return remedies_for(fault, options.learn, at_start); });
    if (!now.empty() && callbacks.on_faults) callbacks.on_faults(now, c.step);
  }

  void step(const classifier_callbacks& callbacks) override {
    const auto steps = steps_per_epoch(c.options, data.training.size());
    const auto epoch = c.step / steps;
    take_step(epoch);
    check_finite_weights(c.net(), c.step, "lr", options.learn.learning.optimizer.lr);
    const auto done = (c.step - 1) % steps + 1;
    const auto size = data.training.size();
    const auto seen = epoch * size + std::min(size, done * options.learn.batch);
    const classifier_progress now{c.step, all_steps(), epoch, mean(epoch_loss, done), seen, options.epochs * size};
    if (starts_epoch()) {
      close_epoch(epoch, steps, callbacks);
      save();
    } else if (options.checkpoint_every > 0 && c.step % options.checkpoint_every == 0) {
      save();
    }
    progress = now;
  }

 private:
  std::vector<std::uint32_t> order_;  // of the current epoch
  std::optional<std::uint64_t> epoch_of_order_;

  void take_step(std::uint64_t epoch) {
    if (epoch_of_order_ != epoch) {
      order_ = epoch_order(data.training, options.learn.seed, epoch);
      epoch_of_order_ = epoch;
    }
    const auto start = std::chrono::steady_clock::now();
    const auto batch = images_of_step(c.options, order_, c.step);
    std::vector<std::uint8_t> labels;
    for (const auto image : batch) labels.push_back(data.train.labels[image]);
    const auto record = run_step(c, data.train, batch, how());
    const auto score = compute_gradients(c, record, labels, options.threads);
    const bool last = c.step + 1 == all_steps();
    if (last) gradient = gradient_hash(c.learning.gradient);
    if (const auto path = recorded_path(options, c.step + 1, last)) {
      record_classifier_step(*path, c, record, labels, recorded_values(options, false),
                             files ? files->metadata : run_metadata{});
    }
    apply_gradients(c, record, options.threads);
    epoch_loss += score.loss;
    epoch_correct += score.correct;
    images += batch.size();
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  void close_epoch(std::uint64_t epoch, std::size_t steps, const classifier_callbacks& callbacks) {
    epoch_result result;
    result.epoch = epoch;
    result.step = c.step;
    result.loss = mean(epoch_loss, steps);
    result.train_accuracy = mean(static_cast<double>(epoch_correct), data.training.size());
    result.validation = evaluate(c.result(), data.train, data.validation, options.learn.classes, options.learn.t_in,
                                 run_length(c.options), how(), callbacks.on_validation);
    const auto means = means_of(result.validation);
    result.kept = means.accuracy > best || result.validation.images == 0;
    if (result.kept) {
      best = means.accuracy;
      best_step = c.step;
      kept = current_model();
      if (files) write_model(model_path(files->directory), *kept, true);
    }
    // After the evaluation of the model: a reinitialised neuron lowers the accuracy until the next epoch has trained
    // it.
    result.renewed = end_epoch(c, data.training.size());
    if (metrics) {
      metrics->add(c.step, {result.loss, result.train_accuracy, means.accuracy, means.accuracy_ties_counted,
                            means.accuracy_silent_wrong, means.no_spike_fraction, means.decision_time,
                            means.spikes_to_decision, means.spikes_full, static_cast<double>(result.renewed)});
    }
    epoch_loss = 0;
    epoch_correct = 0;
    if (callbacks.on_epoch) callbacks.on_epoch(result);
    watch_layers(callbacks);
  }
};

// In the precision that the options name.
std::unique_ptr<classifier_trainer::run_state> classifier_trainer::make_run(const classifier_training_options& options,
                                                                            training_data data,
                                                                            const std::optional<run_files>& files) {
  if (options.single_precision) return std::make_unique<typed_run<float>>(options, std::move(data), files);
  return std::make_unique<typed_run<double>>(options, std::move(data), files);
}

classifier_trainer::classifier_trainer(std::unique_ptr<run_state> run) : run_(std::move(run)) {}
classifier_trainer::classifier_trainer(classifier_trainer&&) noexcept = default;
classifier_trainer& classifier_trainer::operator=(classifier_trainer&&) noexcept = default;
classifier_trainer::~classifier_trainer() = default;

classifier_trainer::classifier_trainer(const classifier_training_options& options, training_data data,
                                       const std::optional<run_files>& files) {
  auto chosen = with_absolute_paths(options);
  chosen.learn.classes = classes_of(data.train.labels);
  require(!chosen.learn.classes.empty(), "{}: no labels, needed: one for each image", data.name);
  require(chosen.learn.classes.size() > 1, "{}: every label is {}, needed: two classes or more",
          options.labels.value_or(data.name), chosen.learn.classes.front());
  check(chosen.learn);
  auto lock = files ? run_lock(files->directory) : run_lock();
  if (files) check_recording(options.record, files->directory, files->overwrite);
  run_ = make_run(chosen, std::move(data), files);
  if (options.from) run_->start_from(*options.from);
  if (!files) return;
  run_->lock = std::move(lock);
  begin_run(files->directory, files->overwrite);
  run_->metrics.emplace(files->directory, epoch_metric_columns, 0);
}

classifier_trainer classifier_trainer::resume(const std::string& directory,
                                              const std::map<std::string, std::string>& changes,
                                              const progress_function& progress, std::optional<image_set> in_memory) {
  if (!std::filesystem::is_directory(directory)) throw std::runtime_error(directory + ": no such run directory");
  run_lock lock(directory);
  remove_unfinished_files(directory);
  const auto state = read_checkpoint(checkpoint_path(directory));
  const auto options = classifier_training_options_from(
      resumed_values(state, classifier_run_name, classifier_training_table(), changes, "epochs"));
  auto data = load_training_data(options, progress, std::move(in_memory));

  const run_files files{directory, metadata_of(state), true};
  auto run = make_run(options, std::move(data), files);
  run->lock = std::move(lock);
  const auto notes = check_same_data(state, run->data.name, run->data_hash);
  run->data.notes.insert(run->data.notes.end(), notes.begin(), notes.end());
  run->load(state);
  run->metrics.emplace(directory, epoch_metric_columns, run->steps_taken());
  return classifier_trainer(std::move(run));
}

bool classifier_trainer::finished() const { return run_->finished(); }
void classifier_trainer::step(const classifier_callbacks& callbacks) { run_->step(callbacks); }
void classifier_trainer::save() { run_->save(); }

bool classifier_trainer::run(const classifier_callbacks& callbacks) {
  if (!finished()) run_->watch_layers(callbacks);
  while (!finished()) {
    run_->step(callbacks);
    if (!callbacks.on_step || callbacks.on_step(run_->progress) || finished()) continue;
    run_->save();
    return false;
  }
  return true;
}

const classifier_training_options& classifier_trainer::options() const { return run_->options; }
const training_data& classifier_trainer::data() const { return run_->data; }
std::uint64_t classifier_trainer::steps_taken() const { return run_->steps_taken(); }
stored_model classifier_trainer::model() const { return run_->kept ? *run_->kept : run_->current_model(); }
std::uint64_t classifier_trainer::model_step() const { return run_->kept ? run_->best_step : steps_taken(); }
std::string classifier_trainer::last_gradient_hash() const { return run_->gradient; }
double classifier_trainer::seconds() const { return run_->seconds; }
std::uint64_t classifier_trainer::images() const { return run_->images; }
std::span<const layer_warning> classifier_trainer::faults() const { return run_->watch.faults(); }

}  // namespace firstspike
