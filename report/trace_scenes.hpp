// Spikes for a report from a trace: a recorded training step, or any SONATA spike file.
#pragma once

#include <string>
#include <vector>

#include "firstspike/report/report.hpp"
#include "firstspike/report/scene.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

/// A recorded training step of a GAN gives two scenes: generated images with both networks, and real images with the
/// discriminator. Voltage traces are computed with the networks in the trace. A recorded training step of a classifier
/// gives one scene in the same way. For other traces, lanes are those of the run's model if the trace has all its
/// populations with equal sizes; there are voltage traces if every drawn spike is also that of the model. Otherwise
/// lanes are the populations of the trace, those called input or noise first, output or image last, without voltage
/// traces; a population of square size called input or image is drawn as an image. Throws std::runtime_error, one line,
/// if the file is not a trace or is inconsistent.
std::vector<report_scene> scenes_of_trace(const std::string& path, const report_options& options,
                                          const loaded_model& model);

}  // namespace firstspike
