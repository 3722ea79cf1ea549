// Which output of a network decides, and when.
#pragma once

#include <cstdint>
#include <span>

namespace firstspike {

/// The decision on one sample. tau is the time of the first output spike, t_max if no output fires.
struct decision {
  double tau = 0;             ///< [steps]
  bool silent = false;        ///< no output fired
  std::uint32_t output = 0;   ///< earliest output; ties go to the larger v_m, silent samples to the largest v_m at the
                              ///< end, equal v_m to the lower index
  bool tie_includes = false;  ///< whether the requested output is one of those that fired first; if all are silent,
                              ///< whether it is `output` (as S4NN counts)
};

/// `times` and `v_m` [output], as recorded; `wanted` is the output of the true label.
decision decide(std::span<const double> times, std::span<const double> v_m, std::uint32_t wanted, double t_max);

}  // namespace firstspike
