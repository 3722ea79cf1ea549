// The events of one instant of a run, and the distance of its neurons from their thresholds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "firstspike/inspect/timeline.hpp"

namespace firstspike {

struct instant {
  std::size_t position = 0;            ///< after it
  double time = 0;                     ///< [steps]
  std::vector<fan_out> arrived;        ///< whose spikes arrived, in the order in which they were added
  std::vector<std::uint32_t> senders;  ///< whose spikes these are, once for fan-outs that follow each other
  std::vector<std::uint32_t> began;    ///< populations whose fire phase began, in the order of the queue
  std::size_t retracted = 0;           ///< predictions that were due but retracted
  std::vector<std::uint32_t> fired;    ///< neurons (not sources, not bias neurons) that fired, by id
};

/// Moves one instant forward and returns its events; none at the end of the run.
template <class Real>
std::optional<instant> next_instant(timeline<Real>& line);

/// The current state of a neuron.
struct membrane {
  std::uint32_t id = 0;
  double v_m = 0;  ///< at the spike if it has fired, else at the present
  double v_th = 0;
  /// v_th minus its fall from the start of the fire phase to the spike, the present or the end of the phase.
  double threshold = 0;
  double slope = 0;           ///< d v_m / dt at the present [1 / step]; 0 for step neurons, from t_fire or the spike on
  double crossing = never;    ///< predicted [steps] (ramp, and in a fire phase)
  double spike_time = never;  ///< [steps]
  friend bool operator==(const membrane&, const membrane&) = default;
};
/// `id` is a neuron, not a source or bias neuron.
template <class Real>
membrane membrane_of(const timeline<Real>& line, std::uint32_t id);

/// Up to `most` neurons that have not fired, sorted by the distance of v_m from the threshold in units of v_th, then by
/// id. Without a fire phase this is by decreasing v_m / v_th.
template <class Real>
std::vector<membrane> nearest_to_threshold(const timeline<Real>& line, std::size_t most);

}  // namespace firstspike
