// What a page draws, made small: histograms, voltage traces with fewer corners, bytes as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/inspect/voltage_trace.hpp"

namespace firstspike {

/// With bins that people would choose.
struct histogram {
  double start = 0;                   ///< of the first bin, a multiple of `width`
  double width = 1;                   ///< 1, 2 or 5 times a power of ten, 1 or more
  std::vector<std::uint64_t> counts;  ///< bin k holds the values in [start + k width, start + (k + 1) width)
};

inline constexpr std::size_t most_bins = 40;

/// The finest that holds all `values` (finite) in up to most_bins bins; without values no bins.
histogram histogram_of(std::span<const double> values);

/// Of a voltage trace the corners that it takes for no v_m between them to be off by more than `tolerance`; first and
/// last among them (Ramer 1972, Douglas & Peucker 1973, with distances along v_m).
std::vector<voltage_point> fewer_corners(std::span<const voltage_point> points, double tolerance);

/// For data URLs and JSON: RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace firstspike
