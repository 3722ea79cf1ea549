#include "firstspike/report/model_scene.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/report/lanes.hpp"
#include "firstspike/training/network_input.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

constexpr std::size_t at_once = 64;  // samples

std::optional<std::string> metadata_string(const run_metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  if (found == metadata.end() || !std::holds_alternative<std::string>(found->second)) return {};
  return std::get<std::string>(found->second);
}

/// The data set of the run; strokes are drawn again.
std::uint64_t seed_of(const run_metadata& metadata) {
  const auto found = metadata.find("seed");
  const auto* seed = found == metadata.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return seed ? static_cast<std::uint64_t>(*seed) : 1;
}

/// The images that the options name, else the data set or the user's own images of the run.
image_request images_of_run(const report_options& options, const run_metadata& metadata) {
  image_request request{options.images, options.labels, {}, options.set.value_or("test")};
  request.data_set.seed = seed_of(metadata);
  if (options.data) request.data_set.directory = *options.data;
  if (!options.data) request.data_set.name = metadata_string(metadata, "option.set").value_or("mnist");
  if (options.images || options.data || options.set) return request;
  request.images = metadata_string(metadata, "option.images");
  request.labels = metadata_string(metadata, "option.labels");
  return request;
}

void check_combination(const report_options& options, const loaded_model& model) {
  require(!options.labels || options.images, "labels needs images, whose labels they are");
  require(!options.images || !options.data, "images and data, allowed: one of them");
  require(!options.images || !options.set, "images and set, allowed: one of them");
  require(!options.labels || !model.label_of_output.empty(), "labels: the network's outputs are no classes");
}

template <class Real>
void add_sample(report_scene& scene, const shown_network<Real>& shown, const report_options& options,
                const loaded_model& model, const spike_record& record, std::size_t k, std::optional<unsigned> label) {
  const auto times = record.times_of(k);
  const auto outputs = shown.net.first_id(shown.net.populations().size() - 1);
  shown_sample sample{label ? fmt::format("label {}", *label) : "no label", {}, {}, {}, {}};
  sample.outcome =
      decision_text(times.subspan(outputs), record.v_m_of(k).subspan(outputs), model.label_of_output, label);
  show(scene, shown, times, options.neurons, sample);
  sample.pixels = grey_levels(times.first(scene.image->rows * scene.image->columns), 0, model.t_in);
  scene.samples.push_back(std::move(sample));
}

template <class Real>
model_scene run_classifier(const network<Real>& net, const report_options& options, const loaded_model& model,
                           const image_request& request, const network_input& input,
                           const progress_callback& progress) {
  report_scene scene;
  const auto shown = add_network(scene, net, model.t_max);
  name_outputs(scene, model.label_of_output);
  scene.image = image_lane{0, input.rows, input.columns};  // the first lane is that of the sources
  // All images count for the accuracy, some of them for the scene.
  const auto samples = options.count ? input.count : std::min(input.count, default_report_samples);
  const auto count_of_run = input.labels.empty() ? samples : input.count;
  readout decisions;
  for (std::size_t first = 0; first < count_of_run; first += at_once) {
    report_progress(progress, first, count_of_run);
    const auto sources = input.times(first, std::min(count_of_run, first + at_once));
    const auto record = simulate(net, sources, {model.t_max, scheduler::automatic, options.threads, true});
    if (!input.labels.empty()) {
      const auto labels = std::span(input.labels).subspan(first, record.samples);
      add(decisions, read_out(net, record, labels, model.label_of_output, model.t_max));
    }
    for (std::size_t k = 0; k < record.samples && first + k < samples; ++k) {
      count(scene, shown, record.times_of(k));
      if (first + k >= options.shown) continue;
      std::optional<unsigned> label;
      if (!input.labels.empty()) label = input.labels[first + k];
      add_sample(scene, shown, options, model, record, k, label);
    }
  }
  report_progress(progress, count_of_run, count_of_run);
  scene.name = fmt::format("trained model, {}", input.from);
  scene.about = samples_text(samples, scene.samples.size());
  model_scene result{std::move(scene)};
  if (decisions.images > 0) {
    const auto kind = request.images ? "" : request.part == "train" ? "training " : "test ";
    result.accuracy = report_accuracy{fmt::format("{} {}images of {}", grouped(decisions.images), kind, input.from),
                                      means_of(decisions).accuracy};
  }
  return result;
}

struct stored_gan {
  gan_options options;
  stored_model generator, discriminator;
};

stored_gan read_gan(const std::string& directory) {
  const auto path = directory + "/model.h5";
  stored_gan gan{{}, read_model(path), read_model(directory + "/discriminator.h5")};
  gan.options = recorded_gan_options(path, gan.generator.metadata);
  const auto& o = gan.options;
  const auto& g = gan.generator.net;
  const auto& d = gan.discriminator.net;
  const std::array found{g.source_count(), g.populations().back().size, d.source_count(), d.populations().back().size};
  const std::array needed{generator_sources(o), o.rows * o.columns, discriminator_sources(o), 2u};
  if (found != needed) {
    throw std::runtime_error(
        fmt::format("{} and discriminator.h5: networks of {} neurons (noise, image, input, output), "
                    "needed: {}",
                    path, fmt::join(found, ", "), fmt::join(needed, ", ")));
  }
  return gan;
}

template <class Real>
struct gan_scene {
  const gan_options& options;
  const report_options& asked;
  report_scene& scene;
  const shown_network<Real> shown_generator, shown_discriminator;
};

/// Sample `number` of the seed, with the generator's spikes `drawn`.
template <class Real>
void add_sample(const gan_scene<Real>& gan, std::uint32_t number, std::span<const double> drawn) {
  const auto& o = gan.options;
  const auto image = drawn.last(o.rows * o.columns);
  const auto label = class_of_sample(o, number);
  auto sources = discriminator_input(o, image_opens(o), image);
  add_class(o, label, sources, class_time(o));
  const auto record = simulate(gan.shown_discriminator.net, sources, {gan.shown_discriminator.t_max});
  const auto discriminated = record.times_of(0);
  count(gan.scene, gan.shown_generator, drawn);
  count(gan.scene, gan.shown_discriminator, discriminated);
  if (number >= gan.asked.shown) return;
  shown_sample sample{o.conditional ? fmt::format("class {}", label) : "", {}, {}, {}, {}};
  sample.outcome = verdict_text(discriminated.last(2), image_opens(o));
  sample.pixels = grey_levels(image, image_opens(o), o.t_in);
  show(gan.scene, gan.shown_generator, drawn, gan.asked.neurons, sample);
  show(gan.scene, gan.shown_discriminator, discriminated, gan.asked.neurons, sample);
  gan.scene.samples.push_back(std::move(sample));
}

template <class Real>
report_scene run_gan(const stored_gan& stored, const report_options& options, const progress_callback& progress) {
  const auto& o = stored.options;
  const auto generator = with_precision<Real>(stored.generator.net);
  const auto discriminator = with_precision<Real>(stored.discriminator.net);
  report_scene scene;
  const gan_scene<Real> gan{
      o, options, scene, add_network(scene, generator, generator_run_length(o), "generator_"),
      add_network(scene, discriminator, discriminator_run_length(o), "discriminator_", image_opens(o))};
  scene.lanes.back().names = verdict_names;
  scene.image = image_lane{*gan.shown_generator.lane_of[generator.populations().size() - 1], o.rows, o.columns};
  const auto samples = static_cast<std::uint32_t>(options.count.value_or(default_report_samples));
  for (std::uint32_t first = 0; first < samples; first += at_once) {
    report_progress(progress, first, samples);
    std::vector<double> sources;
    for (auto number = first; number < std::min<std::uint32_t>(samples, first + at_once); ++number) {
      std::ranges::copy(sample_sources(o, number, {}), std::back_inserter(sources));
    }
    const auto record =
        simulate(generator, sources, {generator_run_length(o), scheduler::automatic, options.threads, false});
    for (std::uint32_t k = 0; k < record.samples; ++k) add_sample(gan, first + k, record.times_of(k));
  }
  report_progress(progress, samples, samples);
  scene.name = "trained generator, samples of the grid";
  scene.about =
      fmt::format("{} {}", samples_text(samples, scene.samples.size()), gan_clocks_text(image_opens(o), o.t_in));
  return scene;
}

/// The input of a GAN is noise, so options for images are rejected.
void refuse_images(const report_options& options) {
  const std::pair<const char*, const std::optional<std::string>&> all[]{
      {"images", options.images}, {"labels", options.labels}, {"data", options.data}, {"set", options.set}};
  for (const auto& [name, value] : all) {
    require(!value, "{}: {} is a GAN, whose input is noise", name, options.run_directory);
  }
}

}  // namespace

model_scene scene_of_model(const report_options& options, const loaded_model& model, const progress_callback& progress,
                           const progress_function& download) {
  if (metadata_string(model.metadata, "trained_by") == "train gan") {
    refuse_images(options);
    const auto gan = read_gan(options.run_directory);
    return {gan.generator.single_precision ? run_gan<float>(gan, options, progress)
                                           : run_gan<double>(gan, options, progress)};
  }
  check_combination(options, model);
  const auto request = images_of_run(options, model.metadata);
  if (!options.images && request.images && !std::filesystem::exists(*request.images)) {
    return {
        {},
        {},
        {fmt::format("No spikes of the trained model: {}, which the run was trained on, is missing; the option images "
                     "names others.",
                     *request.images)}};
  }
  const auto input = load_input(model, {request, {}, options.count, {}}, download);
  auto result = std::visit(
      [&](const auto& net) { return run_classifier(net, options, model, request, input, progress); }, model.net);
  result.data_notes = input.notes;
  return result;
}

std::string gan_clocks_text(double opens, double t_in) {
  return fmt::format(
      "A pixel that fires at the start of the image window, at time step {}, is white; {} steps later it is black. "
      "The discriminator's time starts there.",
      opens, t_in);
}

}  // namespace firstspike
