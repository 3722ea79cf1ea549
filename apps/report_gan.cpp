#include "firstspike/apps/report_gan.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "firstspike/apps/drawing.hpp"
#include "firstspike/apps/report_network.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

struct stored_gan {
  gan_options options;
  stored_model generator, discriminator;
};

stored_gan read_gan(const std::string& directory) {
  const auto path = directory + "/model.h5";
  stored_gan gan{{}, read_model(path), read_model(directory + "/discriminator.h5")};
  gan.options = recorded_gan_options(path, gan.generator.facts);
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
  const report_request& request;
  report_scene& scene;
  const shown_network<Real> draws, judges;
};

/// Sample number `number` of the seed, whose generator left `drawn`.
template <class Real>
void add_sample(const gan_scene<Real>& gan, std::uint32_t number, std::span<const double> drawn) {
  const auto& o = gan.options;
  const auto image = drawn.last(o.rows * o.columns);
  const auto label = static_cast<std::uint8_t>(number % gan_classes);
  auto sources = heard_times(o, image_opens(o), image);
  add_class(o, label, sources);
  const auto record = simulate(gan.judges.net, sources, {gan.judges.t_max});
  const auto judged = record.times_of(0);
  count(gan.scene, gan.draws, drawn);
  count(gan.scene, gan.judges, judged);
  if (number >= gan.request.shown) return;
  shown_sample sample{o.conditional ? fmt::format("class {}", label) : "", {}, {}, {}, {}};
  sample.outcome = verdict_text(judged.last(2), image_opens(o));
  sample.pixels = grey_levels(image, image_opens(o), o.t_in);
  show(gan.scene, gan.draws, drawn, gan.request.neurons, sample);
  show(gan.scene, gan.judges, judged, gan.request.neurons, sample);
  gan.scene.samples.push_back(std::move(sample));
}

template <class Real>
report_scene run_gan(const stored_gan& stored, const report_request& request) {
  const auto& o = stored.options;
  const auto generator = with_precision<Real>(stored.generator.net);
  const auto discriminator = with_precision<Real>(stored.discriminator.net);
  report_scene scene;
  const gan_scene<Real> gan{
      o, request, scene, add_network(scene, generator, generator_run_length(o), "generator_"),
      add_network(scene, discriminator, discriminator_run_length(o), "discriminator_", image_opens(o))};
  scene.lanes.back().names = verdict_names;
  scene.image = image_lane{*gan.draws.lane_of[generator.populations().size() - 1], o.rows, o.columns};
  drawing_request asked;
  asked.count = request.samples.count.value_or(default_report_samples);
  asked.threads = request.common.threads;
  std::uint32_t number = 0;
  draw_samples(generator, o, asked, [&](const spike_record& record) {
    for (std::size_t k = 0; k < record.samples; ++k) add_sample(gan, number++, record.times_of(k));
  });
  scene.name = "trained generator, samples of the grid";
  scene.about =
      fmt::format("{} {}", samples_text(number, scene.samples.size()), gan_clocks_text(image_opens(o), o.t_in));
  return scene;
}

}  // namespace

report_scene scene_of_gan(const report_request& request) {
  const auto gan = read_gan(request.directory);
  return gan.generator.single_precision ? run_gan<float>(gan, request) : run_gan<double>(gan, request);
}

std::string gan_clocks_text(double opens, double t_in) {
  return fmt::format(
      "A pixel that fires when the image's window opens, at step {}, is white, one {} steps later black; the "
      "discriminator's time starts there.",
      opens, t_in);
}

}  // namespace firstspike
