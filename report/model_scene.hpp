// Spikes for a report from the trained model of a run.
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
  std::optional<report_accuracy> accuracy{};  ///< of a classifier on images with labels
  std::vector<std::string> missing{};         ///< for the reader of the page: the reason for a missing scene
  std::vector<std::string> data_notes{};      ///< notes of load_images
};

/// Runs the trained model on images (a classifier), or the generator on noise and the discriminator on its images (a
/// GAN). There is no scene if the images of the training run are missing. Throws std::invalid_argument for options that
/// do not fit the run, std::runtime_error, one line, if the images do not fit the network, or model.h5 and
/// discriminator.h5 are not those of a GAN or do not fit the recorded options; also as load_images, read_model and
/// simulate do.
model_scene scene_of_model(const report_options& options, const loaded_model& model, const progress_callback& progress,
                           const progress_function& download);

/// Explains the time axis of a scene with both networks of a GAN to the reader.
std::string gan_clocks_text(double opens, double t_in);

}  // namespace firstspike
