// `firstspike generate`
#include <fmt/core.h>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/generated_images.hpp"
#include "firstspike/training/pretrained.hpp"

namespace firstspike {
namespace {

struct generate_run {
  common_options common;
  std::string model = "digits-generator";
  generated_file out{"samples.png"};
  generation_options asked;
  film_choice film;
  between_choice between;
};

command_line generate_line(generate_run& run) {
  auto& asked = run.asked;
  command_line line("generate", "Draws images with a trained generator: noise spikes in, one spike per pixel out.");
  line.group("Model");
  line.add("model", run.model, file_path("M.h5|NAME"), "a generator, as train gan leaves it, or a pretrained one");
  line.group("Samples");
  line.add("count", asked.count, whole_number(1, 10'000'000), "samples to draw");
  line.group("Output");
  line.add("out", run.out.path, file_path("F.png|F.gif|F.idx|F.h5"),
           "picture, film, images for other programs, or all spikes as a trace");
  line.add("columns", run.out.columns, whole_number(1, 1000), "images in a row of the picture");
  line.show_default("columns", "10");
  line.add("scale", run.out.scale, whole_number(1, 64), "each pixel of a picture as a square of this side");
  line.group("Samples");
  line.add("label", asked.label, whole_number(0, 255), "draw this class, with a conditional generator");
  line.add("until", asked.until, real_number(0, longest_window),
           "stop the generator at this time [steps]: pixels that have not fired are black");
  line.add("film", run.film, film_choices(),
           "each sample as N images, at even times of its window; or as a moving F.gif");
  line.add("between", run.between, between_choices(),
           "N images from each sample's noise to the next, or from class A to B");
  line.show_default("film", "");
  line.show_default("between", "");
  line.group("Run");
  line.add("engine", asked.run.engine, schedulers(), "scheduler; the result is the same, bit for bit");
  add_common(line, run.common, {.seed = true, .threads = true, .files = true});
  return line;
}

}  // namespace

command_description describe_generate() { return described<generate_line>(); }

int run_generate(std::span<const std::string> arguments) {
  generate_run run;
  auto line = generate_line(run);
  if (!line.parse(arguments)) return exit_done;
  line.refuse_both("until", "film");
  line.refuse_both("film", "between");
  if (!run.film.file.empty()) line.refuse_both("film", "out");
  if (!run.film.file.empty()) run.out.path = run.film.file;
  run.asked.film = run.film.images;
  run.asked.between = run.between.images;
  run.asked.between_classes = run.between.classes;
  with_options_named(line, [&] { check_generated_file(run.out, run.asked); });
  run.asked.run.threads = run.common.threads;
  run.asked.seed = run.common.seed;
  run.out.overwrite = run.common.overwrite;
  const auto generator = load_generator(model_file(run.model));
  run.out.metadata =
      metadata_of_run(command_text("generate", arguments), run.common.seed, generator_run_length(generator.options));
  const auto drawn = with_options_named(
      line, [&] { return generate_file(generator, run.out, run.asked, show_progress("generate", "images")); });
  print_result(run.common.json,
               {{"images", drawn.samples}, {"seconds", drawn.seconds}, {"spikes", drawn.spikes}, {"out", run.out.path}},
               fmt::format("{}: {} images, {:.1f} spikes each\n", run.out.path, drawn.samples,
                           static_cast<double>(drawn.spikes) / static_cast<double>(drawn.samples)));
  return exit_done;
}

}  // namespace firstspike
