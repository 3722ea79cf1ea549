#include "firstspike/engine/spike_order.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

namespace firstspike {
namespace {

// Insertion sort, which is fast because buckets have put each spike near its place. False if that was not so: a few
// buckets hold most of the spikes.
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

}  // namespace

void spike_sorter::sort(std::span<const spike> spikes, double begin, double end, std::vector<spike>& sorted) {
  sorted.resize(spikes.size());
  const auto buckets = std::clamp<std::size_t>(std::bit_ceil(spikes.size()), 256, 1 << 16);
  const double scale = static_cast<double>(buckets) / (end - begin);
  const auto bucket = [&](double t) {
    return std::min(buckets - 1, static_cast<std::size_t>((t - begin) * scale));  // rounding may give `buckets`
  };
  next_.assign(buckets, 0);
  for (const auto& s : spikes) ++next_[bucket(s.time)];
  std::uint32_t before = 0;
  for (auto& n : next_) before += std::exchange(n, before);
  for (const auto& s : spikes) sorted[next_[bucket(s.time)]++] = s;
  if (finish(sorted)) return;
  std::ranges::copy(spikes, sorted.begin());
  std::ranges::stable_sort(sorted, {}, &spike::time);
}

}  // namespace firstspike
