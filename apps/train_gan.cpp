// `firstspike train gan`
#include <fmt/format.h>

#include <chrono>

#include "firstspike/apps/build_facts.hpp"
#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/layer_faults.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/train_data.hpp"
#include "firstspike/apps/train_options.hpp"
#include "firstspike/apps/train_recording.hpp"
#include "firstspike/apps/training_state.hpp"
#include "firstspike/data/png.hpp"
#include "firstspike/models/gan_options.hpp"

namespace firstspike {
namespace {

const std::string command_name = "train gan";
constexpr std::uint64_t default_checkpoint_every = 250;
constexpr std::uint32_t samples_in_grid = 100;

template <class Real>
struct training {
  const gan_run& run;
  training_data data;
  gan<Real> g;
  metrics_file metrics;
  run_facts facts;
  fault_watch watch;
  gan_losses sums{};         // over the steps since the last row of metrics
  std::uint64_t summed = 0;  // steps in them
  std::string gradient{};    // hash of the last step's
  double seconds = 0;        // spent learning in this call

  run_options how() const { return {run.engine, run.common.threads}; }
};

template <class Real>
void save_checkpoint(const training<Real>& t) {
  checkpoint state;
  record_options(state.values, command_name, t.run.in_force);
  state.values["data"] = t.data.name;
  state.values["step"] = static_cast<std::int64_t>(t.g.step);
  state.arrays["sums"] = std::vector<double>{t.sums.generator, t.sums.discriminator, t.sums.real_correct,
                                             t.sums.fake_correct, static_cast<double>(t.summed)};
  store(state, "generator_", t.g.generator.net, t.g.generator.optimizer);
  store(state, "discriminator_", t.g.discriminator.net, t.g.discriminator.optimizer);
  store<Real>(state, "average_", t.g.average, {});
  write_checkpoint(checkpoint_path(t.run.out), state);
}

template <class Real>
void load(training<Real>& t, const checkpoint& state) {
  check_same_data(state, t.data.name);
  restore(state, "generator_", t.g.generator.net, t.g.generator.optimizer);
  restore(state, "discriminator_", t.g.discriminator.net, t.g.discriminator.optimizer);
  optimizer_state<Real> none;
  restore(state, "average_", t.g.average, none);
  t.g.step = steps_taken(state);
  const auto sums = array_of<double>(state, "sums", 5);
  t.sums = {sums[0], sums[1], sums[2], sums[3]};
  t.summed = static_cast<std::uint64_t>(sums[4]);
}

template <class Real>
void save_models(const training<Real>& t) {
  const auto& o = t.run.learn;
  auto facts = t.facts;
  record_options(facts, command_name, t.run.in_force);
  facts["step"] = static_cast<std::int64_t>(t.g.step);
  const auto& d = t.g.discriminator;
  write_model(t.run.out + "/discriminator.h5", as_model(d.net, d, o.regime, o.t_in, {}, facts), true);
  record_image_window(facts, o);
  write_model(t.run.out + "/model.h5", as_model(t.g.average, t.g.generator, o.regime, o.t_in, {}, facts), true);
}

template <class Real>
void draw_samples(const training<Real>& t, const std::string& path) {
  const auto& o = t.run.learn;
  const auto record = generate(t.g.average, o, 0, samples_in_grid, t.how());
  std::vector<std::uint8_t> pixels;
  for (std::size_t sample = 0; sample < record.samples; ++sample) {
    const auto image = record.times_of(sample).subspan(record.neurons - o.rows * o.columns);
    const auto drawn = drawn_pixels(o, image);
    pixels.insert(pixels.end(), drawn.begin(), drawn.end());
  }
  write_png_grid(path, pixels, samples_in_grid, o.rows, o.columns, 10, 2, true);
}

// Metrics and a picture of the samples, every so many steps and at the end.
template <class Real>
void report_samples(training<Real>& t) {
  const auto n = static_cast<double>(t.summed);
  if (t.summed > 0) {
    t.metrics.add(t.g.step,
                  {t.sums.generator / n, t.sums.discriminator / n, t.sums.real_correct / n, t.sums.fake_correct / n});
  }
  draw_samples(t, fmt::format("{}/samples-{:06}.png", t.run.out, t.g.step));
  draw_samples(t, t.run.out + "/samples.png");
  t.sums = {};
  t.summed = 0;
}

template <class Real>
void watch_layers(training<Real>& t, const gan_record& record, const std::string& when) {
  const auto& o = t.run.learn;
  t.watch.see("generator", faults_of(t.g.generator.net, record.generator), t.g.step, when,
              [&](auto layer) { return generator_settings(o, layer); });
  t.watch.see("discriminator", faults_of(t.g.discriminator.net, record.discriminator), t.g.step, when,
              [&](auto layer) { return discriminator_settings(o, layer); });
}

template <class Real>
std::vector<std::uint32_t> real_images(const training<Real>& t) {
  random_stream stream(t.run.learn.seed, draw::real_choice, t.g.step);
  std::vector<std::uint32_t> images;
  const auto count = static_cast<std::uint32_t>(t.data.learnt.size());
  while (images.size() < t.run.learn.batch) images.push_back(t.data.learnt[stream.below(count)]);
  return images;
}

template <class Real>
bool reports_after(const training<Real>& t, std::uint64_t step) {
  return step % t.run.samples_every == 0 || step == t.run.steps;
}

template <class Real>
gan_losses take_step(training<Real>& t, bool last) {
  const auto start = std::chrono::steady_clock::now();
  const auto threads = t.run.common.threads;
  const bool due = t.run.record_every > 0 && (t.g.step + 1) % t.run.record_every == 0;
  const bool recorded = t.run.record && (last || due);
  gan_losses losses;
  auto record = run_step(t.g, t.data.train, real_images(t), t.how());
  compute_discriminator_gradients(t.g, record, losses, threads);
  const auto first_discriminator = recorded ? t.g.discriminator.net : network<Real>();
  apply_discriminator_gradients(t.g, record, threads);
  run_second_pass(t.g, record, t.how());
  compute_generator_gradients(t.g, record, losses, threads);
  if (recorded) {
    const auto path = last ? *t.run.record : trace_path_of_step(*t.run.record, t.g.step + 1);
    record_gan_step(path, t.g, first_discriminator, record, t.run.in_force, t.facts);
  }
  if (last) t.gradient = gradient_hash(t.g);
  if (t.g.step == 0) watch_layers(t, record, "the start");
  apply_generator_gradients(t.g, record, threads);
  if (reports_after(t, t.g.step)) watch_layers(t, record, fmt::format("step {}", t.g.step));
  t.sums.generator += losses.generator;
  t.sums.discriminator += losses.discriminator;
  t.sums.real_correct += losses.real_correct;
  t.sums.fake_correct += losses.fake_correct;
  ++t.summed;
  t.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return losses;
}

// False where it was interrupted.
template <class Real>
bool train_steps(training<Real>& t) {
  const auto every = t.run.checkpoint_every > 0 ? t.run.checkpoint_every : default_checkpoint_every;
  progress bar("train", t.run.steps, "steps");
  while (t.g.step < t.run.steps && !interrupted()) {
    const auto losses = take_step(t, t.g.step + 1 == t.run.steps);
    bar.at(t.g.step, fmt::format("generator {:.3f}, discriminator {:.3f}", losses.generator, losses.discriminator));
    if (reports_after(t, t.g.step)) report_samples(t);
    if (t.g.step % every == 0) {
      save_models(t);
      save_checkpoint(t);
    }
  }
  save_models(t);
  save_checkpoint(t);
  if (t.g.step < t.run.steps) return false;
  bar.finish();
  return true;
}

template <class Real>
void report(const training<Real>& t, std::uint64_t steps_before) {
  const auto images = static_cast<double>((t.g.step - steps_before) * t.run.learn.batch);
  if (t.run.common.json) {
    print_json({{"steps", t.g.step},
                {"seconds", t.seconds},
                {"images_per_second", t.seconds > 0 ? images / t.seconds : 0},
                {"model", t.run.out + "/model.h5"},
                {"gradient_hash", t.gradient},
                {"data", t.data.name},
                {"layer_faults", as_json(t.watch.faults())}});
    return;
  }
  print(fmt::format(
      "{0}/model.h5: generator\n{0}/discriminator.h5\n{0}/samples.png: {1} uncurated samples\n{0}/metrics.csv\n",
      t.run.out, samples_in_grid));
  if (t.run.record) print(fmt::format("{}: trace of step {}\n", *t.run.record, t.g.step));
}

template <class Real>
int train(const gan_run& run, std::span<const std::string> arguments) {
  auto data = load_training_data(run, 0);
  if (data.train.rows != run.learn.rows || data.train.columns != run.learn.columns) {
    throw std::runtime_error(fmt::format("{}: images of {} x {} pixels, allowed: {} x {}", data.name, data.train.rows,
                                         data.train.columns, run.learn.rows, run.learn.columns));
  }
  if (run.learn.conditional && data.train.labels.empty()) throw usage_error("--conditional on needs --labels");
  auto learn = run.learn;
  learn.schedule_steps = run.steps;
  auto g = make_gan<Real>(learn);
  check_recording(run.record, run.out, run.resume || run.common.overwrite);
  const auto state = begin_run(run.out, run.resume.has_value(), run.common.overwrite);
  if (state && steps_taken(*state) >= run.steps) {
    throw usage_error(fmt::format("--steps = {}: {} has taken them already; give more", run.steps, run.out));
  }
  metrics_file metrics(run.out, {"generator_loss", "discriminator_loss", "real_called_real", "fake_called_fake"},
                       state);
  training<Real> t{run,
                   std::move(data),
                   std::move(g),
                   std::move(metrics),
                   facts_of_run(command_name, arguments, run.common.seed, generator_run_length(learn)),
                   fault_watch(learn.regime)};
  if (state) load(t, *state);
  const auto before = t.g.step;
  if (!train_steps(t)) {
    message(fmt::format("interrupted at step {}: go on with --resume {}", t.g.step, run.out));
    return exit_interrupted;
  }
  message(fmt::format("note: {}", nir_export_warning));
  report(t, before);
  return exit_done;
}

}  // namespace

int run_train_gan(std::span<const std::string> arguments) {
  const auto run = read_gan_run(arguments);
  if (!run) return exit_done;
  return run->single_precision ? train<float>(*run, arguments) : train<double>(*run, arguments);
}

}  // namespace firstspike
