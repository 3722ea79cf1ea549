#include "firstspike/apps/drawing.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/models/gan_options.hpp"

namespace firstspike {
namespace {

std::vector<double> sources_of(const gan_options& o, const drawing_request& asked, std::uint64_t run) {
  std::optional<std::uint8_t> label;
  if (asked.label) label = static_cast<std::uint8_t>(*asked.label);
  const auto in_row = asked.between.value_or(1);
  const auto sample = static_cast<std::uint32_t>(run / in_row);
  const auto from = sample_sources(o, sample, label);
  if (!asked.between) return from;
  const auto share = static_cast<double>(run % in_row) / static_cast<double>(in_row);
  return sources_between(o, from, sample_sources(o, sample + 1, label), share);
}

void add_images(image_set& images, const gan_options& o, const drawing_request& asked,
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

}  // namespace

template <class Real>
drawing draw_samples(const network<Real>& generator, const gan_options& o, const drawing_request& asked,
                     const record_sink& sink) {
  drawing result{{0, o.rows, o.columns, {}, {}}, asked.count * asked.between.value_or(1), 0, 0};
  progress bar("generate", result.samples, "images");
  constexpr std::uint64_t at_once = 256;
  for (std::uint64_t first = 0; first < result.samples; first += at_once) {
    if (interrupted()) throw interruption();
    const auto end = std::min<std::uint64_t>(result.samples, first + at_once);
    std::vector<double> sources;
    for (auto run = first; run < end; ++run) std::ranges::copy(sources_of(o, asked, run), std::back_inserter(sources));
    const auto start = std::chrono::steady_clock::now();
    const auto record = simulate(generator, sources, {generator_run_length(o), asked.engine, asked.threads, false});
    result.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (std::size_t sample = 0; !sink && sample < record.samples; ++sample) {
      add_images(result.images, o, asked, record.times_of(sample).subspan(record.neurons - o.rows * o.columns));
    }
    for (std::uint32_t p = 0; p < generator.populations().size(); ++p) {
      if (generator.populations()[p].kind != population_kind::bias) result.spikes += count_spikes(generator, record, p);
    }
    if (sink) sink(record);
    bar.at(end);
  }
  bar.finish();
  return result;
}

template drawing draw_samples(const network<float>&, const gan_options&, const drawing_request&, const record_sink&);
template drawing draw_samples(const network<double>&, const gan_options&, const drawing_request&, const record_sink&);

}  // namespace firstspike
