// Spikes for a report from a trace: a recorded training step, or any SONATA spike file.
#pragma once

#include <string>
#include <vector>

#include "firstspike/report/report.hpp"
#include "firstspike/report/scene.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

/// A recorded step of a GAN gives two scenes, generated images with both networks and real ones with the discriminator,
/// whose membranes follow from the networks in the trace; so too one of a classifier. Of another trace lanes are the
/// model's (the run's) where it has all its populations in their sizes, and membranes are there where every spike drawn
/// is also the model's. Else lanes are the trace's populations, those called input or noise first, output or image
/// last, and there are no membranes; a population of square size called input or image is drawn as an image. Throws
/// std::runtime_error, one line, for a file that is no trace or contradicts itself.
std::vector<report_scene> scenes_of_trace(const std::string& path, const report_options& options,
                                          const loaded_model& model);

}  // namespace firstspike
