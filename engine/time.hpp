// Time in the engine: IEEE double, in steps, compared with == (docs/design.md, "Time").
#pragma once

#include <limits>

namespace firstspike {

/// The firing time of a neuron that stays silent. A value, not an error.
inline constexpr double never = std::numeric_limits<double>::infinity();

/// Windows end at 2^32 steps at most, and a delay is 0 or at least 2^-20 steps. Then t + d > t in double precision for
/// every delay d > 0, so a delayed spike always arrives later than it was sent.
inline constexpr double longest_window = 0x1p32;
inline constexpr double shortest_delay = 0x1p-20;

}  // namespace firstspike
