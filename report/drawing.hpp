// Compact data for the page: histograms, simplified voltage traces, bytes as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/inspect/voltage_trace.hpp"

namespace firstspike {

/// A histogram with round bin limits.
struct histogram {
  double start = 0;                   ///< of the first bin, a multiple of `width`
  double width = 1;                   ///< 1, 2 or 5 times a power of ten, 1 or more
  std::vector<std::uint64_t> counts;  ///< bin k counts the values in [start + k width, start + (k + 1) width)
};

inline constexpr std::size_t most_bins = 40;

/// The finest histogram of all `values` (finite) with at most most_bins bins; without values no bins.
histogram histogram_of(std::span<const double> values);

/// Simplifies a voltage trace: keeps the first, the last and those points that are needed for an error of v_m of at
/// most `tolerance` (Ramer 1972, Douglas & Peucker 1973, with distances along v_m).
std::vector<voltage_point> fewer_corners(std::span<const voltage_point> points, double tolerance);

/// For data URLs and JSON: RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace firstspike
