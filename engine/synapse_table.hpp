// The synapses of a sparse projection as a struct of arrays.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "firstspike/engine/huge_pages.hpp"

namespace firstspike {

/// One synapse of a sparse projection.
struct synapse {
  std::uint32_t pre = 0;   ///< index within the presynaptic population
  std::uint32_t post = 0;  ///< index within the postsynaptic population
  double weight = 0;       ///< finite
  double delay = 0;        ///< [steps], 0 or >= shortest_delay
  friend bool operator==(const synapse&, const synapse&) = default;
};

/// The delays of many synapses [steps]: one or two bytes each while they have up to 256 or 65,536 distinct values,
/// eight bytes each if they have more.
class delay_column {
 public:
  std::size_t size() const { return size_; }
  double operator[](std::size_t i) const {
    if (width_ == 1) return distinct_[bytes_[i]];
    return width_ == 2 ? distinct_[pairs_[i]] : full_[i];
  }
  void resize(std::size_t size);
  void set(std::size_t i, double delay);
  void push_back(double delay) {
    resize(size_ + 1);
    set(size_ - 1, delay);
  }
  /// Calls visit(stored), one value for each delay. Those of whole tables are compared as delays are after finish().
  template <class Visit>
  void visit_stored(const Visit& visit) {
    if (width_ == 1) visit(std::span(bytes_));
    if (width_ == 2) visit(std::span(pairs_));
    if (width_ == 8) visit(std::span(full_));
  }
  /// Every value that occurs, and possibly values that no longer occur; each once, or as often as it occurs.
  std::span<const double> values() const { return width_ == 8 ? std::span<const double>(full_) : distinct_; }
  /// Where it stores the delay of synapse i.
  const void* address(std::size_t i) const {
    if (width_ == 1) return bytes_.data() + i;
    return width_ == 2 ? static_cast<const void*>(pairs_.data() + i) : full_.data() + i;
  }
  /// Numbers the distinct values by size, and frees what only set() needs.
  void finish();

 private:
  std::uint32_t code_of(double delay);
  void widen();
  void rehash(std::size_t size);

  std::size_t size_ = 0;
  std::uint8_t width_ = 1;              // bytes of a delay: 1, 2 (a place in distinct_) or 8 (itself)
  std::vector<double> distinct_;        // in the order of their first use; after finish(), ascending
  large_vector<std::uint8_t> bytes_;    // [size], of width 1
  large_vector<std::uint16_t> pairs_;   // [size], of width 2
  large_vector<double> full_;           // [size], of width 8
  std::vector<std::uint32_t> code_at_;  // hash table with linear probing: place in distinct_ plus 1, or 0
};

/// The synapses of a sparse projection: a list of `synapse` to look at, arrays inside. It is in one of two forms:
///
/// - as given: in any order, by push_back() or from a list of `synapse`; 13 bytes a synapse in f32;
/// - in rows: by (pre, delay, given order), as networks store it; 9 bytes a synapse in f32 where there are up to 256
///   distinct delays, up to 16 with more. For many synapses use the constructor that takes the row sizes, then place(),
///   then finish().
///
/// Weights are rounded to Real. Up to 2^32 - 1 synapses.
template <class Real>
class synapse_table {
 public:
  class iterator;

  synapse_table() = default;
  synapse_table(std::initializer_list<synapse> list) : synapse_table(std::span(list.begin(), list.size())) {}
  // A list is a table: NOLINTNEXTLINE(google-explicit-constructor)
  synapse_table(const std::vector<synapse>& list) : synapse_table(std::span(list)) {}
  /// As given: synapse i is pre[i], post[i], weight[i], delay[i]; all of one length.
  synapse_table(std::span<const std::uint32_t> pre, std::span<const std::uint32_t> post, std::span<const double> weight,
                std::span<const double> delay);
  template <class From>
  explicit synapse_table(const synapse_table<From>& from);
  /// Rows for sizes[i] synapses of presynaptic neuron i, which place() then fills. Throws std::invalid_argument for
  /// 2^32 synapses or more.
  static synapse_table with_row_sizes(std::span<const std::uint32_t> sizes);

  std::size_t size() const { return post_.size(); }
  bool empty() const { return post_.empty(); }
  /// In rows this takes logarithmic time; begin() to end() does not.
  synapse operator[](std::size_t i) const { return {pre_of(i), post_[i], static_cast<double>(weight_[i]), delay_[i]}; }
  iterator begin() const { return {*this, 0}; }
  iterator end() const { return {*this, size()}; }

  void push_back(const synapse& s);
  /// The next synapse of row `pre`, of a table made by with_row_sizes(). Each row must get as many as it has room for.
  void place(std::uint32_t pre, std::uint32_t post, Real weight, double delay) {
    const auto i = first_[std::size_t{pre} + 1]++;
    post_[i] = post;
    weight_[i] = weight;
    delay_.set(i, delay);
  }
  /// The same for each k: pre[k], post[k], weight[k], delay[k]; all of one length.
  void place(std::span<const std::uint32_t> pre, std::span<const std::uint32_t> post, std::span<const double> weight,
             std::span<const double> delay);
  /// Sorts each row by delay, after the last place(). Keeps the order of equal delays.
  void finish();
  /// Puts the synapses in rows, one for each of the `pre_size` presynaptic neurons. All of them must be below it.
  void put_in_rows(std::uint32_t pre_size);
  bool in_rows() const { return !first_.empty(); }
  std::uint32_t row_count() const { return static_cast<std::uint32_t>(first_.empty() ? 0 : first_.size() - 1); }

  /// In rows: the synapses of presynaptic neuron i are [first(i), first(i + 1)).
  std::uint32_t first(std::uint32_t i) const { return first_[i]; }
  const std::uint32_t* firsts() const { return first_.data(); }
  std::span<const std::uint32_t> post() const { return post_; }
  std::span<const Real> weights() const { return weight_; }
  const delay_column& delays() const { return delay_; }
  void set_weight(std::size_t i, Real weight) { weight_[i] = weight; }

  /// Equal synapses in the same order.
  friend bool operator==(const synapse_table& a, const synapse_table& b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  template <class>
  friend class synapse_table;

  explicit synapse_table(std::span<const synapse> list);
  std::uint32_t pre_of(std::size_t i) const {
    if (!in_rows()) return pre_[i];
    return static_cast<std::uint32_t>(std::upper_bound(first_.begin(), first_.end(), i) - first_.begin() - 1);
  }
  template <class Stored>
  void sort_rows(std::span<Stored> delays);

  std::vector<std::uint32_t> pre_;     // [synapses]; empty in rows
  large_vector<std::uint32_t> first_;  // [presynaptic neurons + 1]; empty if not in rows
  large_vector<std::uint32_t> post_;   // [synapses]
  large_vector<Real> weight_;          // [synapses]
  delay_column delay_;                 // [synapses]
};

/// Visits the synapses in order, each as a value.
template <class Real>
class synapse_table<Real>::iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = synapse;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = synapse;

  iterator() = default;
  iterator(const synapse_table& table, std::size_t at) : table_(&table), at_(at) {}

  synapse operator*() const {
    if (!table_->in_rows()) return (*table_)[at_];
    while (table_->first_[row_ + 1] <= at_) ++row_;
    return {row_, table_->post_[at_], static_cast<double>(table_->weight_[at_]), table_->delay_[at_]};
  }
  iterator& operator++() {
    ++at_;
    return *this;
  }
  iterator operator++(int) {
    auto before = *this;
    ++at_;
    return before;
  }
  friend bool operator==(const iterator& a, const iterator& b) { return a.at_ == b.at_; }

 private:
  const synapse_table* table_ = nullptr;
  std::size_t at_ = 0;
  mutable std::uint32_t row_ = 0;  // at or before the row of at_
};

}  // namespace firstspike
