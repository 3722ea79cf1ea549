#include "firstspike/training/generated_images.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

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
  if (trace) trace->finish();
  return drawn;
}

}  // namespace

generated_images generate(const trained_generator& generator, const generation_options& asked,
                          const progress_callback& progress) {
  require(!asked.label || generator.options.conditional,
          "label = {}, allowed: none, as the generator is not conditional and draws what it likes",
          asked.label.value_or(0));
  auto o = generator.options;
  o.seed = asked.seed;
  const auto& model = generator.model;
  return model.single_precision ? draw_all(with_precision<float>(model.net), o, asked, progress)
                                : draw_all(model.net, o, asked, progress);
}

}  // namespace firstspike
