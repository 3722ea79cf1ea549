// `firstspike train classifier`
#include <fmt/core.h>

#include <numeric>
#include <vector>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/decisions_text.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/train_command.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/classifier_trainer.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

std::string readout_text(const readout& r) {
  const auto m = means_of(r);
  return fmt::format(
      "{:.2f} % correct (ties broken), {:.2f} % (ties counted), {:.2f} % (silent = wrong), {} of {} images without an "
      "output spike, decision at step {:.1f}, {:.1f} spikes to decision, {:.1f} in the full window",
      100 * m.accuracy, 100 * m.accuracy_ties_counted, 100 * m.accuracy_silent_wrong, r.no_spike, r.images,
      m.decision_time, m.spikes_to_decision, m.spikes_full);
}

void show_epoch(const epoch_result& e) {
  message(fmt::format("epoch {}: loss {:.5f}, {:.2f} % of training images{}{}", e.epoch + 1, e.loss,
                      100 * e.train_accuracy,
                      e.validation.images > 0 ? "; validation: " + readout_text(e.validation) : "",
                      e.renewed > 0 ? fmt::format("; {} dead hidden neurons drawn anew", e.renewed) : ""));
}

// What would waste an hour: more layers than the rule is good for, fewer epochs than the settings need.
void show_warnings(const classifier_training_options& o) {
  if (const auto depth = exceeded_depth(o.learn); depth > 0) {
    message(fmt::format(
        "warning: --hidden: {} layers; the gradients of rule {} are approximate and are measured up to {} hidden "
        "layer{}: outputs may tie or fall silent; try --regime binary or --regime relu",
        o.learn.hidden.size(), o.learn.learning.rule, depth, depth == 1 ? "" : "s"));
  }
  const auto usual = usual_epochs(o.learn);
  if (o.epochs < usual / 10) {
    message(
        fmt::format("warning: --epochs: {}; the usual settings of kernel, regime and loss are made for {}, and are "
                    "far from their accuracy before {}",
                    o.epochs, usual, usual / 10));
  }
}

classifier_trainer begin(const train_request& request, std::span<const std::string> arguments) {
  return begin_training<classifier_trainer>(
      request, classifier_training_options_from,
      [&](const classifier_training_options& o) {
        return metadata_of_run(command_text("train classifier", arguments), o.learn.seed, run_length(o.learn));
      },
      [](const auto& o, const std::string& run) {
        return fmt::format("--epochs = {}: {} has learnt them", o.epochs, run);
      });
}

void report(const classifier_trainer& t, const std::string& directory, bool json) {
  const auto& o = t.options();
  auto result = training_json(t, directory);
  std::string text = fmt::format("{}: kept from step {}\n", model_path(directory), t.model_step());
  if (t.data().test.count > 0) {
    std::vector<std::uint32_t> all(t.data().test.count);
    std::iota(all.begin(), all.end(), 0u);
    const auto measured = evaluate(t.model(), t.data().test, all, {o.engine, o.threads});
    text += fmt::format("test: {}\n", readout_text(measured));
    add_decisions(result["test"], measured);
  }
  if (json) {
    print_json(result);
  } else {
    print(text);
  }
}

}  // namespace

int run_train_classifier(std::span<const std::string> arguments) {
  const auto request = read_classifier_request(arguments);
  if (!request) return exit_done;
  auto trainer = begin(*request, arguments);
  show_data(trainer.data());
  show_warnings(trainer.options());
  const auto directory = request->resume.value_or(request->out);
  const auto batch = trainer.options().learn.batch;
  std::optional<progress> bar;
  classifier_callbacks callbacks;
  callbacks.on_faults = [](auto faults, std::uint64_t) { show_faults(faults); };
  callbacks.on_epoch = show_epoch;
  callbacks.on_step = [&](const classifier_progress& p) {
    if (!bar) bar.emplace("train", p.steps * batch, "images");
    bar->at(p.step * batch, fmt::format("epoch {}, loss {:.4f}", p.epoch + 1, p.loss));
    return !interrupted();
  };
  if (!trainer.run(callbacks)) {
    message(fmt::format("interrupted at step {}: go on with --resume {}", trainer.steps_taken(), directory));
    return exit_interrupted;
  }
  bar->finish();
  message(fmt::format("note: {}", nir_export_warning));
  report(trainer, directory, request->json);
  return exit_done;
}

}  // namespace firstspike
