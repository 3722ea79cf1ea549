// The pending events of one run, earliest first, in the order that docs/design.md ("Order") fixes.
#pragma once

#include <boost/heap/d_ary_heap.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace firstspike {

enum class event_kind : std::uint8_t {
  neuron_crossing,      ///< predicted: neuron `id` reaches its threshold, unless an arrival has moved that since
  population_crossing,  ///< predicted: the first such crossing in population `id`
  fire_phase,           ///< the fire phase of population `id` begins
  delivery,             ///< the spike of a pre neuron reaches the synapses of fan-out `id`
};

/// One pending event. At equal times events come by rank of the population they act on, then crossings and
/// fire phases before deliveries, then deliveries by (rank of pre, fan-out): so a neuron hears its arrivals in
/// the order of summation, after its own earlier prediction was honoured and before it is tested.
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

/// Immutable 4-ary heap: a prediction that no longer holds stays inside and is skipped by its owner when it
/// is popped, which measured faster than moving it (docs/design.md, "Queue").
class event_queue {
 public:
  void push(const event& e) { heap_.push(e); }
  const event& next() const { return heap_.top(); }
  void pop() { heap_.pop(); }
  bool empty() const { return heap_.empty(); }
  void clear() { heap_.clear(); }

  std::size_t size() const { return heap_.size(); }
  /// Earliest first; the first k take k log k steps, however many are pending.
  auto begin() const { return heap_.ordered_begin(); }
  auto end() const { return heap_.ordered_end(); }

 private:
  struct later {
    bool operator()(const event& a, const event& b) const { return a > b; }
  };
  boost::heap::d_ary_heap<event, boost::heap::arity<4>, boost::heap::compare<later>> heap_;
};

}  // namespace firstspike
