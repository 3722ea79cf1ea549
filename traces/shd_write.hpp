// One population's spikes in the layout of the Spiking Heidelberg Digits (docs/formats.md, "SHD").
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "firstspike/engine/progress.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// Writes /spikes/times and /spikes/units [samples], a list of float32 [s] and one of neuron ids for each sample, by
/// time, then id, and /labels [samples] unless `labels` is empty (layout: Cramer et al. 2020, compneuro.net, where
/// times are float16). Times are float64 where two different times of a sample would be one float32. Ids are uint16, or
/// uint32 where the population has more than 65,536 neurons. Attributes of the root: `layer`, n_units, and
/// first_sample, the number of the first sample in the trace.
///
/// `progress` counts samples of populations, and is called before each block. A cancelled call leaves no file. Throws
/// std::invalid_argument if the numbers of labels and samples differ, and for more than 2^32 neurons,
/// std::runtime_error if the file cannot be written, or exists and `overwrite` is false.
void write_shd(const std::string& path, const population_spikes& spikes, std::span<const std::uint8_t> labels,
               std::size_t first_sample, bool overwrite, const progress_callback& progress = {});

}  // namespace firstspike
