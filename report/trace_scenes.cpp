#include "firstspike/report/trace_scenes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include "firstspike/evaluation/readout.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/report/lanes.hpp"
#include "firstspike/report/model_scene.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

template <class T>
T metadata_or(const run_metadata& metadata, const std::string& name, T otherwise) {
  const auto found = metadata.find(name);
  const bool is = found != metadata.end() && std::holds_alternative<T>(found->second);
  return is ? std::get<T>(found->second) : otherwise;
}

std::string step_text(const spike_trace& trace) {
  return fmt::format("recorded training step {}", metadata_or<std::int64_t>(trace.metadata, "step", 0));
}

std::vector<std::string> labels_of(const std::string& path, const spike_trace& trace, std::size_t samples) {
  const auto text = metadata_or<std::string>(trace.metadata, "labels", "");
  std::vector<std::string> labels{""};
  for (const char c : text) {
    if (c == ',') labels.emplace_back();
    if (c != ',') labels.back() += c;
  }
  const auto number = [](const std::string& l) {
    return !l.empty() && l.size() < 4 && l.find_first_not_of("0123456789") == l.npos;
  };
  if (labels.size() != samples || !std::ranges::all_of(labels, number)) {
    throw std::runtime_error(fmt::format("{}: attribute labels = '{}', allowed: {} numbers", path, text, samples));
  }
  return labels;
}

/// A recorded training step of a GAN with both its networks.
template <class Real>
struct gan_step {
  gan_options options;
  network<Real> generator, discriminator;
  spike_record drawn, discriminated;  ///< [batch], [2 batch]: generated, then real
};

template <class Real>
gan_step<Real> read_gan_step(const std::string& path, const spike_trace& trace) {
  gan_step<Real> step{recorded_gan_options(path, trace.metadata),
                      with_precision<Real>(read_model(path, {}, "/models/generator").net),
                      with_precision<Real>(read_model(path, {}, "/models/discriminator").net),
                      {},
                      {}};
  step.drawn = record_from_trace(trace, step.generator.populations(), "generator_");
  step.discriminated = record_from_trace(trace, step.discriminator.populations(), "discriminator_");
  const auto pixels = step.options.rows * step.options.columns;
  if (step.discriminated.samples != 2 * step.drawn.samples || step.generator.populations().back().size != pixels ||
      step.discriminator.source_count() < pixels || step.discriminator.populations().back().size != 2) {
    throw std::runtime_error(
        fmt::format("{}: {} samples of a generator, {} of a discriminator, of {} to {} neurons; "
                    "needed: twice as many, {} to 2 neurons or more",
                    path, step.drawn.samples, step.discriminated.samples, step.discriminator.source_count(),
                    step.discriminator.populations().back().size, pixels));
  }
  return step;
}

template <class Real>
report_scene generated_images(const gan_step<Real>& step, const report_options& options) {
  const auto& o = step.options;
  report_scene scene;
  const auto shown_generator = add_network(scene, step.generator, generator_run_length(o), "generator_");
  const auto shown_discriminator =
      add_network(scene, step.discriminator, discriminator_run_length(o), "discriminator_", image_opens(o));
  scene.lanes.back().names = verdict_names;
  scene.image = image_lane{*shown_generator.lane_of[step.generator.populations().size() - 1], o.rows, o.columns};
  for (std::size_t k = 0; k < step.drawn.samples; ++k) {
    const auto drawn = step.drawn.times_of(k), discriminated = step.discriminated.times_of(k);
    count(scene, shown_generator, drawn);
    count(scene, shown_discriminator, discriminated);
    if (k >= options.shown) continue;
    shown_sample sample{"generated", verdict_text(discriminated.last(2), image_opens(o)), {}, {}, {}};
    sample.pixels = grey_levels(drawn.last(o.rows * o.columns), image_opens(o), o.t_in);
    show(scene, shown_generator, drawn, options.neurons, sample);
    show(scene, shown_discriminator, discriminated, options.neurons, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = fmt::format("{} {}", samples_text(step.drawn.samples, scene.samples.size()),
                            gan_clocks_text(image_opens(o), o.t_in));
  return scene;
}

template <class Real>
report_scene real_images(const gan_step<Real>& step, const report_options& options) {
  const auto& o = step.options;
  report_scene scene;
  const auto shown_discriminator =
      add_network(scene, step.discriminator, discriminator_run_length(o), "discriminator_");
  scene.lanes.back().names = verdict_names;
  scene.image = image_lane{0, o.rows, o.columns};
  for (std::size_t k = step.drawn.samples; k < step.discriminated.samples; ++k) {
    const auto discriminated = step.discriminated.times_of(k);
    count(scene, shown_discriminator, discriminated);
    if (scene.samples.size() >= options.shown) continue;
    shown_sample sample{"real", verdict_text(discriminated.last(2)), {}, {}, {}};
    sample.pixels = grey_levels(discriminated.first(o.rows * o.columns), 0, o.t_in);
    show(scene, shown_discriminator, discriminated, options.neurons, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = samples_text(step.drawn.samples, scene.samples.size());
  return scene;
}

template <class Real>
std::vector<report_scene> gan_scenes(const std::string& path, const spike_trace& trace, const report_options& options) {
  const auto step = read_gan_step<Real>(path, trace);
  std::vector scenes{generated_images(step, options), real_images(step, options)};
  scenes[0].name = step_text(trace) + ", generated images";
  scenes[1].name = step_text(trace) + ", real images";
  return scenes;
}

template <class Real>
report_scene classifier_scene(const std::string& path, const spike_trace& trace, const report_options& options) {
  const auto model = read_model(path, {}, "/models/classifier");
  const auto net = with_precision<Real>(model.net);
  const auto record = record_from_trace(trace, net.populations());
  const auto labels = labels_of(path, trace, record.samples);
  report_scene scene;
  const auto shown = add_network(scene, net, model.t_max);
  name_outputs(scene, model.label_of_output);
  scene.image = image_in(scene, 0);
  for (std::size_t k = 0; k < record.samples; ++k) {
    const auto times = record.times_of(k);
    count(scene, shown, times);
    if (k >= options.shown) continue;
    const auto outputs = times.last(net.populations().back().size);
    shown_sample sample{"label " + labels[k], {}, {}, {}, {}};
    const auto label = static_cast<unsigned>(std::stoul(labels[k]));
    sample.outcome = decision_text(outputs, {}, model.label_of_output, label);
    if (scene.image) sample.pixels = grey_levels(times.first(net.source_count()), 0, model.t_in);
    show(scene, shown, times, options.neurons, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.name = step_text(trace);
  scene.about = samples_text(record.samples, scene.samples.size());
  return scene;
}

// Any other trace.

/// Order in which a population is drawn: 0 first, 2 last.
int place_of(const std::string& name) {
  const auto ends = [&](const char* end) { return name.ends_with(end); };
  if (ends("input") || ends("noise")) return 0;
  return ends("output") || ends("image") ? 2 : 1;
}

std::vector<const population_spikes*> in_order(const spike_trace& trace) {
  std::vector<const population_spikes*> populations;
  for (const auto& p : trace.populations) {
    if (p.n_nodes > 0) populations.push_back(&p);
  }
  std::ranges::stable_sort(populations, {}, [](const auto* p) { return place_of(p->name); });
  return populations;
}

std::optional<image_lane> find_image(const report_scene& scene) {
  for (const auto* called : {"image", "input"}) {
    for (std::size_t lane = 0; lane < scene.lanes.size(); ++lane) {
      const auto image = image_in(scene, lane);
      if (image && scene.lanes[lane].name.ends_with(called)) return image;
    }
  }
  return {};
}

/// The spikes of one sample, by time, then id; none if the population has fewer samples.
lane_spikes events_of(const population_spikes& p, std::size_t sample) {
  lane_spikes spikes;
  if (sample >= p.samples()) return spikes;
  const auto first = p.sample_offsets[sample], end = p.sample_offsets[sample + 1];
  std::vector<std::uint64_t> order(end - first);
  std::iota(order.begin(), order.end(), first);
  std::ranges::sort(order, {}, [&](std::uint64_t e) { return std::tuple(p.timestamps[e], p.node_ids[e]); });
  for (const auto e : order) {
    spikes.ids.push_back(p.node_ids[e]);
    spikes.times.push_back(p.timestamps[e]);
  }
  return spikes;
}

std::vector<double> times_of(const lane_spikes& spikes, std::size_t n_nodes) {
  std::vector<double> times(n_nodes, never);
  for (std::size_t k = 0; k < spikes.ids.size(); ++k) times[spikes.ids[k]] = spikes.times[k];
  return times;
}

void draw_image(const report_scene& scene, const spike_trace& trace, double t_in, shown_sample& sample) {
  if (!scene.image) return;
  const auto times = times_of(sample.spikes[scene.image->lane], scene.lanes[scene.image->lane].n_nodes);
  sample.pixels =
      grey_levels(times, metadata_or(trace.metadata, "image_opens", 0.0), metadata_or(trace.metadata, "t_in", t_in));
}

bool has_all(const spike_trace& trace, std::span<const population> populations) {
  return std::ranges::all_of(populations, [&](const population& wanted) {
    return std::ranges::any_of(trace.populations, [&](const population_spikes& p) {
      return p.name == wanted.name && p.n_nodes == wanted.size && p.samples() == trace.populations[0].samples();
    });
  });
}

template <class Real>
void add_samples(report_scene& scene, const network<Real>& net, const spike_trace& trace, const report_options& options,
                 const loaded_model& model) {
  const auto shown = add_network(scene, net, model.t_max);
  const auto record = record_from_trace(trace, net.populations());
  scene.image = find_image(scene);
  bool same = true;
  for (std::size_t k = 0; k < record.samples; ++k) {
    count(scene, shown, record.times_of(k));
    if (k >= options.shown) continue;
    shown_sample sample;
    same = show(scene, shown, record.times_of(k), options.neurons, sample) && same;
    draw_image(scene, trace, model.t_in, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = samples_text(record.samples, scene.samples.size());
  if (!same) scene.about += " Voltage traces are omitted if the spikes are not those of the run's model.";
}

void add_samples(report_scene& scene, const spike_trace& trace, const report_options& options) {
  const auto populations = in_order(trace);
  std::size_t samples = 0;
  for (const auto* p : populations) {
    add_lane(scene, {p->name, p->n_nodes, {}, 0});
    scene.end = std::max(scene.end, p->t_stop);
    samples = std::max(samples, p->samples());
  }
  scene.image = find_image(scene);
  for (std::size_t k = 0; k < samples; ++k) {
    shown_sample sample;
    for (std::size_t lane = 0; lane < populations.size(); ++lane) {
      sample.spikes.push_back(events_of(*populations[lane], k));
      if (k < populations[lane]->samples()) count(scene.statistics[lane], sample.spikes[lane].times);
    }
    if (k >= options.shown) continue;
    draw_image(scene, trace, 256, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about =
      samples_text(samples, scene.samples.size()) +
      " There are no voltage traces: the trace has no network, and its populations are not those of the run's model.";
}

report_scene scene_of_plain_trace(const std::string& path, const spike_trace& trace, const report_options& options,
                                  const loaded_model& model) {
  report_scene scene;
  if (!trace.populations.empty() && has_all(trace, populations_of(model))) {
    std::visit([&](const auto& net) { add_samples(scene, net, trace, options, model); }, model.net);
  } else {
    add_samples(scene, trace, options);
  }
  scene.name = path;
  return scene;
}

}  // namespace

std::vector<report_scene> scenes_of_trace(const std::string& path, const report_options& options,
                                          const loaded_model& model) {
  const auto trace = read_spike_trace(path);
  const auto models = models_in_trace(path);
  const auto holds = [&](const char* name) { return std::ranges::find(models, name) != models.end(); };
  const bool single = metadata_or<std::string>(trace.metadata, "precision", "f64") == "f32";
  if (holds("generator") && holds("discriminator")) {
    return single ? gan_scenes<float>(path, trace, options) : gan_scenes<double>(path, trace, options);
  }
  if (holds("classifier")) {
    return {single ? classifier_scene<float>(path, trace, options) : classifier_scene<double>(path, trace, options)};
  }
  return {scene_of_plain_trace(path, trace, options, model)};
}

}  // namespace firstspike
