#include "firstspike/training/generated_images.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "firstspike/data/gif.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/png.hpp"
#include "firstspike/engine/pending_file.hpp"
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
  if (asked.between_classes) {
    const auto of_class = [&](std::uint64_t c) { return sample_sources(o, sample, static_cast<std::uint8_t>(c)); };
    const auto from = of_class(asked.between_classes->first), to = of_class(asked.between_classes->second);
    if (run % in_row == 0) return from;
    if (run % in_row == in_row - 1) return to;
    return sources_between(o, from, to, static_cast<double>(run % in_row) / static_cast<double>(in_row - 1));
  }
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

enum class sample_format { picture, moving_picture, idx, trace };

sample_format format_of(const std::string& path) {
  if (path.ends_with(".png")) return sample_format::picture;
  if (path.ends_with(".gif")) return sample_format::moving_picture;
  if (path.ends_with(".idx")) return sample_format::idx;
  require(path.ends_with(".h5"), "out = '{}', allowed: a name that ends with .png, .gif, .idx or .h5", path);
  return sample_format::trace;
}

bool is_picture(sample_format format) {
  return format == sample_format::picture || format == sample_format::moving_picture;
}

/// Frame k shows image k of each sample, in a grid.
void write_film(const generated_file& file, const image_set& images, std::size_t frames) {
  const auto samples = images.count / frames;
  const auto size = pixels_per_image(images);
  std::vector<picture> pictures;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    image_set shown{samples, images.rows, images.columns, {}, {}};
    for (std::size_t sample = 0; sample < samples; ++sample) {
      const auto pixels = std::span(images.pixels).subspan((sample * frames + frame) * size, size);
      shown.pixels.insert(shown.pixels.end(), pixels.begin(), pixels.end());
    }
    pictures.push_back(draw_grid(shown, {file.columns.value_or(10), 2, file.scale.value_or(1)}));
  }
  write_gif(file.path, pictures, {}, file.overwrite);
}

std::optional<std::uint64_t> images_of_sample(const generation_options& asked) {
  return asked.film ? asked.film : asked.between;
}

}  // namespace

namespace {

/// Options that fit each other and the generator, with all that has a default.
generation_options completed(const gan_options& o, const generation_options& options) {
  require(!options.label || o.conditional, "label = {}, allowed: none, as the generator was trained without classes",
          options.label.value_or(0));
  if (options.label) class_index(o.classes, static_cast<std::uint8_t>(*options.label));
  auto asked = options;
  if (const auto& ends = asked.between_classes) {
    require(o.conditional, "between = '{},{}', allowed: a number, as the generator is not conditional", ends->first,
            ends->second);
    const auto is_class = [&](std::uint64_t label) { return std::ranges::find(o.classes, label) != o.classes.end(); };
    require(is_class(ends->first) && is_class(ends->second), "between = '{},{}', allowed: two of its classes {}",
            ends->first, ends->second, label_list().show(o.classes));
    asked.between = asked.between.value_or(default_frames);
  }
  return asked;
}

}  // namespace

std::vector<double> generator_sources(const trained_generator& generator, const generation_options& options) {
  auto o = generator.options;
  const auto asked = completed(o, options);
  o.seed = asked.seed;
  std::vector<double> sources;
  for (std::uint64_t run = 0; run < asked.count * asked.between.value_or(1); ++run) {
    std::ranges::copy(sources_of(o, asked, run), std::back_inserter(sources));
  }
  return sources;
}

generated_images generate(const trained_generator& generator, const generation_options& options,
                          const progress_callback& progress) {
  auto o = generator.options;
  const auto asked = completed(o, options);
  o.seed = asked.seed;
  const auto& model = generator.model;
  return model.single_precision ? draw_all(with_precision<float>(model.net), o, asked, progress)
                                : draw_all(model.net, o, asked, progress);
}

void check_generated_file(const generated_file& file, const generation_options& asked) {
  const auto format = format_of(file.path);
  require(!asked.label || !asked.between_classes, "label has no effect with between, which gives the classes");
  require(!file.scale || is_picture(format), "scale has no effect on {}: allowed for a picture (.png, .gif)",
          file.path);
  require(!file.columns || format == sample_format::moving_picture ||
              (format == sample_format::picture && !images_of_sample(asked) && !asked.between_classes),
          "columns has no effect on {}: allowed for a picture (.png, .gif), where neither film nor between fill the "
          "rows",
          file.path);
  if (format != sample_format::trace) return;
  constexpr auto why = "{} has no effect on {}: a trace has every spike with its time";
  require(!asked.until, why, "until", file.path);
  require(!asked.film, why, "film", file.path);
}

generated_images generate_file(const trained_generator& generator, const generated_file& file,
                               const generation_options& options, const progress_callback& progress) {
  check_generated_file(file, options);
  check_may_write(file.path, file.overwrite);
  const auto format = format_of(file.path);
  auto asked = completed(generator.options, options);
  asked.trace.reset();
  if (format == sample_format::moving_picture && !images_of_sample(asked)) {
    require(!asked.until, "until has no effect on {}, a film of the whole window; give between, or a picture",
            file.path);
    asked.film = default_frames;
  }
  if (format == sample_format::trace) asked.trace = {file.path, {}, file.metadata, file.overwrite};
  auto drawn = generate(generator, asked, progress);
  const auto& images = drawn.images;
  if (format == sample_format::idx) write_idx_images(file.path, images, file.overwrite);
  if (format == sample_format::picture) {
    const auto in_row = images_of_sample(asked).value_or(file.columns.value_or(10));
    write_png(file.path, draw_grid(images, {in_row, 2, file.scale.value_or(1)}), file.overwrite);
  }
  if (format == sample_format::moving_picture) write_film(file, images, *images_of_sample(asked));
  return drawn;
}

option_kind<film_choice> film_choices() {
  option_kind<film_choice> kind{"N|F.gif", {}, {}};
  kind.path = path_kind::file;
  kind.read = [](const std::string& value) -> film_choice {
    if (value.ends_with(".gif")) return {default_frames, value};
    return {whole_number(2, 1000).read(value), {}};
  };
  kind.show = [](const film_choice& film) {
    return film.file.empty() ? fmt::format("{}", film.images.value_or(0)) : film.file;
  };
  return kind;
}

option_kind<between_choice> between_choices() {
  option_kind<between_choice> kind{"N|A,B[,N]", {}, {}};
  kind.read = [](const std::string& value) -> between_choice {
    std::vector<std::string> parts;
    std::istringstream text(value);
    for (std::string part; std::getline(text, part, ',');) parts.push_back(part);
    const auto images = [](const std::string& part) { return whole_number(2, 1000).read(part); };
    if (parts.size() == 1) return {images(value), {}};
    if (parts.empty() || parts.size() > 3) throw std::invalid_argument("allowed: N, or two classes A,B, or A,B,N");
    const auto label = whole_number(0, 255);
    return {parts.size() == 3 ? images(parts[2]) : default_frames,
            std::pair(label.read(parts[0]), label.read(parts[1]))};
  };
  kind.show = [](const between_choice& between) {
    const auto images = between.images.value_or(default_frames);
    if (!between.classes) return fmt::format("{}", images);
    return fmt::format("{},{},{}", between.classes->first, between.classes->second, images);
  };
  return kind;
}

}  // namespace firstspike
