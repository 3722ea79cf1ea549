// Why a neuron has not fired: its peak potential, and the reason for its silence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "firstspike/inspect/causes.hpp"

namespace firstspike {

enum class stopped_by : std::uint8_t {
  nothing_so_far,    ///< it will fire if nothing else arrives
  fire_phase_ahead,  ///< it was not tested: its fire phase has not begun
  nothing_arrived,   ///< no spike reached it through a synapse that is not 0
  too_little,        ///< excitation alone would not have been enough, or not in time
  inhibition,        ///< without its negative arrivals it would have fired
  window,            ///< the window ended before it crossed
  late_arrivals,     ///< arrivals after t_fire: if it had integrated up to `until`, it would have fired, but
                     ///< not without these arrivals
  threshold,         ///< the threshold does not fall to v_m(t_fire) before the fire phase ends
};

struct silence {
  std::uint32_t id = 0;
  double until = 0;  ///< [steps], end of the analysis: the present or the end of the window
  double v_th = 0;
  double t_fire = never;        ///< [steps], start of the fire phase; `never` without one
  double closes = never;        ///< [steps], no spikes at this time or later: the earlier of t_close and t_max
  double lowest_threshold = 0;  ///< v_th; with a fire phase the threshold at `closes`
  /// The largest v_m after all arrivals of an instant, and its first time [steps]; 0 and 0, the start, if it never
  /// exceeded 0. With a fire phase v_m(t_fire) and t_fire, or before t_fire v_m and the time of the present.
  double peak_v_m = 0, peak_time = 0;
  double excitation = 0, inhibition = 0;  ///< contributions of positive and negative arrivals to the peak [v_th]
  std::size_t lost = 0;                   ///< arrivals after t_fire, before `closes`
  double predicted = never;               ///< its firing time if nothing else arrives [steps]
  stopped_by what = stopped_by::nothing_arrived;
  /// Its firing time without the reason for its silence, `never` if it would still be silent [steps]. late_arrivals: if
  /// its fire phase had begun at `until`. threshold: if the threshold had continued to fall. fire_phase_ahead: if the
  /// run, which ends before t_fire, had continued.
  double would_fire = never;
  /// inhibition: the latest single inhibitory spike without which it would have fired, and its firing time then.
  std::optional<std::uint32_t> holder;
  double without_holder = never;
  friend bool operator==(const silence&, const silence&) = default;
};

/// Throws std::invalid_argument, one line, if neuron `id` has fired by run.until, or is a source or bias neuron.
template <class Real>
silence explain_silence(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
