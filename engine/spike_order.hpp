// Sorts spikes in time that does not grow faster than their number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// Sorts by buckets of time. Keeps its memory between calls.
class spike_sorter {
 public:
  /// `sorted` becomes `spikes` by time; spikes at equal times keep their order. Times are in [begin, end) [steps].
  void sort(std::span<const spike> spikes, double begin, double end, std::vector<spike>& sorted);

 private:
  std::vector<std::uint32_t> next_;  // [bucket] where its next spike goes
};

}  // namespace firstspike
