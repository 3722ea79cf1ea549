// `firstspike generate`
#include <fmt/core.h>

#include <filesystem>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/png.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/generated_images.hpp"

namespace firstspike {
namespace {

struct generate_run {
  common_options common;
  std::string model, out;
  generation_options asked;
  std::uint64_t columns = 10;
};

enum class sample_format { png, idx, trace };

sample_format format_of(const std::string& out) {
  if (out.ends_with(".png")) return sample_format::png;
  if (out.ends_with(".idx")) return sample_format::idx;
  if (out.ends_with(".h5")) return sample_format::trace;
  throw usage_error(fmt::format("--out = '{}', allowed: a name that ends with .png, .idx or .h5", out));
}

void check_combinations(const command_line& line, const generate_run& run) {
  for (const std::string needed : {"model", "out"}) line.require_one_of(std::span(&needed, 1));
  line.refuse_both("until", "film");
  line.refuse_both("film", "between");
  const auto format = format_of(run.out);
  if (line.given("columns") && (format != sample_format::png || run.asked.film || run.asked.between)) {
    throw usage_error("--columns is for --out F.png, where neither --film nor --between fill the rows");
  }
  if (format == sample_format::trace && (run.asked.until || run.asked.film)) {
    throw usage_error("--until and --film are for pictures and idx; a trace has every spike with its time");
  }
}

command_line generate_line(generate_run& run) {
  auto& asked = run.asked;
  command_line line("generate", "Draws images with a trained generator: noise spikes in, one spike per pixel out.");
  line.group("Model");
  line.add("model", run.model, file_path("M.h5"), "a generator, as train gan leaves it");
  line.group("Samples");
  line.add("count", asked.count, whole_number(1, 10'000'000), "samples to draw");
  line.group("Output");
  line.add("out", run.out, file_path("F.png|F.idx|F.h5"),
           "picture, images for other programs, or all spikes as a trace");
  line.add("columns", run.columns, whole_number(1, 1000), "images in a row of the picture");
  line.group("Samples");
  line.add("label", asked.label, whole_number(0, gan_classes - 1), "draw this class, with a conditional generator");
  line.add("until", asked.until, real_number(0, longest_window),
           "stop the generator at this time [steps]: pixels that have not fired are black");
  line.add("film", asked.film, whole_number(2, 1000),
           "each sample as so many images, at even times of the image's window");
  line.add("between", asked.between, whole_number(2, 1000),
           "so many images for each sample, from its noise evenly to that of the next");
  line.group("Run");
  line.add("engine", asked.run.engine, scheduler_name(), "scheduler; the result is the same, bit for bit");
  add_common(line, run.common, true);
  return line;
}

std::optional<generate_run> read_run(std::span<const std::string> arguments) {
  generate_run run;
  auto line = generate_line(run);
  if (!line.parse(arguments)) return {};
  check_combinations(line, run);
  run.asked.run.threads = run.common.threads;
  run.asked.seed = run.common.seed;
  return run;
}

std::size_t images_in_row(const generate_run& run, std::size_t images) {
  if (run.asked.film) return *run.asked.film;
  if (run.asked.between) return *run.asked.between;
  return std::min<std::size_t>(run.columns, images);
}

}  // namespace

command_description describe_generate() { return described<generate_line>(); }

int run_generate(std::span<const std::string> arguments) {
  const auto run = read_run(arguments);
  if (!run) return exit_done;
  const auto generator = load_generator(run->model);
  if (run->asked.label && !generator.options.conditional) {
    throw usage_error(
        fmt::format("--label: {} was trained without --conditional on, it draws what it likes", run->model));
  }
  if (std::filesystem::exists(run->out) && !run->common.overwrite) {
    throw std::runtime_error(fmt::format("{}: exists; choose another --out, or replace it by --overwrite", run->out));
  }
  const auto format = format_of(run->out);
  auto asked = run->asked;
  if (format == sample_format::trace) {
    const auto metadata =
        metadata_of_run(command_text("generate", arguments), run->common.seed, generator_run_length(generator.options));
    asked.trace = {run->out, {}, metadata, run->common.overwrite};
  }
  const auto drawn = generate(generator, asked, show_progress("generate", "images"));
  const auto& images = drawn.images;
  if (format == sample_format::idx) write_idx_images(run->out, images, run->common.overwrite);
  if (format == sample_format::png) {
    write_png_grid(run->out, images.pixels, images.count, images.rows, images.columns,
                   images_in_row(*run, images.count), 2, run->common.overwrite);
  }
  if (run->common.json) {
    print_json({{"images", drawn.samples}, {"seconds", drawn.seconds}, {"spikes", drawn.spikes}, {"out", run->out}});
  } else {
    print(fmt::format("{}: {} images, {:.1f} spikes each\n", run->out, drawn.samples,
                      static_cast<double>(drawn.spikes) / static_cast<double>(drawn.samples)));
  }
  return exit_done;
}

}  // namespace firstspike
