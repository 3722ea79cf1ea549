#include "firstspike/training/generated_images.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "firstspike/data/idx.hpp"
#include "firstspike/data/png.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/training/run_directory.hpp"

namespace firstspike {
namespace {

std::vector<double> sources_of(const gan_options& o, const generation_options& asked, std::uint64_t run) {
  std::optional<std::uint8_t> label;
  if (asked.label) label = static_cast<std::uint8_t>(*asked.label);
  const auto in_row = asked.between.value_or(1);
  const auto sample = static_cast<std::uint32_t>(run / in_row);
  const auto from = sample_sources(o, sample, label);
  if (!asked.between) return from;
  const auto share = static_cast<double>(run % in_row) / static_cast<double>(in_row);
  return sources_between(o, from, sample_sources(o, sample + 1, label), share);
}

/// The class of each sample; none if the generator is not conditional, or between two samples.
std::vector<std::uint8_t> labels_of(const gan_options& o, const generation_options& asked, std::uint64_t samples) {
  if (!o.conditional || asked.between) return {};
  std::vector<std::uint8_t> labels;
  for (std::uint64_t sample = 0; sample < samples; ++sample) {
    labels.push_back(static_cast<std::uint8_t>(asked.label.value_or(class_of_sample(o, sample))));
  }
  return labels;
}

void add_images(image_set& images, const gan_options& o, const generation_options& asked,
                std::span<const double> image_times) {
  const auto frames = asked.film.value_or(1);
  for (std::uint64_t frame = 1; frame <= frames; ++frame) {
    double until = asked.until.value_or(never);
    if (frame < frames) until = image_opens(o) + o.t_in * static_cast<double>(frame) / static_cast<double>(frames);
    const auto pixels = drawn_pixels(o, image_times, until);
    images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
    ++images.count;
  }
}

std::optional<spike_trace_writer> trace_of(const generation_options& asked, std::span<const population> populations,
                                           const gan_options& o) {
  if (!asked.trace) return {};
  auto request = *asked.trace;
  record_image_window(request.metadata, o);
  return open_trace(request, populations, generator_run_length(o));
}

template <class Real>
generated_images draw_all(const network<Real>& net, const gan_options& o, const generation_options& asked,
                          const progress_callback& progress) {
  generated_images drawn{{0, o.rows, o.columns, {}, {}}, asked.count * asked.between.value_or(1)};
  auto trace = trace_of(asked, net.populations(), o);
  constexpr std::uint64_t at_once = 256;
  for (std::uint64_t first = 0; first < drawn.samples; first += at_once) {
    report_progress(progress, first, drawn.samples);
    const auto end = std::min<std::uint64_t>(drawn.samples, first + at_once);
    std::vector<double> sources;
    for (auto run = first; run < end; ++run) std::ranges::copy(sources_of(o, asked, run), std::back_inserter(sources));
    const auto start = std::chrono::steady_clock::now();
    const auto record = simulate(net, sources, {generator_run_length(o), asked.run.engine, asked.run.threads, false});
    drawn.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (std::size_t sample = 0; !trace && sample < record.samples; ++sample) {
      add_images(drawn.images, o, asked, record.times_of(sample).subspan(record.neurons - o.rows * o.columns));
    }
    for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
      if (net.populations()[p].kind != population_kind::bias) drawn.spikes += count_spikes(net, record, p);
    }
    if (trace) append_record(*trace, net.populations(), record);
  }
  report_progress(progress, drawn.samples, drawn.samples);
  if (trace) {
    trace->set_labels(labels_of(o, asked, drawn.samples));
    trace->finish();
  }
  return drawn;
}

enum class sample_format { picture, idx, trace };

sample_format format_of(const std::string& path) {
  if (path.ends_with(".png")) return sample_format::picture;
  if (path.ends_with(".idx")) return sample_format::idx;
  require(path.ends_with(".h5"), "out = '{}', allowed: a name that ends with .png, .idx or .h5", path);
  return sample_format::trace;
}

}  // namespace

generated_images generate(const trained_generator& generator, const generation_options& asked,
                          const progress_callback& progress) {
  require(!asked.label || generator.options.conditional,
          "label = {}, allowed: none, as the generator is not conditional and draws what it likes",
          asked.label.value_or(0));
  if (asked.label) class_index(generator.options.classes, static_cast<std::uint8_t>(*asked.label));
  auto o = generator.options;
  o.seed = asked.seed;
  const auto& model = generator.model;
  return model.single_precision ? draw_all(with_precision<float>(model.net), o, asked, progress)
                                : draw_all(model.net, o, asked, progress);
}

void check_generated_file(const generated_file& file, const generation_options& asked) {
  const auto format = format_of(file.path);
  require(!file.columns || (format == sample_format::picture && !asked.film && !asked.between),
          "columns has no effect on {}: allowed for a picture (.png), where neither film nor between fill the rows",
          file.path);
  if (format != sample_format::trace) return;
  constexpr auto why = "{} has no effect on {}: a trace has every spike with its time";
  require(!asked.until, why, "until", file.path);
  require(!asked.film, why, "film", file.path);
}

generated_images generate_file(const trained_generator& generator, const generated_file& file,
                               const generation_options& options, const progress_callback& progress) {
  check_generated_file(file, options);
  if (std::filesystem::exists(file.path) && !file.overwrite) {
    throw std::runtime_error(fmt::format("{}: exists; choose another file, or overwrite it", file.path));
  }
  const auto format = format_of(file.path);
  auto asked = options;
  asked.trace.reset();
  if (format == sample_format::trace) asked.trace = {file.path, {}, file.metadata, file.overwrite};
  auto drawn = generate(generator, asked, progress);
  const auto& images = drawn.images;
  if (format == sample_format::idx) write_idx_images(file.path, images, file.overwrite);
  if (format == sample_format::picture) {
    const auto of_one_sample = asked.film ? asked.film : asked.between;
    const auto in_row = of_one_sample.value_or(file.columns.value_or(10));
    write_png_grid(file.path, images.pixels, images.count, images.rows, images.columns,
                   std::min<std::size_t>(in_row, images.count), 2, file.overwrite);
  }
  return drawn;
}

}  // namespace firstspike
