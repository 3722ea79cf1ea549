// `firstspike train classifier`
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "firstspike/apps/build_facts.hpp"
#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/layer_faults.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/simulation.hpp"
#include "firstspike/apps/train_data.hpp"
#include "firstspike/apps/train_options.hpp"
#include "firstspike/apps/train_recording.hpp"
#include "firstspike/apps/training_state.hpp"

namespace firstspike {
namespace {

const std::string command_name = "train classifier";

// Where a run stands, besides the classifier itself.
struct progress_of_run {
  double loss = 0;              // sum over the steps of the epoch at hand
  std::uint64_t correct = 0;    // images of the epoch at hand
  double best = -1;             // accuracy on the validation images, of the model kept
  std::uint64_t best_step = 0;  // when that was
};

template <class Real>
struct training {
  const classifier_run& run;
  training_data data;
  classifier<Real> c;
  metrics_file metrics;
  run_facts facts;
  fault_watch watch;
  std::vector<std::uint8_t> label_of_output;
  progress_of_run at{};
  std::string gradient{};    // hash of the last step's
  double seconds = 0;        // spent learning in this call,
  std::uint64_t images = 0;  // on so many

  run_options how() const { return {run.engine, run.common.threads}; }
  std::string model_path() const { return run.out + "/model.h5"; }
};

template <class Real>
void save_checkpoint(const training<Real>& t) {
  checkpoint state;
  record_options(state.values, command_name, t.run.in_force);
  state.values["data"] = t.data.name;
  state.values["step"] = static_cast<std::int64_t>(t.c.step);
  state.values["epoch_loss"] = t.at.loss;
  state.values["epoch_correct"] = static_cast<std::int64_t>(t.at.correct);
  state.values["best"] = t.at.best;
  state.values["best_step"] = static_cast<std::int64_t>(t.at.best_step);
  state.arrays["fired"] = t.c.fired;
  store(state, "", t.c.net(), t.c.learning.optimizer);
  write_checkpoint(checkpoint_path(t.run.out), state);
}

template <class Real>
void load(training<Real>& t, const checkpoint& state) {
  check_same_data(state, t.data.name);
  restore(state, "", t.c.learning.net, t.c.learning.optimizer);
  t.c.step = steps_taken(state);
  const auto fired = array_of<std::uint64_t>(state, "fired", t.c.fired.size());
  t.c.fired.assign(fired.begin(), fired.end());
  t.at = {value_of<double>(state, "epoch_loss"),
          static_cast<std::uint64_t>(value_of<std::int64_t>(state, "epoch_correct")), value_of<double>(state, "best"),
          static_cast<std::uint64_t>(value_of<std::int64_t>(state, "best_step"))};
}

template <class Real>
void save_model(const training<Real>& t) {
  auto facts = t.facts;
  record_options(facts, command_name, t.run.in_force);
  facts["step"] = static_cast<std::int64_t>(t.c.step);
  const auto& o = t.run.learn;
  write_model(t.model_path(), as_model(t.c.net(), t.c.learning, o.regime, o.t_in, t.label_of_output, facts), true);
}

double mean(double sum, std::size_t count) { return count > 0 ? sum / static_cast<double>(count) : 0; }

std::string readout_text(const readout& r) {
  const auto m = means_of(r);
  return fmt::format(
      "{:.2f} % correct (ties broken), {:.2f} % (ties counted), {:.2f} % (silent = wrong), {} of {} images without an "
      "output spike, decision at step {:.1f}, {:.1f} spikes to decision, {:.1f} in the full window",
      100 * m.accuracy, 100 * m.accuracy_ties_counted, 100 * m.accuracy_silent_wrong, r.no_spike, r.images,
      m.decision_time, m.spikes_to_decision, m.spikes_full);
}

// Of so many images at least: on few, a layer may be silent that learns well.
constexpr std::size_t watched_images = 64;

template <class Real>
void watch_layers(training<Real>& t, const std::string& when) {
  const auto& learnt = t.data.learnt;
  const auto images = std::span(learnt).first(std::min(learnt.size(), std::max(watched_images, t.run.learn.batch)));
  const auto faults = faults_of(t.c.net(), run_step(t.c, t.data.train, images, t.how()));
  t.watch.see("", faults, t.c.step, when, [&](auto layer) { return settings_of(t.run.learn, layer); });
}

template <class Real>
void close_epoch(training<Real>& t, std::uint64_t epoch, std::size_t steps) {
  const auto& o = t.run.learn;
  const auto judged =
      evaluate(t.c.net(), t.data.train, t.data.validation, t.label_of_output, o.t_in, run_length(o), t.how());
  const double loss = mean(t.at.loss, steps);
  const double train_accuracy = mean(static_cast<double>(t.at.correct), t.data.learnt.size());
  const auto means = means_of(judged);
  if (means.accuracy > t.at.best || judged.images == 0) {
    t.at.best = means.accuracy;
    t.at.best_step = t.c.step;
    save_model(t);
  }
  // After the model was judged and kept: a neuron drawn anew fits nowhere before the next epoch has trained it.
  const auto renewed = end_epoch(t.c, t.data.learnt.size());
  t.metrics.add(t.c.step, {loss, train_accuracy, means.accuracy, means.accuracy_ties_counted,
                           means.accuracy_silent_wrong, means.no_spike, means.decision_time, means.spikes_to_decision,
                           means.spikes_full, static_cast<double>(renewed)});
  t.at.loss = 0;
  t.at.correct = 0;
  message(fmt::format("epoch {}: loss {:.5f}, {:.2f} % of training images{}{}", epoch + 1, loss, 100 * train_accuracy,
                      judged.images > 0 ? "; validation: " + readout_text(judged) : "",
                      renewed > 0 ? fmt::format("; {} dead hidden neurons drawn anew", renewed) : ""));
  watch_layers(t, fmt::format("epoch {}", epoch + 1));
}

template <class Real>
void take_step(training<Real>& t, std::span<const std::uint32_t> images, bool last) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::uint8_t> labels;
  for (const auto image : images) labels.push_back(t.data.train.labels[image]);
  const auto record = run_step(t.c, t.data.train, images, t.how());
  const auto score = compute_gradients(t.c, record, labels, t.run.common.threads);
  const bool due = t.run.record_every > 0 && (t.c.step + 1) % t.run.record_every == 0;
  if (t.run.record && (last || due)) {
    const auto path = last ? *t.run.record : trace_path_of_step(*t.run.record, t.c.step + 1);
    record_classifier_step(path, t.c, record, labels, t.run.in_force, t.facts);
  }
  if (last) t.gradient = gradient_hash(t.c.learning.blocks[0]);
  apply_gradients(t.c, record, t.run.common.threads);
  t.images += images.size();
  t.at.loss += score.loss;
  t.at.correct += score.correct;
  t.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// False where it was interrupted.
template <class Real>
bool train_epochs(training<Real>& t) {
  const auto steps = steps_per_epoch(t.run.learn, t.data.learnt.size());
  const auto all = t.c.options.learning.schedule_steps;
  progress bar("train", all * t.run.learn.batch, "images");
  watch_layers(t, t.c.step == 0 ? "the start" : fmt::format("step {}", t.c.step));
  while (t.c.step < all) {
    const auto epoch = t.c.step / steps;
    const auto order = epoch_order(t.data.learnt, t.run.learn.seed, epoch);
    do {
      take_step(t, images_of_step(t.run.learn, order, t.c.step), t.c.step + 1 == all);
      const auto done = (t.c.step - 1) % steps + 1;
      bar.at(t.c.step * t.run.learn.batch, fmt::format("epoch {}, loss {:.4f}", epoch + 1, mean(t.at.loss, done)));
      const bool due = t.run.checkpoint_every > 0 && t.c.step % t.run.checkpoint_every == 0;
      if (interrupted() && t.c.step % steps != 0) {
        save_checkpoint(t);
        if (t.at.best < 0) save_model(t);
        return false;
      }
      if (due && t.c.step % steps != 0) save_checkpoint(t);
    } while (t.c.step % steps != 0);
    close_epoch(t, epoch, steps);
    save_checkpoint(t);
    if (interrupted()) return t.c.step >= all;
  }
  bar.finish();
  return true;
}

template <class Real>
void report(training<Real>& t) {
  const auto& o = t.run.learn;
  json_object result{{"steps", t.c.step},
                     {"seconds", t.seconds},
                     {"images_per_second", t.seconds > 0 ? static_cast<double>(t.images) / t.seconds : 0},
                     {"model", t.model_path()},
                     {"gradient_hash", t.gradient},
                     {"data", t.data.name},
                     {"layer_faults", as_json(t.watch.faults())}};
  std::string text = fmt::format("{}: kept from step {}\n", t.model_path(), t.at.best_step);
  if (t.data.test.count > 0) {
    const auto kept = with_precision<Real>(read_model(t.model_path()).net);
    std::vector<std::uint32_t> all(t.data.test.count);
    std::iota(all.begin(), all.end(), 0u);
    const auto judged = evaluate(kept, t.data.test, all, t.label_of_output, o.t_in, run_length(o), t.how());
    text += fmt::format("test: {}\n", readout_text(judged));
    add_decisions(result["test"], judged);
  }
  if (t.run.common.json) {
    print_json(result);
  } else {
    print(text);
  }
}

template <class Real>
int train(const classifier_run& run, std::span<const std::string> arguments) {
  auto data = load_training_data(run, run.validation);
  const auto inputs = static_cast<std::uint32_t>(pixels_per_image(data.train));
  auto learn = run.learn;
  learn.learning.schedule_steps = steps_per_epoch(learn, data.learnt.size()) * run.epochs;
  auto c = make_classifier<Real>(learn, inputs);
  if (const auto warning = depth_warning(learn); !warning.empty()) message(warning);
  if (run.epochs < run.usual_epochs / 10) {
    message(
        fmt::format("warning: --epochs: {}; the usual settings of kernel, regime and loss are made for {}, and are "
                    "far from their accuracy before {}",
                    run.epochs, run.usual_epochs, run.usual_epochs / 10));
  }
  for (const auto label : data.train.labels) {
    if (label < run.learn.outputs) continue;
    throw std::runtime_error(fmt::format("{}: label {}, allowed: below {}", data.name, label, run.learn.outputs));
  }
  check_recording(run.record, run.out, run.resume || run.common.overwrite);
  const auto state = begin_run(run.out, run.resume.has_value(), run.common.overwrite);
  if (state && steps_taken(*state) >= learn.learning.schedule_steps) {
    throw usage_error(fmt::format("--epochs = {}: {} has learnt them already; give more", run.epochs, run.out));
  }
  metrics_file metrics(run.out,
                       {"loss", "train_accuracy", "accuracy", "accuracy_ties_counted", "accuracy_silent_wrong",
                        "no_spike", "decision_time", "spikes_to_decision", "spikes_full", "renewed"},
                       state);
  std::vector<std::uint8_t> label_of_output(run.learn.outputs);
  std::iota(label_of_output.begin(), label_of_output.end(), std::uint8_t{0});
  training<Real> t{run,
                   std::move(data),
                   std::move(c),
                   std::move(metrics),
                   facts_of_run(command_name, arguments, run.common.seed, run_length(learn)),
                   fault_watch(learn.regime),
                   std::move(label_of_output)};
  if (state) load(t, *state);
  if (!train_epochs(t)) {
    message(fmt::format("interrupted at step {}: go on with --resume {}", t.c.step, run.out));
    return exit_interrupted;
  }
  message(fmt::format("note: {}", nir_export_warning));
  report(t);
  return exit_done;
}

}  // namespace

int run_train_classifier(std::span<const std::string> arguments) {
  const auto run = read_classifier_run(arguments);
  if (!run) return exit_done;
  return run->single_precision ? train<float>(*run, arguments) : train<double>(*run, arguments);
}

}  // namespace firstspike
