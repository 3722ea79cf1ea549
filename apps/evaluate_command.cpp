// firstspike evaluate: how good and how fast a classifier decides.
#include <fmt/format.h>

#include <array>
#include <span>
#include <vector>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/progress.hpp"
#include "apps/simulation.hpp"

namespace firstspike {
namespace {

struct evaluation {
  simulation_totals totals;
  std::vector<std::uint32_t> decisions;  // [image] the output that decides
};

evaluation evaluate_all(const std::string& what, const runnable& model, const sample_input& input,
                        const simulation_options& run) {
  evaluation done;
  const auto outputs = populations_of(model).back().size;
  done.totals = run_samples(what, model, input, run, [&](const spike_record& record) {
    for (std::size_t sample = 0; sample < record.samples; ++sample) {
      const auto times = record.times_of(sample).last(outputs);
      done.decisions.push_back(decide(times, record.v_m_of(sample).last(outputs), 0, model.t_max).output);
    }
  });
  return done;
}

std::size_t count_different(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different += a[i] != b[i];
  return different;
}

json_object early_json(const evaluation& full, const evaluation& early) {
  json_object object;
  add_decisions(object, early.totals.decisions);
  object["seconds_per_image"] = seconds_per_image(early.totals);
  object["different_decisions"] = count_different(full.decisions, early.decisions);
  object["time_ratio"] = seconds_per_image(early.totals) / seconds_per_image(full.totals);
  return object;
}

std::string early_text(const evaluation& full, const evaluation& early) {
  const auto means = means_of(early.totals.decisions);
  return fmt::format(
      "\nstopped at the first output spike:\n{}",
      table_text({{"decisions unlike the full run's", grouped(count_different(full.decisions, early.decisions)), ""},
                  {"spikes simulated", fmt::format("{:.2f}", means.spikes_full), "per image"},
                  {"engine time", fmt::format("{:.4g}", 1000 * seconds_per_image(early.totals)), "ms per image"},
                  {"full run's", fmt::format("{:.4g}", 1000 * seconds_per_image(full.totals)), "ms per image"}},
                 false));
}

}  // namespace

int run_evaluate(std::span<const std::string> arguments) {
  common_options common;
  bool early_exit = false;
  model_options which;
  sample_options samples;
  command_line line("evaluate", "Accuracy, decision time and spikes of a classifier, over labelled images.");
  add_model_options(line, which, false);
  add_sample_options(line, samples, false);
  line.flag("early-exit", early_exit, "also stop each run at its first output spike, and compare");
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  line.require_one_of(std::array<std::string, 1>{"model"});
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
  const auto full = evaluate_all("evaluate", model, input, run);
  evaluation early;
  run.early_exit = early_exit;
  if (early_exit) early = evaluate_all("early exit", model, input, run);
  if (common.json) {
    json_object object{{"data", input.from}, {"images", full.totals.samples}};
    add_decisions(object, full.totals.decisions);
    object["seconds_per_image"] = seconds_per_image(full.totals);
    if (early_exit) object["early_exit"] = early_json(full, early);
    print_json(object);
  } else {
    print(fmt::format("{}: {}\n\n{}{}", input.from, images_text(full.totals.samples), decisions_text(full.totals),
                      early_exit ? early_text(full, early) : ""));
  }
  return exit_done;
}

}  // namespace firstspike
