// What is in a spike trace, for people and programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/apps/output.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// One object: file, populations [{name, neurons, samples, spikes, t_start, t_stop, sorting}], metadata {}, models [].
json_object trace_json(const std::string& file, const spike_trace& trace, const std::vector<std::string>& models);

/// The same as text.
std::string trace_text(const std::string& file, const spike_trace& trace, const std::vector<std::string>& models);

}  // namespace firstspike
