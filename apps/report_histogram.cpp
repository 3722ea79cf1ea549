#include "firstspike/apps/report_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace firstspike {
namespace {

double next_width(double width) {
  const double power = std::pow(10, std::floor(std::log10(width) + 0.01));
  const double lead = std::round(width / power);
  return lead < 2 ? 2 * power : lead < 5 ? 5 * power : 10 * power;
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

json_object histogram_json(const histogram& histogram) {
  return {{"start", histogram.start}, {"width", histogram.width}, {"counts", histogram.counts}};
}

}  // namespace firstspike
