// The pending events of one run, earliest first, in the order of docs/design.md ("Order").
#pragma once

#include <boost/heap/d_ary_heap.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace firstspike {

enum class event_kind : std::uint8_t {
  neuron_crossing,      ///< predicted: neuron `id` reaches its threshold; retracted if an arrival has moved it
  population_crossing,  ///< predicted: the first such crossing in population `id`
  fire_phase,           ///< the fire phase of population `id` begins
  delivery,             ///< the spike of a presynaptic neuron reaches the synapses of fan-out `id`
};

/// One pending event. Events at equal times are sorted by the rank of the population they act on, then crossings and
/// fire phases before deliveries, then deliveries by (rank of the presynaptic population, fan-out). So a neuron
/// receives its arrivals in the order of summation, after its earlier prediction and before its test.
struct event {
  double time;          ///< [steps]
  std::uint64_t order;  ///< rank (15 bits) | kind (2) | rank of pre (15) | id (32), high to low

  event(double at, std::uint32_t rank, event_kind kind, std::uint32_t pre_rank, std::uint32_t id)
      : time(at), order(std::uint64_t{rank} << 49 | std::uint64_t(kind) << 47 | std::uint64_t{pre_rank} << 32 | id) {}

  std::uint32_t rank() const { return static_cast<std::uint32_t>(order >> 49); }
  event_kind kind() const { return static_cast<event_kind>(order >> 47 & 3); }
  std::uint32_t id() const { return static_cast<std::uint32_t>(order); }
  friend auto operator<=>(const event&, const event&) = default;
};

/// Immutable 4-ary heap. A retracted prediction stays in the heap, and its owner skips it when it is popped.
/// Measurements show that this is faster than moving it (docs/design.md, "Queue").
class event_queue {
 public:
  void push(const event& e) { heap_.push(e); }
  const event& next() const { return heap_.top(); }
  void pop() { heap_.pop(); }
  bool empty() const { return heap_.empty(); }
  void clear() { heap_.clear(); }

  std::size_t size() const { return heap_.size(); }
  /// Earliest first; the first k take O(k log k) time for any number of pending events.
  auto begin() const { return heap_.ordered_begin(); }
  auto end() const { return heap_.ordered_end(); }

 private:
  struct later {
    bool operator()(const event& a, const event& b) const { return a > b; }
  };
  boost::heap::d_ary_heap<event, boost::heap::arity<4>, boost::heap::compare<later>> heap_;
};

}  // namespace firstspike
