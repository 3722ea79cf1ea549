// The pending events of one run, earliest first, in the order of docs/design.md ("Order").
#pragma once

#include <array>
#include <boost/heap/d_ary_heap.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "firstspike/engine/huge_pages.hpp"

namespace firstspike {

enum class event_kind : std::uint8_t {
  neuron_crossing,  ///< predicted: neuron `id` reaches its threshold; retracted if an arrival has moved it
  fire_phase,       ///< the fire phase of population `id` begins
  delivery,         ///< the spike of presynaptic neuron `id` reaches synapses of one projection
};

/// One pending event. Events at equal times are sorted by the rank of the population they act on, then crossings and
/// fire phases before deliveries, then deliveries by (rank of the presynaptic population, presynaptic id, projection,
/// delay). So a neuron receives its arrivals in the order of summation, after its earlier prediction and before its
/// test.
struct event {
  double time = 0;          ///< [steps]
  std::uint64_t order = 0;  ///< rank (15 bits) | kind (2) | rank of pre (15) | id (32), high to low
  /// Of a delivery in a sparse projection: the next synapses of the row, of which those with equal delay are reached at
  /// `time`. So one event travels with a spike along a long row. A short row is read once, when the spike is sent: each
  /// delay has an event, which holds the synapse itself if there is one only.
  std::uint32_t projection = 0;
  std::uint32_t first = 0;
  std::uint32_t end = 0;  ///< behind the last synapse; if the event holds its synapse, the postsynaptic index instead
  float weight =
      std::numeric_limits<float>::infinity();  ///< of the synapse that the event holds; infinity if it does not

  event() = default;
  event(double at, std::uint32_t rank, event_kind kind, std::uint32_t pre_rank, std::uint32_t id)
      : time(at), order(std::uint64_t{rank} << 49 | std::uint64_t(kind) << 47 | std::uint64_t{pre_rank} << 32 | id) {}

  bool holds_synapse() const { return weight < std::numeric_limits<float>::infinity(); }
  std::uint32_t rank() const { return static_cast<std::uint32_t>(order >> 49); }
  event_kind kind() const { return static_cast<event_kind>(order >> 47 & 3); }
  std::uint32_t id() const { return static_cast<std::uint32_t>(order); }
  friend bool operator==(const event&, const event&) = default;
  friend bool operator<(const event& a, const event& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.order != b.order) return a.order < b.order;
    return a.projection != b.projection ? a.projection < b.projection : a.first < b.first;
  }
  friend bool operator>(const event& a, const event& b) { return b < a; }
};

/// Sorts events, in memory that it keeps. Takes linear time where times, or ids at one time, are spread over a range as
/// those of spikes are.
class event_sorter {
 public:
  void sort(large_vector<event>& events);
  std::size_t bytes() const;

 private:
  using iterator = large_vector<event>::iterator;
  static constexpr std::size_t most_passes = 3;
  void sort(iterator begin, iterator end, iterator copy, std::size_t passes);
  bool distribute(iterator begin, iterator end, iterator to, std::size_t passes);
  void sort_bins(iterator begin, iterator copy, std::size_t passes);

  large_vector<event> copy_;
  std::array<std::vector<std::uint32_t>, most_passes> bins_;  // of each pass
};

/// The pending events in two structures, of which each event is in one:
///
/// - a **calendar** of 256 buckets, each for the events of the next `width` steps after those of the bucket before it;
///   it appends events to a bucket without order and sorts them when the bucket is opened;
/// - **Boost's immutable 4-ary heap**, for events in the open bucket (shorter delays, and predictions) and for events
///   behind the last bucket.
///
/// With `width` up to the shortest delay, and 256 times `width` above the longest, all delayed deliveries take the
/// calendar: per event it costs a third of the heap with 1,000 pending events and a tenth with 10^6 (bench/README.md).
/// A retracted prediction stays where it is, and its owner skips it when it is popped: in a heap this is faster than
/// moving it (docs/design.md, "Queue").
///
/// Call open_next() before next(): it opens a bucket if that has the earliest event.
class event_queue {
 public:
  explicit event_queue(double width = 1) { clear(width); }
  /// Removes all events and keeps the memory. `width`: of a bucket, above 0 [steps].
  void clear(double width);

  void push(const event& e) {
    const auto bucket = bucket_of(e.time);
    if (bucket - open_ - 1 < bucket_count - 1) {  // open_ < bucket < open_ + bucket_count
      append(bucket % bucket_count, e);
    } else {
      heap_.push(e);
    }
    ++size_;
  }

  /// Makes next() the earliest event, if there is one. Events that are pushed later and earlier than the end of the
  /// bucket opened take the heap, so push what is known before.
  void open_next() {
    if (run_at_ < run_.size() || size_ == 0) return;
    const auto bucket = next_bucket();
    if (bucket != open_) open(bucket);
  }
  const event& next() const {
    if (run_at_ == run_.size()) return heap_.top();
    return heap_.empty() || run_[run_at_] < heap_.top() ? run_[run_at_] : heap_.top();
  }
  void pop() {
    --size_;
    if (run_at_ == run_.size() || (!heap_.empty() && heap_.top() < run_[run_at_])) {
      heap_.pop();
    } else {
      ++run_at_;
    }
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Whether next() is at `time`, if no earlier event is pending and next() was valid before the last pop().
  bool is_due(double time) const {
    return (run_at_ < run_.size() && run_[run_at_].time == time) || (!heap_.empty() && heap_.top().time == time);
  }

  /// Whether an event at `time` might come before next(), once that is opened.
  bool may_precede_next(double time) const {
    return size_ == 0 || (run_at_ == run_.size() && bucket_of(time) <= next_bucket());
  }
  /// The event that next() returns after `ahead` pops if nothing is pushed, or null if that is not known at once. To
  /// prefetch what it needs.
  const event* ahead(std::size_t ahead) const {
    return run_at_ + ahead < run_.size() ? run_.data() + run_at_ + ahead : nullptr;
  }

  /// All pending events, in no order.
  std::vector<event> pending() const;
  /// Memory of a copy [bytes].
  std::size_t bytes() const;

 private:
  static constexpr std::uint64_t bucket_count = 256;
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  // Whole cache lines, with two events in each.
  struct alignas(64) chunk {
    static constexpr std::uint32_t capacity = 31;
    std::array<event, capacity> events;
    std::uint32_t next = none;
    std::uint32_t count = 0;
  };

  // All chunks, by number, in blocks that stay where they are: one array would be copied when it grows, which takes
  // longer than it takes to fill it. The first block grows.
  class chunk_pool {
   public:
    chunk& operator[](std::uint32_t i) { return blocks_[i / per_block][i % per_block]; }
    const chunk& operator[](std::uint32_t i) const { return blocks_[i / per_block][i % per_block]; }
    std::uint32_t size() const { return size_; }
    void add();

   private:
    static constexpr std::uint32_t per_block = huge_page / sizeof(chunk);
    std::vector<large_vector<chunk>> blocks_;
    std::uint32_t size_ = 0;
  };
  struct later {
    bool operator()(const event& a, const event& b) const { return a > b; }
  };

  std::uint64_t bucket_of(double time) const { return static_cast<std::uint64_t>(time * per_width_) + 1; }
  std::uint64_t next_bucket() const;
  void open(std::uint64_t bucket);
  void append(std::uint64_t place, const event& e) {
    auto last = last_[place];
    if (last == none || pool_[last].count == chunk::capacity) last = add_chunk(place);
    auto& to = pool_[last];
    to.events[to.count++] = e;
  }
  std::uint32_t add_chunk(std::uint64_t place);

  boost::heap::d_ary_heap<event, boost::heap::arity<4>, boost::heap::compare<later>> heap_;
  large_vector<event> run_;  // the open bucket: events from run_at_ on are pending, and sorted
  std::size_t run_at_ = 0;
  std::uint64_t open_ = 0;  // number of the open bucket, counted from 1; 0: none yet
  double per_width_ = 1;
  std::size_t size_ = 0;
  std::array<std::uint32_t, bucket_count> first_{}, last_{};  // chunks of bucket b, at b % bucket_count
  std::array<std::uint64_t, bucket_count / 64> filled_{};     // bit b % bucket_count: whether bucket b has any
  chunk_pool pool_;
  std::uint32_t free_ = none;  // list of unused chunks
  event_sorter sorter_;
};

}  // namespace firstspike
