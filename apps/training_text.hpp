// What a user is told while a training run goes on.
#pragma once

#include <span>

#include "firstspike/apps/output.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/training_data.hpp"

namespace firstspike {

/// Says on stderr which data are used, and what was refused on the way.
void show_data(const training_data& data);

/// Warns of each fault by one line on stderr.
void show_faults(std::span<const layer_warning> faults);

/// [{"network", "layer", "silent", "since_step"}]
json_object as_json(std::span<const layer_warning> faults);

}  // namespace firstspike
