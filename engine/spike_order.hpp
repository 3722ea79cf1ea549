// Sorts spikes in time that does not grow faster than their number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// Keeps its memory between calls.
class spike_sorter {
 public:
  /// `sorted` becomes the spikes of neurons first_id + neurons[k] at times[k], by time; those at equal times keep their
  /// order. Times are finite.
  void sort(std::span<const std::uint32_t> neurons, std::span<const double> times, std::uint32_t first_id,
            std::vector<spike>& sorted);

 private:
  struct entry {
    std::uint32_t key;    // the time as a whole number
    std::uint32_t index;  // into the spikes
  };

  std::vector<entry> entries_, scratch_;
};

}  // namespace firstspike
