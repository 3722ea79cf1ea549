// Spikes for a report by running the model that a training run left.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firstspike/report/report.hpp"
#include "firstspike/report/scene.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

struct model_scene {
  std::optional<report_scene> scene{};
  std::vector<std::string> missing{};     ///< for the reader of the page: why there is no scene
  std::vector<std::string> data_notes{};  ///< what load_images found
};

/// The trained model of the run, run on images (a classifier) or on noise, whose images the run's discriminator then
/// sees (a GAN). No scene where the images that the run learnt from are gone. Throws std::invalid_argument for options
/// that do not fit the run, std::runtime_error, one line, where the images do not fit the network, or model.h5 and
/// discriminator.h5 are not a GAN's or do not fit the recorded options; as load_images, read_model and simulate do.
model_scene scene_of_model(const report_options& options, const loaded_model& model, const progress_callback& progress,
                           const progress_function& download);

/// What the axis of a scene with both networks of a GAN means, for the reader.
std::string gan_clocks_text(double opens, double t_in);

}  // namespace firstspike
