// Spikes for a report by running what a training run left through the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/report_neurons.hpp"
#include "firstspike/apps/report_scene.hpp"
#include "firstspike/apps/sample_input.hpp"

namespace firstspike {

/// What a report is made of.
struct report_request {
  std::string directory;                ///< the run's
  std::string out = "report.html";      ///< the page
  std::optional<std::string> trace;     ///< default: the run's trace.h5, where there is one
  sample_options samples{};             ///< --images, --labels, --data, --set, --count
  std::uint64_t shown = 10;             ///< samples that can be chosen in the page
  std::vector<asked_neuron> neurons{};  ///< whose membranes are drawn besides those that matter
  common_options common{};
};

/// Samples run where --count does not say.
inline constexpr std::size_t default_report_samples = 200;

/// The trained model of the run, run on images (a classifier) or on noise, whose images the run's discriminator then
/// sees (a GAN). Nothing, and a note for the reader, where the images that the run learnt from are gone. Throws
/// usage_error for options that do not fit the run, and as load_samples, read_model and simulate do.
std::optional<report_scene> scene_of_model(const command_line& line, const report_request& request,
                                           const loaded_model& model, std::vector<std::string>& notes);

}  // namespace firstspike
