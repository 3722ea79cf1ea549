#include "firstspike/report/drawing.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace firstspike {
namespace {

double next_width(double width) {
  const double power = std::pow(10, std::floor(std::log10(width) + 0.01));
  const double lead = std::round(width / power);
  return lead < 2 ? 2 * power : lead < 5 ? 5 * power : 10 * power;
}

double on_line(const voltage_point& from, const voltage_point& to, double t) {
  return to.t > from.t ? from.v_m + (to.v_m - from.v_m) * (t - from.t) / (to.t - from.t) : from.v_m;
}

/// The point between `first` and `last` that is farthest from their line, and its distance.
std::pair<std::size_t, double> farthest(std::span<const voltage_point> points, std::size_t first, std::size_t last) {
  std::pair<std::size_t, double> found{first, 0};
  for (auto k = first + 1; k < last; ++k) {
    const auto distance = std::abs(points[k].v_m - on_line(points[first], points[last], points[k].t));
    if (distance > found.second) found = {k, distance};
  }
  return found;
}

}  // namespace

histogram histogram_of(std::span<const double> values) {
  histogram result;
  if (values.empty()) return result;
  const auto [low, high] = std::ranges::minmax(values);
  const auto bin_of = [&](double value) { return std::floor(value / result.width); };
  while (bin_of(high) - bin_of(low) >= static_cast<double>(most_bins)) result.width = next_width(result.width);
  const double first = bin_of(low);
  result.start = first * result.width;
  result.counts.resize(static_cast<std::size_t>(bin_of(high) - first) + 1);
  for (const auto value : values) ++result.counts[static_cast<std::size_t>(bin_of(value) - first)];
  return result;
}

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

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace firstspike
