// Why a neuron has not fired: how close it came, and what stopped it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "firstspike/inspect/causes.hpp"

namespace firstspike {

enum class stopped_by : std::uint8_t {
  nothing_so_far,    ///< it is going to fire if nothing else arrives
  fire_phase_ahead,  ///< it was not tested: its fire phase has not begun
  nothing_arrived,   ///< no spike reached it through a synapse that is not 0
  too_little,        ///< excitation alone would not have been enough, or not in time
  inhibition,        ///< without its negative arrivals it would have fired
  window,            ///< currents stopped and arrivals were lost at the window's end, before it crossed
  late_arrivals,     ///< what came after t_fire and was lost: had it integrated up to `until`, it would have fired, and
                     ///< not without these arrivals
  threshold,         ///< the threshold does not fall to v_m(t_fire) before the fire phase ends
};

struct silence {
  std::uint32_t id = 0;
  double until = 0;  ///< [steps], how far it was looked at: the present or the window's end
  double v_th = 0;
  double t_fire = never;        ///< [steps], start of the fire phase; `never` without one
  double closes = never;        ///< [steps], nothing fires from here on: the earlier of t_close and t_max
  double lowest_threshold = 0;  ///< v_th; with a fire phase what the threshold falls to by `closes`
  /// The largest v_m after all arrivals of an instant, and the first time of it [steps]; 0 and 0, the start, where it
  /// never rose above 0. With a fire phase v_m(t_fire) and t_fire, or v_m and the time of the present before that.
  double peak_v_m = 0, peak_time = 0;
  double excitation = 0, inhibition = 0;  ///< what positive and negative arrivals added to the peak, as shares of v_th
  std::size_t lost = 0;                   ///< arrivals after t_fire, before `closes`
  double predicted = never;               ///< when it is going to fire if nothing else arrives [steps]
  stopped_by what = stopped_by::nothing_arrived;
  /// Without what stopped it, and `never` where that was not enough [steps]. late_arrivals: had its fire phase begun at
  /// `until`. threshold: had the threshold fallen on. fire_phase_ahead: had the run gone on, where it ends before
  /// t_fire.
  double would_fire = never;
  /// inhibition: the latest inhibitory spike without which alone it would have fired, and when.
  std::optional<std::uint32_t> holder;
  double without_holder = never;
};

/// Throws std::invalid_argument, one line, where neuron `id` has fired by run.until, or its time is given.
template <class Real>
silence explain_silence(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
