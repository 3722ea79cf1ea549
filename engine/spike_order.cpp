#include "firstspike/engine/spike_order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace firstspike {
namespace {

// Insertion sort, which is fast if nearly all spikes are in order. False if they are not.
bool finish(std::span<spike> spikes) {
  auto moves_left = 8 * spikes.size();
  for (std::size_t i = 1; i < spikes.size(); ++i) {
    if (!(spikes[i].time < spikes[i - 1].time)) continue;
    const auto moved = spikes[i];
    auto to = i;
    for (; to > 0 && moved.time < spikes[to - 1].time; --to) spikes[to] = spikes[to - 1];
    spikes[to] = moved;
    if (i - to > moves_left) return false;
    moves_left -= i - to;
  }
  return true;
}

struct range {
  double first, last;
  bool whole;  // all times are whole numbers
};

range range_of(std::span<const double> times) {
  constexpr std::size_t lanes = 8;  // independent minima and maxima, so that the loop vectorises without -ffast-math
  std::array<double, lanes> first, last, fractions{};
  first.fill(times[0]);
  last.fill(times[0]);
  std::size_t i = 0;
  for (; i + lanes <= times.size(); i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) {
      first[k] = times[i + k] < first[k] ? times[i + k] : first[k];
      last[k] = times[i + k] > last[k] ? times[i + k] : last[k];
      fractions[k] += times[i + k] - std::floor(times[i + k]);
    }
  }
  for (; i < times.size(); ++i) {
    first[0] = std::min(first[0], times[i]);
    last[0] = std::max(last[0], times[i]);
    fractions[0] += times[i] - std::floor(times[i]);
  }
  return {std::ranges::min(first), std::ranges::max(last), std::ranges::max(fractions) == 0};
}

constexpr unsigned digit_bits = 8;

}  // namespace

void spike_sorter::sort(std::span<const std::uint32_t> neurons, std::span<const double> times, std::uint32_t first_id,
                        std::vector<spike>& sorted) {
  const auto count = times.size();
  sorted.resize(count);
  if (count == 0) return;
  // A radix sort of times as whole numbers of so many digits that few different times have equal numbers.
  const auto [first, last, whole] = range_of(times);
  const bool is_digit = whole && last - first < 1 << digit_bits;
  const unsigned digits = is_digit ? 1 : count <= 4096 ? 2 : 3;
  const double most = (1 << digits * digit_bits) - 1;
  const double scale = is_digit ? 1 : last > first ? most / (last - first) : 0;
  entries_.resize(count);
  scratch_.resize(count);
  std::array<std::array<std::uint32_t, 1 << digit_bits>, 3> next;  // [digit][value] where its next entry goes
  for (unsigned d = 0; d < digits; ++d) next[d].fill(0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto key = static_cast<std::uint32_t>(static_cast<std::int32_t>((times[i] - first) * scale));
    entries_[i] = {key, static_cast<std::uint32_t>(i)};
    for (unsigned d = 0; d < digits; ++d) ++next[d][key >> d * digit_bits & 0xff];
  }
  for (unsigned d = 0; d < digits; ++d) {
    std::uint32_t before = 0;
    for (auto& n : next[d]) before += std::exchange(n, before);
    const auto place_of = [&](const entry& e) { return next[d][e.key >> d * digit_bits & 0xff]++; };
    if (d + 1 < digits) {
      for (const auto& e : entries_) scratch_[place_of(e)] = e;
      entries_.swap(scratch_);
    } else {
      for (const auto& e : entries_) sorted[place_of(e)] = {first_id + neurons[e.index], times[e.index]};
    }
  }
  if (finish(sorted)) return;
  for (std::size_t i = 0; i < count; ++i) sorted[i] = {first_id + neurons[i], times[i]};
  std::ranges::stable_sort(sorted, {}, &spike::time);
}

}  // namespace firstspike
