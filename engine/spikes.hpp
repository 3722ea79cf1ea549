// The record of a run: one firing time per neuron and sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/time.hpp"

namespace firstspike {

/// The spike of a neuron.
struct spike {
  std::uint32_t source;  ///< global neuron id
  double time;           ///< [steps], in [0, t_max)
  friend bool operator==(const spike&, const spike&) = default;
};

/// The firing times of `samples` independent runs of one network.
struct spike_record {
  std::size_t samples = 0;
  std::size_t neurons = 0;
  std::vector<double> times;  ///< [sample][neuron], row-major, by global id, [steps]; `never` = silent
  /// [sample][neuron], row-major: the membrane potential at the threshold crossing or, without a crossing, at
  /// min(t_close, t_max). In a fire phase it is v_m(t_fire). Empty unless requested; 0 for sources and bias neurons.
  std::vector<double> v_m;

  std::span<const double> times_of(std::size_t sample) const {
    return std::span(times).subspan(sample * neurons, neurons);
  }
  std::span<const double> v_m_of(std::size_t sample) const { return std::span(v_m).subspan(sample * neurons, neurons); }
};

}  // namespace firstspike
