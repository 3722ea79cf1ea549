#include "firstspike/apps/report_samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "firstspike/apps/report_gan.hpp"
#include "firstspike/apps/report_network.hpp"
#include "firstspike/apps/simulation.hpp"

namespace firstspike {
namespace {

std::optional<std::string> text_fact(const run_facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  if (found == facts.end() || !std::holds_alternative<std::string>(found->second)) return {};
  return std::get<std::string>(found->second);
}

/// Of the run, whose strokes are drawn again where there is nothing else.
std::uint64_t seed_of(const run_facts& facts) {
  const auto found = facts.find("seed");
  const auto* seed = found == facts.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return seed ? static_cast<std::uint64_t>(*seed) : 1;
}

/// What the user named, else the data set, or the own images, of the run.
sample_options images_of_run(const report_request& request, const run_facts& facts, bool set_is_given) {
  auto samples = request.samples;
  if (!samples.data) samples.digits = text_fact(facts, "option.set").value_or("mnist");
  if (samples.images || samples.labels || samples.data || set_is_given) return samples;
  samples.images = text_fact(facts, "option.images");
  samples.labels = text_fact(facts, "option.labels");
  return samples;
}

sample_input limited(sample_input input, std::size_t most) {
  input.count = std::min(input.count, most);
  if (!input.labels.empty()) input.labels.resize(input.count);
  return input;
}

template <class Real>
void add_sample(report_scene& scene, const shown_network<Real>& shown, const report_request& request,
                const loaded_model& model, const spike_record& record, std::size_t k, std::optional<unsigned> label) {
  const auto times = record.times_of(k);
  const auto outputs = shown.net.first_id(shown.net.populations().size() - 1);
  shown_sample sample{label ? fmt::format("label {}", *label) : "no label", {}, {}, {}, {}};
  sample.outcome =
      decision_text(times.subspan(outputs), record.v_m_of(k).subspan(outputs), model.label_of_output, label);
  show(scene, shown, times, request.neurons, sample);
  if (scene.image) {
    sample.pixels = grey_levels(times.first(scene.image->rows * scene.image->columns), 0, model.t_in);
  }
  scene.samples.push_back(std::move(sample));
}

template <class Real>
report_scene run_classifier(const network<Real>& net, const report_request& request, const loaded_model& model,
                            const sample_input& input) {
  report_scene scene;
  const auto shown = add_network(scene, net, model.t_max);
  name_outputs(scene, model.label_of_output);
  // A model's chain of layers begins with its sources.
  if (input.rows * input.columns > 0) scene.image = image_lane{0, input.rows, input.columns};
  std::size_t seen = 0;
  simulation_options how{model.t_max, schedule::heap, request.common.threads, true};
  run_samples("report", model, input, how, [&](const spike_record& record) {
    for (std::size_t k = 0; k < record.samples; ++k, ++seen) {
      count(scene, shown, record.times_of(k));
      if (seen >= request.shown) continue;
      std::optional<unsigned> label;
      if (!input.labels.empty()) label = input.labels[seen];
      add_sample(scene, shown, request, model, record, k, label);
    }
  });
  scene.name = fmt::format("trained model, {}", input.from);
  scene.about = samples_text(seen, scene.samples.size());
  return scene;
}

}  // namespace

std::optional<report_scene> scene_of_model(const command_line& line, const report_request& request,
                                           const loaded_model& model, std::vector<std::string>& notes) {
  if (text_fact(model.facts, "trained_by") == "train gan") {
    for (const auto* option : {"images", "labels", "data", "set"}) {
      if (line.given(option))
        throw usage_error(fmt::format("--{}: {} is a GAN, which is fed noise", option, request.directory));
    }
    return scene_of_gan(request);
  }
  const auto samples = images_of_run(request, model.facts, line.given("set"));
  if (!request.samples.images && samples.images && !std::filesystem::exists(*samples.images)) {
    notes.push_back(
        fmt::format("No spikes of the trained model: {}, which the run learnt from, is gone; --images names "
                    "others.",
                    *samples.images));
    return {};
  }
  const auto most = samples.count.value_or(default_report_samples);
  const auto input = limited(load_samples(line, samples, model, seed_of(model.facts)), most);
  return std::visit([&](const auto& net) { return run_classifier(net, request, model, input); }, model.net);
}

}  // namespace firstspike
