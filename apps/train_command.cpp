// firstspike train: training runs, with what they say of themselves.
#include <fmt/core.h>

#include <array>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/decisions_text.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/train_options.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/classifier_trainer.hpp"
#include "firstspike/training/gan_trainer.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

/// Says on stderr which data are used, and what was refused on the way.
void show_data(const training_data& data) {
  for (const auto& note : data.notes) message(note);
  if (data.where.empty()) return;
  const auto test = data.test.count == 0 ? "" : fmt::format(" and {} test", grouped(data.test.count));
  message(fmt::format("data: {} ({}), {} training{} images", data.name, data.where, grouped(data.train.count), test));
}

/// "a lower --lr, or more --hidden".
std::string advice(std::span<const remedy> remedies) {
  std::string text;
  for (std::size_t i = 0; i < remedies.size(); ++i) {
    if (i > 0) text += i + 1 == remedies.size() ? ", or " : ", ";
    text += fmt::format("{} --{}", remedies[i].change, remedies[i].option);
  }
  return text;
}

/// Warns of each fault by one line on stderr.
void show_faults(std::span<const layer_warning> faults) {
  for (const auto& [network, fault, since, remedies] : faults) {
    const auto since_text = since == 0 ? "the start" : fmt::format("step {}", since);
    message(fmt::format("warning: {}{}layer {} {} on every image, since {}; try {}", network,
                        network.empty() ? "" : ", ", fault.layer, fault.silent ? "is silent" : "fires as one",
                        since_text, advice(remedies)));
  }
}

json_object as_json(std::span<const layer_warning> faults) {
  auto list = json_object::array();
  for (const auto& [network, fault, since, remedies] : faults) {
    list.push_back({{"network", network}, {"layer", fault.layer}, {"silent", fault.silent}, {"since_step", since}});
  }
  return list;
}

/// A trainer that goes on with the run that is asked for, or begins it with `options(given)`. `length` gives t_max of a
/// run, and `goal` what it was to reach: "--epochs = 5: RUN has learnt them". usage_error where it has reached that.
template <class Trainer, class Options, class Length, class Goal>
Trainer begin(const train_request& request, std::string_view command, std::span<const std::string> arguments,
              const Options& options, const Length& length, const Goal& goal) {
  download_bar bar;
  try {
    if (request.resume) {
      auto trainer = Trainer::resume(*request.resume, request.given, bar.function());
      if (!trainer.finished()) return trainer;
      throw usage_error(fmt::format("{} already; give more", goal(trainer.options())));
    }
    const auto chosen = options(request.given);
    auto metadata = metadata_of_run(command_text(command, arguments), chosen.learn.seed, length(chosen.learn));
    return {chosen, load_training_data(chosen, bar.function()),
            run_files{request.out, std::move(metadata), request.overwrite}};
  } catch (const std::invalid_argument& error) {
    throw as_usage_error(error);
  }
}

/// Trains to the end or until interrupted. `show(progress, bar)` creates the bar with the first step and updates it.
/// `report(directory, json)` adds to the JSON result of the run and returns the text.
template <class Trainer, class Callbacks, class Show, class Report>
int train(Trainer& trainer, Callbacks callbacks, const train_request& request, const Show& show, const Report& report) {
  const auto directory = request.resume.value_or(request.out);
  std::optional<progress> bar;
  callbacks.on_faults = [](auto faults, std::uint64_t) { show_faults(faults); };
  callbacks.on_step = [&](const auto& state) {
    show(state, bar);
    return !interrupted();
  };
  if (!trainer.run(callbacks)) {
    message(fmt::format("interrupted at step {}: go on with --resume {}", trainer.steps_taken(), directory));
    return exit_interrupted;
  }
  bar->finish();
  const auto seconds = trainer.seconds();
  json_object result{{"steps", trainer.steps_taken()},
                     {"seconds", seconds},
                     {"images_per_second", seconds > 0 ? static_cast<double>(trainer.images()) / seconds : 0},
                     {"model", model_path(directory)},
                     {"gradient_hash", trainer.last_gradient_hash()},
                     {"data", trainer.data().name},
                     {"layer_faults", as_json(trainer.faults())}};
  const auto text = report(directory, result);
  print_result(request.json, result, text);
  return exit_done;
}

/// "96.74 % correct, decision at step 556.1, 160.6 spikes": what is usual is left out.
std::string readout_text(const readout& r) {
  const auto m = means_of(r);
  auto text = fmt::format("{:.2f} % correct", 100 * m.accuracy);
  if (m.accuracy_ties_counted != m.accuracy) {
    text += fmt::format(" ({:.2f} % with ties)", 100 * m.accuracy_ties_counted);
  }
  if (r.no_spike > 0) text += fmt::format(", {} undecided", grouped(r.no_spike));
  return text + fmt::format(", at step {:.1f}, {:.1f} spikes", m.decision_time, m.spikes_full);
}

void show_epoch(const epoch_result& e) {
  message(fmt::format("epoch {}: loss {:.4f}, {:.2f} %{}{}", e.epoch + 1, e.loss, 100 * e.train_accuracy,
                      e.validation.images > 0 ? "; validation " + readout_text(e.validation) : "",
                      e.renewed > 0 ? fmt::format("; {} neurons drawn anew", e.renewed) : ""));
}

// Warns of what would waste an hour: more layers than the rule was measured for, fewer epochs than the settings need.
void show_warnings(const classifier_training_options& o) {
  if (const auto depth = exceeded_depth(o.learn); depth > 0) {
    message(fmt::format(
        "warning: {} hidden layers; the gradients of rule {} are approximate and are measured up to {} hidden "
        "layer{}: outputs may tie or fall silent; try --regime binary or --regime relu",
        hidden_layers(o.learn), o.learn.learning.rule, depth, depth == 1 ? "" : "s"));
  }
  const auto usual = usual_epochs(o.learn);
  if (o.epochs < usual / 10) {
    message(
        fmt::format("warning: --epochs: {}; the usual settings of kernel, regime and loss are made for {}, and are "
                    "far from their accuracy before {}",
                    o.epochs, usual, usual / 10));
  }
}

/// The accuracy on test images, where there are any.
std::string report_test(const classifier_trainer& t, const std::string& directory, json_object& result) {
  auto text = fmt::format("{}: the model of step {}{}\n", model_path(directory), t.model_step(),
                          t.options().validation > 0 ? ", the best in validation" : "");
  if (t.data().test.count == 0) return text;
  std::vector<std::uint32_t> all(t.data().test.count);
  std::iota(all.begin(), all.end(), 0u);
  const auto measured = evaluate(t.model(), t.data().test, all, {t.options().engine, t.options().threads});
  add_decisions(result["test"], measured);
  return text + fmt::format("test: {}\n", readout_text(measured));
}

int run_train_classifier(std::span<const std::string> arguments) {
  const auto request = read_classifier_request(arguments);
  if (!request) return exit_done;
  auto trainer = begin<classifier_trainer>(
      *request, "train classifier", arguments, classifier_training_options_from,
      [](const auto& o) { return run_length(o); },
      [&](const auto& o) { return fmt::format("--epochs = {}: {} has learnt them", o.epochs, *request->resume); });
  show_data(trainer.data());
  show_warnings(trainer.options());
  classifier_callbacks callbacks;
  callbacks.on_epoch = show_epoch;
  return train(
      trainer, callbacks, *request,
      [&](const classifier_progress& p, std::optional<progress>& bar) {
        if (!bar) bar.emplace("train", p.all_images, "images", p.images);
        bar->at(p.images, fmt::format("loss {:.4f}", p.loss));
      },
      [&](const std::string& directory, json_object& result) { return report_test(trainer, directory, result); });
}

/// The files of a GAN.
std::string files_text(const gan_trainer& t, const std::string& directory) {
  auto text = fmt::format(
      "{0}/model.h5: generator\n{0}/discriminator.h5\n{0}/samples.png: {1} uncurated samples\n{0}/metrics.csv\n",
      directory, samples_in_grid);
  const auto& record = t.options().record;
  return record ? text + fmt::format("{}: trace of step {}\n", *record, t.steps_taken()) : text;
}

int run_train_gan(std::span<const std::string> arguments) {
  const auto request = read_gan_request(arguments);
  if (!request) return exit_done;
  auto trainer = begin<gan_trainer>(
      *request, "train gan", arguments, gan_training_options_from,
      [](const auto& o) { return generator_run_length(o); },
      [&](const auto& o) { return fmt::format("--steps = {}: {} has taken them", o.steps, *request->resume); });
  show_data(trainer.data());
  return train(
      trainer, gan_callbacks(), *request,
      [](const gan_progress& p, std::optional<progress>& bar) {
        if (!bar) bar.emplace("train", p.steps, "steps", p.step);
        bar->at(p.step, fmt::format("G {:#.3g} D {:#.3g}", p.losses.generator, p.losses.discriminator));
      },
      [&](const std::string& directory, json_object&) { return files_text(trainer, directory); });
}

constexpr std::array choices{
    command{"classifier", "a network that names images by its first output spike", run_train_classifier,
            describe_train_classifier},
    command{"gan", "a generator and a discriminator, against each other", run_train_gan, describe_train_gan},
};

}  // namespace

std::span<const command> train_commands() { return choices; }

int run_train(std::span<const std::string> arguments) {
  return run_chosen("firstspike train", "Trains a network of spiking neurons.", choices, arguments);
}

}  // namespace firstspike
