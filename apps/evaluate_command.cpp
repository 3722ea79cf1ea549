// firstspike evaluate: how good and how fast a classifier decides.
#include <fmt/format.h>

#include <array>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/progress.hpp"
#include "apps/simulation.hpp"

namespace firstspike {

int run_evaluate(std::span<const std::string> arguments) {
  common_options common;
  model_options which;
  sample_options samples;
  command_line line("evaluate", "Accuracy, decision time and spikes of a classifier, over labelled images.");
  add_model_options(line, which, false);
  add_sample_options(line, samples, false);
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  line.require_one_of(std::array<std::string, 1>{"model"});
  if (samples.images && !samples.labels) throw usage_error("--images needs --labels, the answers to hold against");
  const auto model = load_runnable(line, which);
  if (model.label_of_output.empty()) {
    throw std::runtime_error(fmt::format("{}: its outputs are no classes, so there is no accuracy", *which.model));
  }
  const auto input = load_samples(line, samples, model, common.seed);
  simulation_options run;
  run.engine = which.engine;
  run.threads = common.threads;
  const auto totals = run_samples("evaluate", model, input, run);
  if (common.json) {
    json_object object{{"data", input.from}, {"images", totals.samples}};
    add_decisions(object, totals.decisions);
    object["seconds_per_image"] = seconds_per_image(totals);
    print_json(object);
  } else {
    print(fmt::format("{}: {}\n\n{}", input.from, images_text(totals.samples), decisions_text(totals)));
  }
  return exit_done;
}

}  // namespace firstspike
