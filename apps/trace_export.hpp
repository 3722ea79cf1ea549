// Spike traces in other forms.
#pragma once

#include <functional>
#include <string>

#include "firstspike/apps/output.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// Hands out lines `sample,population,neuron,time` after a heading, many at once: by sample, then population, then as
/// recorded. Times are the shortest text that reads back as the same double. The first sample is called first_sample.
void write_csv(const spike_trace& trace, std::size_t first_sample, const text_sink& out);

/// Text into a file that appears whole or not at all: what write() gives to its sink. Throws std::runtime_error where
/// it cannot be written, or exists and `overwrite` is false.
void write_text_file(const std::string& path, bool overwrite, const std::function<void(const text_sink&)>& write);

/// Writes what was read from `source` anew: spikes, facts and models, in the layout and order of spike_trace_writer. A
/// file that this has written comes out byte for byte the same. Errors as in spike_trace_writer.
void write_sonata(const std::string& source, const spike_trace& trace, const std::string& path, bool overwrite);

}  // namespace firstspike
