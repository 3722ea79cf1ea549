// firstspike evaluate: how good and how fast a classifier decides.
#include <fmt/format.h>

#include <array>
#include <span>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/progress.hpp"
#include "apps/sample_quality.hpp"
#include "apps/simulation.hpp"

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

// With --samples the model is the judge of images that others drew.
void judge_samples(const command_line& line, sample_quality_request request, const model_options& which) {
  for (const auto* option : {"images", "labels", "set", "count", "early-exit"}) line.refuse_both("samples", option);
  request.judge = *which.model;
  request.engine = which.engine;
  const auto judge = load_runnable(line, which);
  if (judge.label_of_output.empty()) {
    throw std::runtime_error(fmt::format("{}: its outputs are no classes, so it cannot judge", *which.model));
  }
  print_sample_quality(request, judge);
}

}  // namespace

int run_evaluate(std::span<const std::string> arguments) {
  common_options common;
  bool early_exit = false;
  model_options which;
  sample_options samples;
  sample_quality_request drawn;
  command_line line("evaluate",
                    "Accuracy, decision time and spikes of a classifier; or drawn images, as it sees them.");
  add_model_options(line, which, false);
  add_sample_options(line, samples, false);
  line.flag("early-exit", early_exit, "also stop each run at its first output spike, and compare");
  line.add("samples", drawn.files, text_list("F.idx,..."), "judge these images against the training images");
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  line.require_one_of(std::array<std::string, 1>{"model"});
  if (!drawn.files.empty()) {
    drawn.data = samples.data;
    drawn.common = common;
    judge_samples(line, drawn, which);
    return exit_done;
  }
  if (samples.images && !samples.labels) throw usage_error("--images needs --labels, the answers to hold against");
  check_early_exit(early_exit, which.engine);
  const auto model = load_runnable(line, which);
  if (model.label_of_output.empty()) {
    throw std::runtime_error(fmt::format("{}: its outputs are no classes, so there is no accuracy", *which.model));
  }
  const auto input = load_samples(line, samples, model, common.seed);
  simulation_options run;
  run.engine = which.engine;
  run.threads = common.threads;
  const auto full = run_samples("evaluate", model, input, run);
  simulation_totals early;
  run.early_exit = early_exit;
  if (early_exit) early = run_samples("early exit", model, input, run);
  if (common.json) {
    json_object object{{"data", input.from}, {"images", full.samples}};
    add_decisions(object, full);
    if (early_exit) object["early_exit"] = early_json(full, early);
    print_json(object);
  } else {
    print(fmt::format("{}: {}\n\n{}{}", input.from, images_text(full.samples), decisions_text(full),
                      early_exit ? early_text(full, early) : ""));
  }
  return exit_done;
}

}  // namespace firstspike
