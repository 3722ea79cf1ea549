#include "firstspike/engine/event_queue.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "firstspike/engine/prefetch.hpp"

namespace firstspike {
namespace {

using iterator = large_vector<event>::iterator;

void insertion_sort(iterator begin, iterator end) {
  for (auto i = begin; i != end; ++i) {
    if (i == begin || !(*i < *(i - 1))) continue;
    const auto moved = *i;
    auto at = i;
    for (; at != begin && moved < *(at - 1); --at) *at = *(at - 1);
    *at = moved;
  }
}

constexpr std::ptrdiff_t few = 24;  // to be sorted by insertion

double time_of(const event& e) { return e.time; }
double order_of(const event& e) { return static_cast<double>(e.order); }

/// Copies events to `to`, into bins by a key from `low` to `high`: as many bins as there are events, or few where so
/// many places would not fit into the cache. Returns false if that range is too small to be divided. bins[b] is then
/// the end of bin b.
template <class Key>
bool distribute_by(iterator begin, iterator end, iterator to, std::vector<std::uint32_t>& bins, double low, double high,
                   const Key& key) {
  constexpr std::size_t many = 1 << 14, few_bins = 256;
  const auto count = static_cast<std::size_t>(end - begin);
  const auto bin_count = count < many ? count : few_bins;
  const double per_bin = static_cast<double>(bin_count - 1) / (high - low);
  if (!(per_bin < std::numeric_limits<double>::infinity())) return false;
  const auto bin_of = [&](const event& e) { return static_cast<std::size_t>((key(e) - low) * per_bin); };
  bins.assign(bin_count + 1, 0);
  for (auto e = begin; e != end; ++e) ++bins[bin_of(*e) + 1];
  for (std::size_t b = 1; b < bins.size(); ++b) bins[b] += bins[b - 1];
  for (auto e = begin; e != end; ++e) to[bins[bin_of(*e)]++] = *e;
  return true;
}

template <class Key>
std::pair<double, double> range_of(iterator begin, iterator end, const Key& key) {
  double low = key(*begin), high = low;
  for (auto e = begin; e != end; ++e) {
    low = std::min(low, key(*e));
    high = std::max(high, key(*e));
  }
  return {low, high};
}

/// Asks for all cache lines of a value.
template <class T>
void prefetch_all(const T& value) {
  constexpr std::size_t line = 64;
  for (std::size_t at = 0; at < sizeof(T); at += line) prefetch(reinterpret_cast<const char*>(&value) + at);
}

}  // namespace

void event_sorter::sort(large_vector<event>& events) {
  const auto begin = events.begin(), end = events.end();
  if (end - begin <= few) return insertion_sort(begin, end);
  if (std::is_sorted(begin, end)) return;
  copy_.reserve(events.capacity());  // so that, after the swap, as many events as before need no new memory
  copy_.resize(events.size());
  if (!distribute(begin, end, copy_.begin(), 0)) return std::sort(begin, end);
  events.swap(copy_);
  sort_bins(events.begin(), copy_.begin(), 0);
}

void event_sorter::sort(iterator begin, iterator end, iterator copy, std::size_t passes) {
  if (end - begin <= few) return insertion_sort(begin, end);
  if (std::is_sorted(begin, end)) return;
  if (passes == most_passes || !distribute(begin, end, copy, passes)) return std::sort(begin, end);
  std::copy(copy, copy + (end - begin), begin);
  sort_bins(begin, copy, passes);
}

// By time or, where all times are equal, by order.
bool event_sorter::distribute(iterator begin, iterator end, iterator to, std::size_t passes) {
  auto& bins = bins_[passes];
  const auto [first, last] = range_of(begin, end, time_of);
  if (first < last) return distribute_by(begin, end, to, bins, first, last, time_of);
  const auto [low, high] = range_of(begin, end, order_of);
  return low < high && distribute_by(begin, end, to, bins, low, high, order_of);
}

// Bins with many events, such as all of one whole-number time, are distributed again.
void event_sorter::sort_bins(iterator begin, iterator copy, std::size_t passes) {
  std::ptrdiff_t from = 0;
  for (const auto bin_end : bins_[passes]) {
    const auto to = static_cast<std::ptrdiff_t>(bin_end);
    if (to - from > 1) sort(begin + from, begin + to, copy + from, passes + 1);
    from = to;
  }
}

std::size_t event_sorter::bytes() const {
  std::size_t bytes = copy_.size() * sizeof(event);
  for (const auto& bins : bins_) bytes += bins.size() * sizeof(std::uint32_t);
  return bytes;
}

void event_queue::clear(double width) {
  per_width_ = 1 / width;
  heap_.clear();
  run_.clear();
  run_at_ = 0;
  open_ = 0;
  size_ = 0;
  first_.fill(none);
  last_.fill(none);
  filled_.fill(0);
  free_ = none;
  for (auto c = pool_.size(); c > 0; --c) {
    pool_[c - 1].next = free_;
    free_ = c - 1;
  }
}

void event_queue::chunk_pool::add() {
  if (size_ % per_block == 0) {
    blocks_.emplace_back();
    if (size_ > 0) blocks_.back().reserve(per_block);
  }
  blocks_.back().emplace_back();
  ++size_;
}

std::uint32_t event_queue::add_chunk(std::uint64_t place) {
  if (free_ == none) {
    free_ = pool_.size();
    pool_.add();
  }
  const auto added = free_;
  free_ = pool_[added].next;
  pool_[added].next = none;
  pool_[added].count = 0;
  if (last_[place] == none) {
    first_[place] = added;
    filled_[place / 64] |= std::uint64_t{1} << place % 64;
  } else {
    pool_[last_[place]].next = added;
  }
  last_[place] = added;
  return added;
}

// The bucket of the earliest event if the open bucket is used up: that of the heap's first event, or the first bucket
// with any.
std::uint64_t event_queue::next_bucket() const {
  const auto of_heap = heap_.empty() ? std::numeric_limits<std::uint64_t>::max() : bucket_of(heap_.top().time);
  const auto from = open_ + 1;
  for (std::uint64_t ahead = 0; ahead < bucket_count;) {
    const auto place = (from + ahead) % bucket_count;
    const auto bits = filled_[place / 64] >> place % 64;
    if (bits != 0) return std::min(of_heap, from + ahead + static_cast<std::uint64_t>(std::countr_zero(bits)));
    ahead += 64 - place % 64;
  }
  return of_heap;
}

void event_queue::open(std::uint64_t bucket) {
  const auto place = bucket % bucket_count;
  run_.clear();
  run_at_ = 0;
  open_ = std::max(open_, bucket);
  if (bucket < open_ || first_[place] == none) return;
  for (auto c = first_[place]; c != none;) {
    const auto next = pool_[c].next;
    if (next != none) prefetch_all(pool_[next]);
    run_.insert(run_.end(), pool_[c].events.begin(), pool_[c].events.begin() + pool_[c].count);
    pool_[c].next = free_;
    free_ = c;
    c = next;
  }
  first_[place] = last_[place] = none;
  filled_[place / 64] &= ~(std::uint64_t{1} << place % 64);
  sorter_.sort(run_);
}

std::vector<event> event_queue::pending() const {
  std::vector<event> all(run_.begin() + static_cast<std::ptrdiff_t>(run_at_), run_.end());
  all.insert(all.end(), heap_.begin(), heap_.end());
  for (const auto first : first_) {
    for (auto c = first; c != none; c = pool_[c].next) {
      all.insert(all.end(), pool_[c].events.begin(), pool_[c].events.begin() + pool_[c].count);
    }
  }
  return all;
}

std::size_t event_queue::bytes() const {
  return sizeof(*this) + (run_.size() + heap_.size()) * sizeof(event) + pool_.size() * sizeof(chunk) + sorter_.bytes();
}

}  // namespace firstspike
