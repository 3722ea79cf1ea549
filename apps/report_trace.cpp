#include "firstspike/apps/report_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/apps/report_gan.hpp"
#include "firstspike/apps/report_network.hpp"
#include "firstspike/apps/report_plain_trace.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

template <class T>
T fact_or(const run_facts& facts, const std::string& name, T otherwise) {
  const auto found = facts.find(name);
  const bool is = found != facts.end() && std::holds_alternative<T>(found->second);
  return is ? std::get<T>(found->second) : otherwise;
}

std::string step_text(const spike_trace& trace) {
  return fmt::format("recorded training step {}", fact_or<std::int64_t>(trace.facts, "step", 0));
}

std::vector<std::string> labels_of(const std::string& path, const spike_trace& trace, std::size_t samples) {
  const auto text = fact_or<std::string>(trace.facts, "labels", "");
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

/// A recorded GAN step with both its networks.
template <class Real>
struct gan_step {
  gan_options options;
  network<Real> generator, discriminator;
  spike_record drawn, judged;  ///< [batch], [2 batch]: generated, then real
};

template <class Real>
gan_step<Real> read_gan_step(const std::string& path, const spike_trace& trace) {
  gan_step<Real> step{recorded_gan_options(path, trace.facts),
                      with_precision<Real>(read_model(path, {}, "/models/generator").net),
                      with_precision<Real>(read_model(path, {}, "/models/discriminator").net),
                      {},
                      {}};
  step.drawn = record_from_trace(trace, step.generator.populations(), "generator_");
  step.judged = record_from_trace(trace, step.discriminator.populations(), "discriminator_");
  const auto pixels = step.options.rows * step.options.columns;
  if (step.judged.samples != 2 * step.drawn.samples || step.generator.populations().back().size != pixels ||
      step.discriminator.source_count() < pixels || step.discriminator.populations().back().size != 2) {
    throw std::runtime_error(
        fmt::format("{}: {} samples of a generator, {} of a discriminator, of {} to {} neurons; "
                    "needed: twice as many, {} to 2 neurons or more",
                    path, step.drawn.samples, step.judged.samples, step.discriminator.source_count(),
                    step.discriminator.populations().back().size, pixels));
  }
  return step;
}

template <class Real>
report_scene generated_images(const gan_step<Real>& step, const report_request& request) {
  const auto& o = step.options;
  report_scene scene;
  const auto draws = add_network(scene, step.generator, generator_run_length(o), "generator_");
  const auto judges =
      add_network(scene, step.discriminator, discriminator_run_length(o), "discriminator_", image_opens(o));
  scene.lanes.back().names = verdict_names;
  scene.image = image_lane{*draws.lane_of[step.generator.populations().size() - 1], o.rows, o.columns};
  for (std::size_t k = 0; k < step.drawn.samples; ++k) {
    const auto drawn = step.drawn.times_of(k), judged = step.judged.times_of(k);
    count(scene, draws, drawn);
    count(scene, judges, judged);
    if (k >= request.shown) continue;
    shown_sample sample{"generated", verdict_text(judged.last(2), image_opens(o)), {}, {}, {}};
    sample.pixels = grey_levels(drawn.last(o.rows * o.columns), image_opens(o), o.t_in);
    show(scene, draws, drawn, request.neurons, sample);
    show(scene, judges, judged, request.neurons, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = fmt::format("{} {}", samples_text(step.drawn.samples, scene.samples.size()),
                            gan_clocks_text(image_opens(o), o.t_in));
  return scene;
}

template <class Real>
report_scene real_images(const gan_step<Real>& step, const report_request& request) {
  const auto& o = step.options;
  report_scene scene;
  const auto judges = add_network(scene, step.discriminator, discriminator_run_length(o), "discriminator_");
  scene.lanes.back().names = verdict_names;
  scene.image = image_lane{0, o.rows, o.columns};
  for (std::size_t k = step.drawn.samples; k < step.judged.samples; ++k) {
    const auto judged = step.judged.times_of(k);
    count(scene, judges, judged);
    if (scene.samples.size() >= request.shown) continue;
    shown_sample sample{"real", verdict_text(judged.last(2)), {}, {}, {}};
    sample.pixels = grey_levels(judged.first(o.rows * o.columns), 0, o.t_in);
    show(scene, judges, judged, request.neurons, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = samples_text(step.drawn.samples, scene.samples.size());
  return scene;
}

template <class Real>
std::vector<report_scene> gan_scenes(const std::string& path, const spike_trace& trace, const report_request& request) {
  const auto step = read_gan_step<Real>(path, trace);
  std::vector scenes{generated_images(step, request), real_images(step, request)};
  scenes[0].name = step_text(trace) + ", generated images";
  scenes[1].name = step_text(trace) + ", real images";
  return scenes;
}

template <class Real>
report_scene classifier_scene(const std::string& path, const spike_trace& trace, const report_request& request) {
  const auto model = read_model(path, {}, "/models/classifier");
  const auto net = with_precision<Real>(model.net);
  const auto record = record_from_trace(trace, net.populations());
  const auto labels = labels_of(path, trace, record.samples);
  report_scene scene;
  const auto shown = add_network(scene, net, model.t_max);
  name_outputs(scene, model.label_of_output);
  if (const auto side = square_image(net.source_count())) scene.image = image_lane{0, *side, *side};
  for (std::size_t k = 0; k < record.samples; ++k) {
    const auto times = record.times_of(k);
    count(scene, shown, times);
    if (k >= request.shown) continue;
    const auto outputs = times.last(net.populations().back().size);
    shown_sample sample{"label " + labels[k], {}, {}, {}, {}};
    const auto label = static_cast<unsigned>(std::stoul(labels[k]));
    sample.outcome = decision_text(outputs, {}, model.label_of_output, label);
    if (scene.image) sample.pixels = grey_levels(times.first(net.source_count()), 0, model.t_in);
    show(scene, shown, times, request.neurons, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.name = step_text(trace);
  scene.about = samples_text(record.samples, scene.samples.size());
  return scene;
}

}  // namespace

std::vector<report_scene> scenes_of_trace(const std::string& path, const report_request& request,
                                          const loaded_model& model) {
  const auto trace = read_spike_trace(path);
  const auto models = models_in_trace(path);
  const auto holds = [&](const char* name) { return std::ranges::find(models, name) != models.end(); };
  const bool single = fact_or<std::string>(trace.facts, "precision", "f64") == "f32";
  if (holds("generator") && holds("discriminator")) {
    return single ? gan_scenes<float>(path, trace, request) : gan_scenes<double>(path, trace, request);
  }
  if (holds("classifier")) {
    return {single ? classifier_scene<float>(path, trace, request) : classifier_scene<double>(path, trace, request)};
  }
  return {scene_of_plain_trace(path, trace, request, model)};
}

}  // namespace firstspike
