// `firstspike generate`
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "apps/build_facts.hpp"
#include "apps/commands.hpp"
#include "apps/interrupt.hpp"
#include "apps/options.hpp"
#include "apps/output.hpp"
#include "apps/png.hpp"
#include "apps/progress.hpp"
#include "apps/train_options.hpp"
#include "apps/training_state.hpp"
#include "models/gan.hpp"
#include "models/idx.hpp"
#include "traces/model_file.hpp"
#include "traces/spike_trace_writer.hpp"

namespace firstspike {
namespace {

struct generate_run {
  common_options common;
  std::string model, out;
  std::uint64_t count = 100;
  std::uint64_t columns = 10;
  schedule engine = schedule::heap;
};

enum class sample_format { png, idx, trace };

sample_format format_of(const std::string& out) {
  if (out.ends_with(".png")) return sample_format::png;
  if (out.ends_with(".idx")) return sample_format::idx;
  if (out.ends_with(".h5")) return sample_format::trace;
  throw usage_error(fmt::format("--out = '{}', allowed: a name that ends with .png, .idx or .h5", out));
}

std::optional<generate_run> read_run(std::span<const std::string> arguments) {
  generate_run run;
  command_line line("generate", "Draws images with a trained generator: noise spikes in, one spike per pixel out.");
  add_common(line, run.common, true);
  line.add("model", run.model, text("M.h5"), "a generator, as train gan leaves it");
  line.add("count", run.count, whole_number(1, 10'000'000), "images to draw");
  line.add("out", run.out, text("F.png|F.idx|F.h5"), "picture, images for other programs, or all spikes as a trace");
  line.add("columns", run.columns, whole_number(1, 1000), "images in a row of the picture");
  line.add("engine", run.engine,
           one_of<schedule>({{"heap", schedule::heap}, {"sweep", schedule::sweep}, {"naive", schedule::naive}}),
           "schedule; the result is the same, bit for bit");
  if (!line.parse(arguments)) return {};
  for (const std::string needed : {"model", "out"}) line.require_one_of(std::span(&needed, 1));
  if (line.given("columns") && format_of(run.out) != sample_format::png) {
    throw usage_error("--columns is for --out F.png");
  }
  return run;
}

struct drawing {
  image_set images;
  double seconds = 0;
  std::uint64_t spikes = 0;
};

// Draws in blocks: spikes go to the trace as they come, pixels are kept for a picture or idx file.
template <class Real>
drawing draw_all(const network<Real>& generator, const gan_options& o, const generate_run& run,
                 spike_trace_writer* writer) {
  drawing result{{run.count, o.rows, o.columns, {}, {}}};
  progress bar("generate", run.count, "images");
  constexpr std::uint32_t at_once = 256;
  for (std::uint32_t first = 0; first < run.count; first += at_once) {
    if (interrupted()) throw interruption();
    const auto count = std::min(at_once, static_cast<std::uint32_t>(run.count) - first);
    const auto start = std::chrono::steady_clock::now();
    const auto record = generate(generator, o, first, count, {run.engine, run.common.threads});
    result.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (std::size_t sample = 0; writer == nullptr && sample < record.samples; ++sample) {
      const auto pixels = drawn_pixels(o, record.times_of(sample).subspan(record.neurons - o.rows * o.columns));
      result.images.pixels.insert(result.images.pixels.end(), pixels.begin(), pixels.end());
    }
    for (const auto t : record.times) result.spikes += t != never;
    if (writer != nullptr) append_record(*writer, generator.populations(), record);
    bar.at(first + count);
  }
  bar.finish();
  return result;
}

template <class Real>
int generate_to_file(const generate_run& run, const stored_model& model, gan_options o,
                     std::span<const std::string> arguments) {
  const auto format = format_of(run.out);
  const auto generator = with_precision<Real>(model.net);
  o.seed = run.common.seed;
  std::optional<spike_trace_writer> writer;
  if (format == sample_format::trace) {
    auto facts = facts_of_run("generate", arguments, run.common.seed, o.t_max);
    facts["window_open"] = o.window_open;
    facts["t_in"] = o.t_in;
    writer.emplace(run.out, trace_populations(generator.populations(), o.t_max), facts, run.common.overwrite);
  }
  const auto drawn = draw_all(generator, o, run, writer ? &*writer : nullptr);
  const auto& images = drawn.images;
  if (format == sample_format::trace) writer->finish();
  if (format == sample_format::idx) write_idx_images(run.out, images, run.common.overwrite);
  if (format == sample_format::png) {
    write_png_grid(run.out, images.pixels, images.count, o.rows, o.columns, std::min(run.columns, run.count), 2,
                   run.common.overwrite);
  }
  if (run.common.json) {
    print_json({{"images", run.count}, {"seconds", drawn.seconds}, {"spikes", drawn.spikes}, {"out", run.out}});
  } else {
    print(fmt::format("{}: {} images, {:.1f} spikes each\n", run.out, run.count,
                      static_cast<double>(drawn.spikes) / static_cast<double>(run.count)));
  }
  return exit_done;
}

}  // namespace

int run_generate(std::span<const std::string> arguments) {
  const auto run = read_run(arguments);
  if (!run) return exit_done;
  format_of(run->out);
  const auto model = read_model(run->model);
  const auto options = gan_options_from(run->model, recorded_options(run->model, model.facts, "train gan"));
  const auto drawn = model.net.populations().back().size;
  if (model.net.source_count() != options.noise || drawn != options.rows * options.columns) {
    throw std::runtime_error(fmt::format("{}: {} -> {} neurons, needed: a generator of {} -> {}", run->model,
                                         model.net.source_count(), drawn, options.noise,
                                         options.rows * options.columns));
  }
  if (std::filesystem::exists(run->out) && !run->common.overwrite) {
    throw std::runtime_error(fmt::format("{}: exists; choose another --out, or replace it by --overwrite", run->out));
  }
  return model.single_precision ? generate_to_file<float>(*run, model, options, arguments)
                                : generate_to_file<double>(*run, model, options, arguments);
}

}  // namespace firstspike
