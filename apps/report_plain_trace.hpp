// Spikes for a report from a trace that is no recorded training step.
#pragma once

#include <string>

#include "firstspike/apps/report_samples.hpp"
#include "firstspike/apps/report_scene.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// Lanes are the model's where the trace has all its populations in their sizes, and membranes where every spike drawn
/// is also the model's. Else lanes are the trace's populations, those called input or noise first, output or image
/// last, and there are no membranes. A population of square size called input or image is drawn as an image.
report_scene scene_of_plain_trace(const std::string& path, const spike_trace& trace, const report_request& request,
                                  const loaded_model& model);

}  // namespace firstspike
