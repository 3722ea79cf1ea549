// Spikes for a report from a GAN's two networks: what the generator draws, and what the discriminator makes of it.
#pragma once

#include "firstspike/apps/report_samples.hpp"
#include "firstspike/apps/report_scene.hpp"

namespace firstspike {

/// Runs both networks of the run directory on the noise of its sample grid. Throws std::runtime_error, one line, where
/// model.h5 and discriminator.h5 are not a GAN's, or do not fit the recorded options.
report_scene scene_of_gan(const report_request& request);

/// What the axis of a scene with both networks means, for the reader.
std::string gan_clocks_text(double opens, double t_in);

}  // namespace firstspike
