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

// Of times first + 0, 1, ... values - 1, such as those of pixels: by counting.
void sort_by_digit(std::span<const std::uint32_t> neurons, std::span<const double> times, double first,
                   std::size_t values, std::uint32_t first_id, std::span<spike> sorted) {
  std::array<std::uint32_t, 1 << digit_bits> next{};  // [value] where its next spike goes
  const auto value_of = [&](double t) { return static_cast<std::size_t>(static_cast<std::int32_t>(t - first)); };
  for (const double t : times) ++next[value_of(t)];
  std::uint32_t before = 0;
  for (auto& n : std::span(next).first(values)) before += std::exchange(n, before);
  for (std::size_t i = 0; i < times.size(); ++i) sorted[next[value_of(times[i])]++] = {first_id + neurons[i], times[i]};
}

}  // namespace

void spike_sorter::sort(std::span<const std::uint32_t> neurons, std::span<const double> times, std::uint32_t first_id,
                        std::vector<spike>& sorted) {
  const auto count = times.size();
  sorted.resize(count);
  if (count == 0) return;
  const auto [first, last, whole] = range_of(times);
  if (whole && last - first < 1 << digit_bits) {
    return sort_by_digit(neurons, times, first, static_cast<std::size_t>(last - first) + 1, first_id, sorted);
  }
  // A radix sort of times as whole numbers of so many digits that few different times have equal numbers.
  const unsigned digits = count <= 4096 ? 2 : 3;
  const double most = (1 << digits * digit_bits) - 1;
  const double scale = last > first ? most / (last - first) : 0;
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

void interval_sorter::take(std::span<const std::uint32_t> intervals, std::span<const double> times, std::size_t count,
                           std::span<const std::uint32_t> counts, std::uint32_t first_id, order_function order) {
  count_ = count;
  done_ = 0;
  interval_ = 1;
  first_id_ = first_id;
  order_ = order;
  next_.resize(std::max(next_.size(), counts.size()));
  neurons_.resize(std::max(neurons_.size(), intervals.size() + 8));
  times_.resize(neurons_.size());
  next_[0] = static_cast<std::uint32_t>(count);  // silent neurons, behind the others
  for (std::uint32_t k = 1, before = 0; before < count; ++k) {
    next_[k] = before;
    before += counts[k];
  }
  for (std::uint32_t j = 0; j < intervals.size(); ++j) {
    const auto place = next_[intervals[j]]++;
    neurons_[place] = j;
    times_[place] = times[j];
  }
}

void interval_sorter::append(std::size_t least, std::vector<spike>& spikes) {
  constexpr std::size_t few = 64;  // the time of order_ grows with the square
  auto last = interval_;
  for (auto end = done_; end < count_ && end < done_ + least; ++last) end = next_[last];
  auto to = spikes.size();
  if (last > interval_) spikes.resize(to + next_[last - 1] - done_);
  for (; interval_ < last; ++interval_) {
    const std::size_t end = next_[interval_], found = end - done_;
    if (found == 0) continue;
    if (found <= few) {
      order_(&neurons_[done_], &times_[done_], found, first_id_, &spikes[to]);
    } else {
      sorter_.sort(std::span(neurons_).subspan(done_, found), std::span(times_).subspan(done_, found), first_id_,
                   sorted_);
      std::ranges::copy(sorted_, spikes.begin() + static_cast<std::ptrdiff_t>(to));
    }
    done_ = end;
    to += found;
  }
}

}  // namespace firstspike
