// Membrane courses as they are drawn.
#pragma once

#include <span>
#include <vector>

#include "inspect/membrane_course.hpp"

namespace firstspike {

/// The corners that it takes for no v_m between them to be off by more than `tolerance`; first and last among them
/// (Ramer 1972, Douglas & Peucker 1973, with distances along v_m).
std::vector<membrane_point> fewer_corners(std::span<const membrane_point> points, double tolerance);

}  // namespace firstspike
