// firstspike evaluate: how good and how fast a classifier decides.
#include <fmt/core.h>

#include <array>
#include <span>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/sample_quality.hpp"
#include "firstspike/apps/simulation.hpp"

namespace firstspike {
namespace {

std::size_t count_different(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different += a[i] != b[i];
  return different;
}

json_object early_json(const simulation_totals& full, const simulation_totals& early) {
  json_object object;
  add_decisions(object, early);
  object["different_decisions"] = count_different(full.decisions.decided, early.decisions.decided);
  object["time_ratio"] = seconds_per_image(early) / seconds_per_image(full);
  return object;
}

std::string early_text(const simulation_totals& full, const simulation_totals& early) {
  const auto different = count_different(full.decisions.decided, early.decisions.decided);
  return fmt::format(
      "\nstopped at the first output spike:\n{}",
      table_text({{"decisions unlike the full run's", grouped(different), ""},
                  {"spikes simulated", fmt::format("{:.2f}", means_of(early.decisions).spikes_full), "per image"},
                  {"engine time", fmt::format("{:.4g}", 1000 * seconds_per_image(early)), "ms per image"},
                  {"full run's", fmt::format("{:.4g}", 1000 * seconds_per_image(full)), "ms per image"}},
                 false));
}

// With --samples the model is the reference classifier of images that others drew.
void measure_samples(const command_line& line, sample_quality_request request, const model_options& which) {
  for (const auto* option : {"images", "labels", "set", "early-exit"}) line.refuse_both("samples", option);
  request.classifier = *which.model;
  request.engine = which.engine;
  const auto classifier = load_model(line, which);
  if (classifier.label_of_output.empty()) {
    throw std::runtime_error(
        fmt::format("{}: its outputs are no classes, so it cannot classify samples", *which.model));
  }
  print_sample_quality(request, classifier);
}

struct evaluate_run {
  common_options common;
  bool early_exit = false;
  model_options which;
  sample_options samples;
  sample_quality_request drawn;
};

void evaluate_decisions(const command_line& line, const evaluate_run& asked) {
  if (asked.samples.images && !asked.samples.labels) throw usage_error("--images needs --labels to compare with");
  check_early_exit(asked.early_exit, asked.which.engine);
  const auto model = load_model(line, asked.which);
  if (model.label_of_output.empty()) {
    throw std::runtime_error(
        fmt::format("{}: its outputs are no classes, so there is no accuracy", *asked.which.model));
  }
  const auto input = load_samples(line, asked.samples, model, asked.common.seed);
  simulation_options run;
  run.engine = asked.which.engine;
  run.threads = asked.common.threads;
  const auto full = run_samples("evaluate", model, input, run);
  simulation_totals early;
  run.early_exit = asked.early_exit;
  if (asked.early_exit) early = run_samples("early exit", model, input, run);
  if (asked.common.json) {
    json_object object{{"data", input.from}, {"images", full.samples}};
    add_decisions(object, full);
    if (asked.early_exit) object["early_exit"] = early_json(full, early);
    print_json(object);
  } else {
    print(fmt::format("{}: {}\n\n{}{}", input.from, images_text(full.samples), decisions_text(full),
                      asked.early_exit ? early_text(full, early) : ""));
  }
}

command_line evaluate_line(evaluate_run& asked) {
  command_line line("evaluate",
                    "Accuracy, decision time and spikes of a classifier; or drawn images, as it sees them.");
  add_model_options(line, asked.which, false);
  add_sample_options(line, asked.samples, false);
  line.group("Run");
  line.flag("early-exit", asked.early_exit, "also stop each run at its first output spike, and compare");
  line.group("Input");
  line.add("samples", asked.drawn.files, text_list("F.idx,..."), "measure these images against the training images");
  add_common(line, asked.common);
  return line;
}

}  // namespace

command_description describe_evaluate() { return described<evaluate_line>(); }

int run_evaluate(std::span<const std::string> arguments) {
  evaluate_run asked;
  auto line = evaluate_line(asked);
  if (!line.parse(arguments)) return exit_done;
  line.require_one_of(std::array<std::string, 1>{"model"});
  if (asked.drawn.files.empty()) {
    evaluate_decisions(line, asked);
    return exit_done;
  }
  asked.drawn.data = asked.samples.data;
  asked.drawn.count = asked.samples.count;
  asked.drawn.common = asked.common;
  measure_samples(line, asked.drawn, asked.which);
  return exit_done;
}

}  // namespace firstspike
