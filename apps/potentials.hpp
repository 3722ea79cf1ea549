// Times and membrane potentials of one sample, to look at.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "firstspike/apps/output.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// {layer: {"time": [neuron], "v_m": [neuron]}} of the populations named in `layers` that have a membrane; the time of
/// a silent neuron is null. `record` holds one sample with v_m.
json_object potentials_json(const spike_record& record, std::span<const population> populations,
                            const std::vector<std::string>& layers);

/// The same as a table.
std::string potentials_text(const spike_record& record, std::span<const population> populations,
                            const std::vector<std::string>& layers);

}  // namespace firstspike
