#include "firstspike/apps/report_voltage.hpp"

#include <cmath>
#include <utility>

namespace firstspike {
namespace {

double on_line(const voltage_point& from, const voltage_point& to, double t) {
  return to.t > from.t ? from.v_m + (to.v_m - from.v_m) * (t - from.t) / (to.t - from.t) : from.v_m;
}

/// The point between `first` and `last` that is farthest from their line, and how far.
std::pair<std::size_t, double> farthest(std::span<const voltage_point> points, std::size_t first, std::size_t last) {
  std::pair<std::size_t, double> found{first, 0};
  for (auto k = first + 1; k < last; ++k) {
    const auto distance = std::abs(points[k].v_m - on_line(points[first], points[last], points[k].t));
    if (distance > found.second) found = {k, distance};
  }
  return found;
}

}  // namespace

std::vector<voltage_point> fewer_corners(std::span<const voltage_point> points, double tolerance) {
  if (points.size() < 3) return {points.begin(), points.end()};
  std::vector<voltage_point> kept{points[0]};
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, points.size() - 1}};  // the leftmost last
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    const auto [corner, distance] = farthest(points, first, last);
    if (distance > tolerance) {
      open.push_back({corner, last});
      open.push_back({first, corner});
    } else {
      kept.push_back(points[last]);
    }
  }
  return kept;
}

}  // namespace firstspike
