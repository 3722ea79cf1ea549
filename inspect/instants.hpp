// What happens in one instant of a run, and how near its neurons are to their thresholds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "inspect/timeline.hpp"

namespace firstspike {

struct instant {
  std::size_t position = 0;            ///< after it
  double time = 0;                     ///< [steps]
  std::vector<std::uint32_t> arrived;  ///< fan-outs whose spikes arrived, in the order of the queue; those sent without
                                       ///< delay in this very instant come last
  std::size_t retracted = 0;           ///< predictions that were due and no longer held
  std::vector<std::uint32_t> fired;    ///< neurons (not sources, not references) that fired, by id
};

/// Moves one instant forward and says what happened; none at the end of the run.
template <class Real>
std::optional<instant> next_instant(timeline<Real>& line);

/// A neuron as it stands.
struct membrane {
  std::uint32_t id = 0;
  double v_m = 0;  ///< at the crossing for those that have crossed, else at the present
  double v_th = 0;
  double slope = 0;           ///< d v_m / dt at the present [1 / step]; 0 for step neurons and those that have crossed
  double crossing = never;    ///< predicted [steps] (ramp)
  double spike_time = never;  ///< [steps]; later than the present where the neuron waits for its layer's window
  friend bool operator==(const membrane&, const membrane&) = default;
};
/// `id` is a neuron, no source or reference.
template <class Real>
membrane membrane_of(const timeline<Real>& line, std::uint32_t id);

/// Up to `most` neurons that have not crossed their threshold, those with the largest v_m / v_th first, then by id.
template <class Real>
std::vector<membrane> nearest_to_threshold(const timeline<Real>& line, std::size_t most);

}  // namespace firstspike
