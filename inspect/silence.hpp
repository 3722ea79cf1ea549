// Why a neuron has not fired: how close it came, and what stopped it.
#pragma once

#include <cstdint>
#include <optional>

#include "inspect/causes.hpp"

namespace firstspike {

enum class stopped_by : std::uint8_t {
  nothing_so_far,   ///< it is going to fire if nothing else arrives: predicted, or waiting for its window
  nothing_arrived,  ///< no spike reached it through a synapse that is not 0
  too_little,       ///< excitation alone would not have been enough, or not in time
  inhibition,       ///< without its negative arrivals it would have fired
  window,           ///< currents stopped and arrivals were lost at the window's end, before it crossed
  late_opening,     ///< it crossed, and its layer's window opens at the run's end or later
};

struct silence {
  std::uint32_t id = 0;
  double until = 0;  ///< [steps], how far it was looked at: the present or the window's end
  double v_th = 0;
  /// The largest v_m after all arrivals of an instant, and the first time of it [steps]; 0 and 0, the start, where it
  /// never rose above 0.
  double peak_v_m = 0, peak_time = 0;
  double excitation = 0, inhibition = 0;  ///< what positive and negative arrivals added to the peak, as shares of v_th
  double predicted = never;               ///< when it is going to fire if nothing else arrives [steps]
  stopped_by what = stopped_by::nothing_arrived;
  double would_fire = never;  ///< without what stopped it, and `never` where that was not enough [steps]
  /// inhibition: the latest inhibitory spike without which alone it would have fired, and when.
  std::optional<std::uint32_t> holder;
  double without_holder = never;
};

/// Throws std::invalid_argument, one line, where neuron `id` has fired by run.until, or its time is given.
template <class Real>
silence explain_silence(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
