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

/// Puts crossings of ramp neurons in the order of time. Their intervals are known, and few cross in one. Keeps its
/// memory between calls.
class interval_sorter {
 public:
  using order_function = void (*)(const std::uint32_t* neurons, const double* times, std::size_t count,
                                  std::uint32_t first_id, spike* sorted);

  /// Takes the crossings of a population: `intervals`, `times` [neuron] and `counts` [interval] as in `ramp_crossings`,
  /// `count` in all. `order` is order_spikes of vector_kernels.
  void take(std::span<const std::uint32_t> intervals, std::span<const double> times, std::size_t count,
            std::span<const std::uint32_t> counts, std::uint32_t first_id, order_function order);
  /// Appends the next spikes by time: those of whole intervals, at least `least` or all that are left. Spikes of an
  /// interval at equal times are in the order of neurons.
  void append(std::size_t least, std::vector<spike>& spikes);
  /// The number of spikes that have not been appended.
  std::size_t left() const { return count_ - done_; }
  /// The neurons that cross, by interval.
  std::span<const std::uint32_t> neurons() const { return std::span(neurons_).first(count_); }

 private:
  std::size_t count_ = 0, done_ = 0, interval_ = 0;
  std::uint32_t first_id_ = 0;
  order_function order_ = nullptr;
  std::vector<std::uint32_t> next_;     // [interval] where its next crossing goes; after `take`, its end
  std::vector<std::uint32_t> neurons_;  // by interval
  std::vector<double> times_;           // of them
  std::vector<spike> sorted_;
  spike_sorter sorter_;
};

}  // namespace firstspike
