// firstspike evaluate: how good and how fast a classifier decides.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/decisions_text.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/training/sample_files.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike {
namespace {

json_object early_json(const sample_totals& full, const sample_totals& early) {
  json_object object;
  add_decisions(object, early);
  object["different_decisions"] = different_decisions(full.decisions, early.decisions);
  object["time_ratio"] = seconds_per_sample(early) / seconds_per_sample(full);
  return object;
}

std::string early_text(const sample_totals& full, const sample_totals& early) {
  const auto different = different_decisions(full.decisions, early.decisions);
  return fmt::format(
      "\nstopped at the first output spike:\n{}",
      table_text({{"decisions unlike the full run's", grouped(different), ""},
                  {"spikes simulated", fmt::format("{:.2f}", means_of(early.decisions).spikes_full), "per image"},
                  {"engine time", fmt::format("{:.4g}", 1000 * seconds_per_sample(early)), "ms per image"},
                  {"full run's", fmt::format("{:.4g}", 1000 * seconds_per_sample(full)), "ms per image"}},
                 false));
}

struct evaluate_run {
  common_options common;
  bool early_exit = false;
  model_options which;
  sample_options samples;
  std::vector<std::string> drawn;  // idx images
};

loaded_model load_classifier(const command_line& line, const model_options& which, std::string_view without) {
  auto model = load_model(line, which);
  if (!model.label_of_output.empty()) return model;
  if (const auto by = model.metadata.find("trained_by"); by != model.metadata.end()) {
    throw std::runtime_error(
        fmt::format("{}: was written by {}, needed: a classifier", *which.model, metadata_text(by->second)));
  }
  throw std::runtime_error(
      fmt::format("{}: its outputs are no classes, so {}; --label-map says which is which", *which.model, without));
}

json_object quality_json(const sample_quality& q, double nearest_to_test_ratio) {
  return {{"name", q.name},
          {"images", q.images},
          {"class_shares", q.class_shares},
          {"least_share", std::ranges::min(q.class_shares)},
          {"confidence", q.confidence},
          {"frechet", q.frechet},
          {"precision", q.covered.precision},
          {"recall", q.covered.recall},
          {"nearest_training_image", q.nearest_train},
          {"nearest_to_test_ratio", nearest_to_test_ratio},
          {"closest_two", q.closest_two}};
}

/// A row for each measure and the share of each class, a column for each set.
std::string quality_text(const measured_files& found, std::span<const std::uint8_t> classes) {
  std::vector<std::vector<std::string>> rows{
      {"images"}, {"Fréchet"},           {"confidence"},          {"rarest class"}, {"precision"},
      {"recall"}, {"to training image"}, {"of the test images'"}, {"closest two"}};
  for (const auto label : classes) rows.push_back({fmt::format("share of {}", label)});
  const auto per_cent = [](double share) { return fmt::format("{:.2f} %", 100 * share); };
  for (std::size_t i = 0; i < found.sets.size(); ++i) {
    const auto& q = found.sets[i];
    std::vector<std::string> column{q.name,
                                    fmt::format("{:.3f}", q.frechet),
                                    fmt::format("{:.4f}", q.confidence),
                                    per_cent(std::ranges::min(q.class_shares)),
                                    fmt::format("{:.3f}", q.covered.precision),
                                    fmt::format("{:.3f}", q.covered.recall),
                                    fmt::format("{:.0f}", q.nearest_train),
                                    fmt::format("{:.3f}", found.nearest_to_test_ratio[i]),
                                    fmt::format("{:.0f}", q.closest_two)};
    for (const auto share : q.class_shares) column.push_back(per_cent(share));
    for (std::size_t row = 0; row < rows.size(); ++row) rows[row].push_back(column[row]);
  }
  return fmt::format(
      "{}\nAll but the distances are as one classifier sees the images, and all depend on\n"
      "their number: compare only values of the same classifier and of equally many\nimages, here {}.\n",
      table_text(rows), grouped(found.sets[0].images));
}

// With --samples the model is the reference classifier of images that others drew.
void measure_samples(const command_line& line, const evaluate_run& asked) {
  for (const auto* option : {"images", "labels", "set", "early-exit"}) line.refuse_both("samples", option);
  const auto classifier = load_classifier(line, asked.which, "it cannot classify samples");
  sample_files_request request{
      asked.drawn, {}, asked.samples.count, asked.common.seed, {asked.which.engine, asked.common.threads}};
  if (!asked.samples.data) request.digits = with_options_named(line, [&] { return data_set_of(classifier.metadata); });
  request.digits.directory = asked.samples.data;
  download_bar bar;
  const auto found = measure_files(classifier, request, show_progress("evaluate", "images"), bar.function());
  for (const auto& note : found.notes) message(note);
  auto list = json_object::array();
  for (std::size_t i = 0; i < found.sets.size(); ++i) {
    list.push_back(quality_json(found.sets[i], found.nearest_to_test_ratio[i]));
  }
  print_result(
      asked.common.json,
      {{"classifier", *asked.which.model}, {"judge", *asked.which.model}, {"data", found.data}, {"sets", list}},
      quality_text(found, classifier.label_of_output));
}

void evaluate_decisions(const command_line& line, const evaluate_run& asked) {
  if (asked.samples.images && !asked.samples.labels) throw usage_error("--images needs --labels to compare with");
  if (line.given("seed")) throw usage_error("--seed needs --samples, which are compared with noise");
  check_early_exit(asked.early_exit, asked.which.engine);
  const auto model = load_classifier(line, asked.which, "there is no accuracy");
  const auto input = load_samples(line, asked.samples, model);
  sample_run_options run{{asked.which.engine, asked.common.threads}};
  const auto full = run_samples(model, input, run, show_progress("evaluate", "images"));
  json_object object{{"data", input.from}, {"images", full.samples}, {"scheduler", schedulers().show(full.engine)}};
  add_decisions(object, full);
  add_mistakes(object, full.decisions, input.labels, model.label_of_output);
  auto text = fmt::format("{}: {}\n\n{}\n{}", printable(input.from), images_text(full.samples), decisions_text(full),
                          mistakes_text(full.decisions, input.labels, model.label_of_output));
  if (asked.early_exit) {
    run.early_exit = true;
    const auto early = run_samples(model, input, run, show_progress("early exit", "images"));
    object["early_exit"] = early_json(full, early);
    text += early_text(full, early);
  }
  print_result(asked.common.json, object, text);
}

command_line evaluate_line(evaluate_run& asked) {
  command_line line("evaluate",
                    "Accuracy, decision time and spikes of a classifier; or drawn images, as it sees them.");
  add_model_options(line, asked.which, false);
  add_sample_options(line, asked.samples, false);
  line.group("Run");
  line.flag("early-exit", asked.early_exit, "also stop each run at its first output spike, and compare");
  line.group("Input");
  line.add("samples", asked.drawn, text_list("F.idx,..."), "measure these images against the training images");
  add_common(line, asked.common, {.seed = true, .threads = true});
  return line;
}

}  // namespace

command_description describe_evaluate() { return described<evaluate_line>(); }

int run_evaluate(std::span<const std::string> arguments) {
  evaluate_run asked;
  auto line = evaluate_line(asked);
  if (!line.parse(arguments)) return exit_done;
  line.require_one_of(std::array<std::string, 1>{"model"});
  if (asked.drawn.empty()) {
    evaluate_decisions(line, asked);
  } else {
    measure_samples(line, asked);
  }
  return exit_done;
}

}  // namespace firstspike
