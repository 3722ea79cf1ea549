// Ctrl-C, SIGTERM and SIGHUP: commands stop at their next safe point, leave whole files and exit 130.
#pragma once

#include "firstspike/engine/progress.hpp"

namespace firstspike {

/// From now on SIGINT, SIGTERM and SIGHUP, unless it is ignored, are noted for interrupted(); a second one ends the
/// program at once. SIGPIPE is ignored: a closed pipe is then a failed write.
void watch_for_interrupts();

/// Whether one of them has come. Ask once per block of work, at a point where files can be left.
bool interrupted();

/// Cancels a long call of a library once interrupted().
progress_callback until_interrupted();

}  // namespace firstspike
