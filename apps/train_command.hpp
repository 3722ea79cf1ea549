// What `train classifier` and `train gan` have in common.
#pragma once

#include <fmt/core.h>

#include <span>
#include <stdexcept>
#include <string>

#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/train_options.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_data.hpp"

namespace firstspike {

int run_train_classifier(std::span<const std::string> arguments);
int run_train_gan(std::span<const std::string> arguments);

/// Says on stderr which data are used, and what was refused on the way.
void show_data(const training_data& data);

/// Warns of each fault by one line on stderr.
void show_faults(std::span<const layer_warning> faults);

/// [{"network", "layer", "silent", "since_step"}]
json_object as_json(std::span<const layer_warning> faults);

/// A trainer that goes on with the run that is asked for, or begins it with `options(given)`; `metadata` of these.
/// usage_error where the run has reached `goal` already: "--epochs = 5: RUN has learnt them already".
template <class Trainer, class Options, class Metadata, class Goal>
Trainer begin_training(const train_request& request, const Options& options, const Metadata& metadata,
                       const Goal& goal) {
  download_bar bar;
  try {
    if (request.resume) {
      auto trainer = Trainer::resume(*request.resume, request.given, bar.function());
      if (!trainer.finished()) return trainer;
      throw usage_error(fmt::format("{} already; give more", goal(trainer.options(), *request.resume)));
    }
    const auto chosen = options(request.given);
    return {chosen, load_training_data(chosen, bar.function()),
            run_files{request.out, metadata(chosen), request.overwrite}};
  } catch (const std::invalid_argument& error) {
    throw as_usage_error(error);
  }
}

/// What --json tells of every run.
template <class Trainer>
json_object training_json(const Trainer& t, const std::string& directory) {
  return {{"steps", t.steps_taken()},
          {"seconds", t.seconds()},
          {"images_per_second", t.seconds() > 0 ? static_cast<double>(t.images()) / t.seconds() : 0},
          {"model", model_path(directory)},
          {"gradient_hash", t.last_gradient_hash()},
          {"data", t.data().name},
          {"layer_faults", as_json(t.faults())}};
}

}  // namespace firstspike
