// Spike traces as data of a NIR graph (docs/formats.md, "NIRGraphData").
#pragma once

#include <string>

#include "firstspike/engine/progress.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// Writes NIRGraphData as write_data of NIR's Python package lays it out (github.com/neuromorphs/NIR,
/// nir/serialization.py): a NIRNodeData for each population, with one observable, `spikes`, of type EventData. idx and
/// time are [samples][most spikes of a sample], by time, then id; times are in steps; rows are padded with idx -1 and
/// time +infinity. t_max is t_stop or, if that is never, the time of the last spike + 1. The attribute first_sample of
/// the root is the number of the first sample in the trace. Labels, if known, are the data set /labels [samples].
///
/// `progress` counts samples of populations, and is called before each block. A cancelled call leaves no file. Throws
/// std::runtime_error if the file cannot be written, or exists and `overwrite` is false.
void write_nir_data(const std::string& path, const spike_trace& trace, std::size_t first_sample, bool overwrite,
                    const progress_callback& progress = {});

}  // namespace firstspike
