// Common parts of the schedulers that handle a layer, and not an event, at a time: `sweep`, and the lookahead of
// `heap`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// Whether one threshold does for all neurons of a population, as in a neuron_tile.
inline bool has_equal_thresholds(const population& p) {
  return std::ranges::adjacent_find(p.v_th, std::not_equal_to()) == p.v_th.end();
}

/// The low bits of an arrival's order: the number of its projection among those between the same two populations. Above
/// them are the presynaptic id and the rank of the presynaptic population.
inline constexpr unsigned parallel_bits = 17;

/// The order of the arrivals of a projection at equal times, without the presynaptic id. `parallel` is its number.
inline std::uint64_t order_of_projection(std::uint32_t pre_rank, std::uint64_t parallel) {
  return std::uint64_t{pre_rank} << 49 | parallel;
}

/// Whether an arrival is summed before another, by their `time` and `order`. Without a branch: whether times are equal
/// cannot be predicted.
template <class Arrival>
bool earlier(const Arrival& a, const Arrival& b) {
  return (a.time < b.time) | ((a.time == b.time) & (a.order < b.order));
}

/// Adds those of `spikes` [by time] that arrive before `end` to the first `count` of `arrivals`, which are, and stay,
/// in the order of summation. make(time, order, presynaptic id) returns one. Returns the new count. `arrivals` must
/// have room for all; `merged` is scratch.
template <class Arrival, class Make>
std::size_t add_arrivals_of(std::span<const spike> spikes, double delay, std::uint64_t order, double end,
                            std::vector<Arrival>& arrivals, std::size_t count, std::vector<Arrival>& merged,
                            const Make& make) {
  if (spikes.empty()) return count;
  const auto begin = arrivals.data();
  const auto sorted = count;
  bool in_order = true;
  auto last = make(-1.0, 0, spikes.front().source);  // before all arrivals
  for (const auto& [id, sent] : spikes) {
    const auto next = make(sent + delay, order | std::uint64_t{id} << parallel_bits, id);
    if (!(next.time < end)) break;
    in_order &= !earlier(next, last);
    begin[count++] = last = next;
  }
  // Spikes are by time, but times may be equal once the delay is added to them.
  if (!in_order) std::sort(begin + sorted, begin + count, earlier<Arrival>);
  if (sorted == 0 || sorted == count) return count;
  merged.resize(std::max(merged.size(), arrivals.size()));
  std::merge(begin, begin + sorted, begin + sorted, begin + count, merged.begin(), earlier<Arrival>);
  std::copy_n(merged.begin(), count, begin);
  return count;
}

/// Calls visit(first neuron, number) for tiles of equal size, of up to `most` neurons each, and returns their number.
template <class Visit>
std::uint32_t for_each_tile(std::uint32_t neurons, std::uint32_t most, const Visit& visit) {
  const auto tiles = (neurons + most - 1) / most, size = (neurons + tiles - 1) / tiles;
  for (std::uint32_t first = 0; first < neurons; first += size) visit(first, std::min(size, neurons - first));
  return tiles;
}

}  // namespace firstspike
