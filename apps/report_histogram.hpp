// Histograms with bins that people would choose.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/apps/output.hpp"

namespace firstspike {

struct histogram {
  double start = 0;                   ///< of the first bin, a multiple of `width`
  double width = 1;                   ///< 1, 2 or 5 times a power of ten, 1 or more
  std::vector<std::uint64_t> counts;  ///< bin k holds the values in [start + k width, start + (k + 1) width)
};

inline constexpr std::size_t most_bins = 40;

/// The finest that holds all `values` (finite) in up to most_bins bins; without values no bins.
histogram histogram_of(std::span<const double> values);

json_object histogram_json(const histogram& histogram);

}  // namespace firstspike
