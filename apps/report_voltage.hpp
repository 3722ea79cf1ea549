// Voltage traces as they are drawn.
#pragma once

#include <span>
#include <vector>

#include "firstspike/inspect/voltage_trace.hpp"

namespace firstspike {

/// The corners that it takes for no v_m between them to be off by more than `tolerance`; first and last among them
/// (Ramer 1972, Douglas & Peucker 1973, with distances along v_m).
std::vector<voltage_point> fewer_corners(std::span<const voltage_point> points, double tolerance);

}  // namespace firstspike
