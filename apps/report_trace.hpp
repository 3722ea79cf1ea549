// Spikes for a report from a trace: a recorded training step, or any SONATA spike file.
#pragma once

#include <string>
#include <vector>

#include "firstspike/apps/report_samples.hpp"
#include "firstspike/apps/report_scene.hpp"

namespace firstspike {

/// A recorded step of a GAN gives two scenes, generated images with both networks and real ones with the discriminator,
/// whose membranes follow from the networks in the trace; so too one of a classifier. Of another trace the membranes
/// follow from `model`, the run's, where populations and spikes are that model's, else there are none. Throws
/// std::runtime_error, one line, for a file that is no trace or contradicts itself.
std::vector<report_scene> scenes_of_trace(const std::string& path, const report_request& request,
                                          const loaded_model& model);

}  // namespace firstspike
