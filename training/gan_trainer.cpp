#include "firstspike/training/gan_trainer.hpp"

#include <fmt/core.h>

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "firstspike/data/png.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/training/recording.hpp"
#include "firstspike/training/resume.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t usual_checkpoint_every = 250;

const std::vector<std::string> gan_metric_columns{"generator_loss", "discriminator_loss", "real_called_real",
                                                  "fake_called_fake"};

gan_options learning_of(const gan_training_options& options) {
  auto learn = options.learn;
  learn.schedule_steps = options.steps;
  return learn;
}

}  // namespace

struct gan_trainer::run_state {
  gan_training_options options;
  training_data data;
  std::optional<run_files> files;
  run_lock lock{};        // of the directory
  std::string data_hash;  // for checkpoints
  fault_watch watch{};
  gan_losses sums{};         // over the training steps since the last row of metrics
  std::uint64_t summed = 0;  // training steps in them
  std::string gradient{};
  std::optional<metrics_file> metrics{};
  double seconds = 0;        // of training steps
  std::uint64_t images = 0;  // used by them
  gan_progress progress{};   // after the last training step

  run_state(const gan_training_options& o, training_data d, std::optional<run_files> f)
      : options(o), data(std::move(d)), files(std::move(f)), data_hash(files ? hash_of(data.train) : "") {}
  virtual ~run_state() = default;
  virtual void start_from(const std::string& path) = 0;
  virtual void load(const checkpoint& state) = 0;
  virtual std::uint64_t steps_taken() const = 0;
  virtual void step(const gan_callbacks& callbacks) = 0;
  virtual void save() = 0;
  virtual stored_model generator() const = 0;
  virtual stored_model discriminator() const = 0;

  run_options how() const { return {options.engine, options.threads}; }
};

template <class Real>
struct gan_trainer::typed_run final : run_state {
  gan<Real> g;

  typed_run(const gan_training_options& o, training_data d, std::optional<run_files> f)
      : run_state(o, std::move(d), std::move(f)), g(make_gan<Real>(learning_of(options))) {}

  std::uint64_t steps_taken() const override { return g.step; }

  void start_from(const std::string& path) override {
    load_weights(path, g.generator.net, g.discriminator.net);
    g.average = g.generator.net;
  }

  void load(const checkpoint& state) override {
    restore(state, "generator_", g.generator.net, g.generator.optimizer);
    restore(state, "discriminator_", g.discriminator.net, g.discriminator.optimizer);
    optimizer_state<Real> none;
    restore(state, "average_", g.average, none);
    g.step = firstspike::steps_taken(state);
    const auto stored = array_of<double>(state, "sums", 5);
    sums = {stored[0], stored[1], stored[2], stored[3]};
    summed = static_cast<std::uint64_t>(stored[4]);
  }

  run_metadata metadata() const {
    auto all = files ? files->metadata : run_metadata{};
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
    const auto& d = g.discriminator;
    return as_model(d.net, d, options.learn.regime, options.learn.t_in, {}, metadata());
  }

  void save() override {
    if (!files) return;
    write_model(files->directory + "/discriminator.h5", discriminator(), true);
    write_model(model_path(files->directory), generator(), true);
    checkpoint state;
    record_options(state.values, gan_run_name, recorded_values(options, true));
    store_metadata(state, files->metadata);
    store_data(state, data.name, data_hash);
    state.values["step"] = static_cast<std::int64_t>(g.step);
    state.arrays["sums"] = std::vector<double>{sums.generator, sums.discriminator, sums.real_correct, sums.fake_correct,
                                               static_cast<double>(summed)};
    store(state, "generator_", g.generator.net, g.generator.optimizer);
    store(state, "discriminator_", g.discriminator.net, g.discriminator.optimizer);
    store<Real>(state, "average_", g.average, {});
    write_checkpoint(checkpoint_path(files->directory), state);
  }

  void step(const gan_callbacks& callbacks) override {
    const auto losses = take_step(callbacks);
    check_finite_weights(g.discriminator.net, g.step, "d_lr", options.learn.discriminator.optimizer.lr);
    check_finite_weights(g.generator.net, g.step, "lr", options.learn.generator.optimizer.lr);
    if (reports_after(g.step)) report_samples();
    const auto every = options.checkpoint_every > 0 ? options.checkpoint_every : usual_checkpoint_every;
    if (g.step % every == 0 || g.step == options.steps) save();
    progress = {g.step, options.steps, losses};
  }

 private:
  bool reports_after(std::uint64_t step) const { return step % options.samples_every == 0 || step == options.steps; }

  // Of one training step, indices into data.train.
  std::vector<std::uint32_t> real_images() const {
    random_stream stream(options.learn.seed, draw::real_choice, g.step);
    std::vector<std::uint32_t> images;
    const auto count = static_cast<std::uint32_t>(data.training.size());
    while (images.size() < options.learn.batch) images.push_back(data.training[stream.below(count)]);
    return images;
  }

  void watch_layers(const gan_record& record, const gan_callbacks& callbacks) {
    const auto& o = options.learn;
    auto now = watch.update("generator", faults_of(g.generator.net, record.generator), g.step,
                            [&](const auto& fault, bool at_start) { return generator_remedies(fault, o, at_start); });
    const auto more =
        watch.update("discriminator", faults_of(g.discriminator.net, record.discriminator), g.step,
                     [&](const auto& fault, bool at_start) { return discriminator_remedies(fault, o, at_start); });
    now.insert(now.end(), more.begin(), more.end());
    if (!now.empty() && callbacks.on_faults) callbacks.on_faults(now, g.step);
  }

  gan_losses take_step(const gan_callbacks& callbacks) {
    const auto start = std::chrono::steady_clock::now();
    const auto threads = options.threads;
    const auto trace = recorded_path(options, g.step + 1, g.step + 1 == options.steps);
    gan_losses losses;
    auto record = run_step(g, data.train, real_images(), how());
    compute_discriminator_gradients(g, record, losses, threads);
    const auto first_discriminator = trace ? g.discriminator.net : network<Real>();
    apply_discriminator_gradients(g, record, threads);
    run_second_pass(g, record, how());
    compute_generator_gradients(g, record, losses, threads);
    if (g.step + 1 == options.steps) gradient = gradient_hash(g);
    if (trace) {
      record_gan_step(*trace, g, first_discriminator, record, recorded_values(options, false),
                      files ? files->metadata : run_metadata{});
    }
    if (g.step == 0) watch_layers(record, callbacks);
    apply_generator_gradients(g, record, threads);
    if (reports_after(g.step)) watch_layers(record, callbacks);
    sums.generator += losses.generator;
    sums.discriminator += losses.discriminator;
    sums.real_correct += losses.real_correct;
    sums.fake_correct += losses.fake_correct;
    ++summed;
    images += options.learn.batch;
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return losses;
  }

  // Metrics and a sample grid, every samples_every training steps and at the end.
  void report_samples() {
    const auto n = static_cast<double>(summed);
    if (metrics) {
      metrics->add(g.step, {sums.generator / n, sums.discriminator / n, sums.real_correct / n, sums.fake_correct / n});
    }
    sums = {};
    summed = 0;
    if (!files) return;
    draw_samples(fmt::format("{}/samples-{:06}.png", files->directory, g.step));
    draw_samples(files->directory + "/samples.png");
  }

  void draw_samples(const std::string& path) const {
    const auto& o = options.learn;
    const auto record = generate(g.average, o, 0, samples_in_grid, how());
    image_set images{record.samples, o.rows, o.columns, {}, {}};
    for (std::size_t sample = 0; sample < record.samples; ++sample) {
      const auto drawn = drawn_pixels(o, record.times_of(sample).subspan(record.neurons - o.rows * o.columns));
      images.pixels.insert(images.pixels.end(), drawn.begin(), drawn.end());
    }
    write_png(path, draw_grid(images), true);
  }
};

// In the precision that the options name.
std::unique_ptr<gan_trainer::run_state> gan_trainer::make_run(const gan_training_options& options, training_data data,
                                                              const std::optional<run_files>& files) {
  if (options.single_precision) return std::make_unique<typed_run<float>>(options, std::move(data), files);
  return std::make_unique<typed_run<double>>(options, std::move(data), files);
}

gan_trainer::gan_trainer(std::unique_ptr<run_state> run) : run_(std::move(run)) {}
gan_trainer::gan_trainer(gan_trainer&&) noexcept = default;
gan_trainer& gan_trainer::operator=(gan_trainer&&) noexcept = default;
gan_trainer::~gan_trainer() = default;

gan_trainer::gan_trainer(const gan_training_options& options, training_data data,
                         const std::optional<run_files>& files) {
  auto chosen = with_absolute_paths(options);
  auto& o = chosen.learn;
  o.rows = static_cast<std::uint32_t>(data.train.rows);
  o.columns = static_cast<std::uint32_t>(data.train.columns);
  require(!o.conditional || !data.train.labels.empty(), "conditional = 'on' needs labels");
  if (o.conditional) o.classes = classes_of(data.train.labels);
  check(o);
  auto lock = files ? run_lock(files->directory) : run_lock();
  if (files) check_recording(options.record, files->directory, files->overwrite);
  run_ = make_run(chosen, std::move(data), files);
  if (options.from) run_->start_from(*options.from);
  if (!files) return;
  run_->lock = std::move(lock);
  begin_run(files->directory, files->overwrite);
  run_->metrics.emplace(files->directory, gan_metric_columns, 0);
}

gan_trainer gan_trainer::resume(const std::string& directory, const std::map<std::string, std::string>& changes,
                                const progress_function& progress, std::optional<image_set> in_memory) {
  if (!std::filesystem::is_directory(directory)) throw std::runtime_error(directory + ": no such run directory");
  run_lock lock(directory);
  remove_unfinished_files(directory);
  const auto state = read_checkpoint(checkpoint_path(directory));
  const auto options =
      gan_training_options_from(resumed_values(state, gan_run_name, gan_training_table(), changes, "steps"));
  auto data = load_training_data(options, progress, std::move(in_memory));

  const run_files files{directory, metadata_of(state), true};
  auto run = make_run(options, std::move(data), files);
  run->lock = std::move(lock);
  const auto notes = check_same_data(state, run->data.name, run->data_hash);
  run->data.notes.insert(run->data.notes.end(), notes.begin(), notes.end());
  run->load(state);
  run->metrics.emplace(directory, gan_metric_columns, run->steps_taken());
  return gan_trainer(std::move(run));
}

bool gan_trainer::finished() const { return run_->steps_taken() >= run_->options.steps; }
void gan_trainer::step(const gan_callbacks& callbacks) { run_->step(callbacks); }
void gan_trainer::save() { run_->save(); }

bool gan_trainer::run(const gan_callbacks& callbacks) {
  while (!finished()) {
    run_->step(callbacks);
    if (!callbacks.on_step || callbacks.on_step(run_->progress) || finished()) continue;
    run_->save();
    return false;
  }
  return true;
}

const gan_training_options& gan_trainer::options() const { return run_->options; }
const training_data& gan_trainer::data() const { return run_->data; }
std::uint64_t gan_trainer::steps_taken() const { return run_->steps_taken(); }
stored_model gan_trainer::generator() const { return run_->generator(); }
stored_model gan_trainer::discriminator() const { return run_->discriminator(); }
std::string gan_trainer::last_gradient_hash() const { return run_->gradient; }
double gan_trainer::seconds() const { return run_->seconds; }
std::uint64_t gan_trainer::images() const { return run_->images; }
std::span<const layer_warning> gan_trainer::faults() const { return run_->watch.faults(); }

}  // namespace firstspike
