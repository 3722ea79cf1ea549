// `firstspike train gan`
#include <fmt/core.h>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/train_command.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/gan_trainer.hpp"

namespace firstspike {
namespace {

gan_trainer begin(const train_request& request, std::span<const std::string> arguments) {
  return begin_training<gan_trainer>(
      request, gan_training_options_from,
      [&](const gan_training_options& o) {
        return metadata_of_run(command_text("train gan", arguments), o.learn.seed, generator_run_length(o.learn));
      },
      [](const auto& o, const std::string& run) {
        return fmt::format("--steps = {}: {} has taken them", o.steps, run);
      });
}

void report(const gan_trainer& t, const std::string& directory, bool json) {
  if (json) {
    print_json(training_json(t, directory));
    return;
  }
  print(fmt::format(
      "{0}/model.h5: generator\n{0}/discriminator.h5\n{0}/samples.png: {1} uncurated samples\n{0}/metrics.csv\n",
      directory, samples_in_grid));
  if (const auto& record = t.options().record) print(fmt::format("{}: trace of step {}\n", *record, t.steps_taken()));
}

}  // namespace

int run_train_gan(std::span<const std::string> arguments) {
  const auto request = read_gan_request(arguments);
  if (!request) return exit_done;
  auto trainer = begin(*request, arguments);
  show_data(trainer.data());
  const auto directory = request->resume.value_or(request->out);
  std::optional<progress> bar;
  gan_callbacks callbacks;
  callbacks.on_faults = [](auto faults, std::uint64_t) { show_faults(faults); };
  callbacks.on_step = [&](const gan_progress& p) {
    if (!bar) bar.emplace("train", p.steps, "steps");
    bar->at(p.step, fmt::format("generator {:.3f}, discriminator {:.3f}", p.losses.generator, p.losses.discriminator));
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
