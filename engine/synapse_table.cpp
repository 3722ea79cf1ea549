#include "firstspike/engine/synapse_table.hpp"

#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <type_traits>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/time.hpp"

namespace firstspike {
namespace {

constexpr std::size_t most_synapses = 0xffffffffu;
constexpr std::size_t few = 16;  // synapses of a row that is sorted in registers

std::size_t slot_of(double delay, std::size_t slots) {
  // -0 is equal to 0, so both must have one slot.
  const auto bits = std::bit_cast<std::uint64_t>(delay == 0 ? 0.0 : delay);
  // The highest bits of the product, because the others are 0 for all whole numbers.
  return static_cast<std::size_t>(bits * 0x9e3779b97f4a7c15u >> (64 - std::countr_zero(slots)));
}

/// A number that is smaller for a smaller delay or, where delays are equal, for a smaller place in the row.
std::uint16_t sort_key(std::uint8_t delay, std::size_t place) {
  return static_cast<std::uint16_t>(delay * few + place);
}
std::uint32_t sort_key(std::uint16_t delay, std::size_t place) {
  return static_cast<std::uint32_t>(delay * few + place);
}
double sort_key(double delay, std::size_t) { return delay; }

/// [few] where the values of a row of up to `few` synapses go; those behind it stay. Each counts those before it, all
/// of them at a time and without branches, whose outcome is random.
template <class Stored>
std::array<std::uint32_t, few> places_in_row(const Stored* delays, std::size_t size) {
  using key = decltype(sort_key(Stored{}, 0));
  using counter = std::conditional_t<std::is_same_v<key, double>, std::uint64_t, key>;  // as wide, for vectors
  constexpr key behind = std::numeric_limits<key>::max();
  std::array<key, few> keys;
  std::array<counter, few> before{};
  for (std::size_t j = 0; j < few; ++j) keys[j] = j < size ? sort_key(delays[j], j) : behind;
  for (std::size_t k = 0; k < few; ++k) {
    for (std::size_t j = 0; j < few; ++j) before[j] += keys[k] < keys[j];
  }
  std::array<std::uint32_t, few> places;
  for (std::size_t j = 0; j < few; ++j) places[j] = static_cast<std::uint32_t>(j < size ? before[j] : j);
  if constexpr (std::is_same_v<key, double>) {
    for (std::size_t k = 0; k < few; ++k) {
      for (std::size_t j = k + 1; j < size; ++j) places[j] += keys[k] == keys[j];
    }
  }
  return places;
}

template <class T>
void move_to_places(T* values, const std::array<std::uint32_t, few>& places) {
  std::array<T, few> moved;
  for (std::size_t k = 0; k < few; ++k) moved[places[k]] = values[k];
  std::copy_n(moved.begin(), few, values);
}

/// The stable order of `delays`. Codes are below `codes`; many of them are sorted by counting.
template <class Stored>
void order_of(std::span<const Stored> delays, std::size_t codes, std::vector<std::uint32_t>& order) {
  order.resize(delays.size());
  if constexpr (std::is_integral_v<Stored>) {
    if (codes <= delays.size()) {
      std::vector<std::uint32_t> next(codes + 1);
      for (const auto d : delays) ++next[d + std::size_t{1}];
      std::partial_sum(next.begin(), next.end(), next.begin());
      for (std::uint32_t k = 0; k < delays.size(); ++k) order[next[delays[k]]++] = k;
      return;
    }
  }
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t k) { return delays[k]; });
}

template <class T>
void reorder_values(T* values, std::span<const std::uint32_t> order) {
  const std::vector<T> copy(values, values + order.size());
  for (std::size_t k = 0; k < order.size(); ++k) values[k] = copy[order[k]];
}

}  // namespace

void delay_column::resize(std::size_t size) {
  size_ = size;
  if (width_ == 1) bytes_.resize(size);
  if (width_ == 2) pairs_.resize(size);
  if (width_ == 8) full_.resize(size);
}

void delay_column::set(std::size_t i, double delay) {
  const auto code = width_ == 8 ? 0 : code_of(delay);
  while (width_ < 8 && code >> (8 * width_) != 0) widen();
  if (width_ == 1) bytes_[i] = static_cast<std::uint8_t>(code);
  if (width_ == 2) pairs_[i] = static_cast<std::uint16_t>(code);
  if (width_ == 8) full_[i] = delay;
}

// The place of a delay in distinct_, where it is put if it is new.
std::uint32_t delay_column::code_of(double delay) {
  constexpr std::size_t few = 1024;  // slots, so that few delays rarely share one
  if (code_at_.size() < 2 * (distinct_.size() + 1)) rehash(std::max(few, 4 * (distinct_.size() + 1)));
  auto slot = slot_of(delay, code_at_.size());
  for (; code_at_[slot] != 0; slot = (slot + 1) & (code_at_.size() - 1)) {
    if (distinct_[code_at_[slot] - 1] == delay) return code_at_[slot] - 1;
  }
  distinct_.push_back(delay);
  code_at_[slot] = static_cast<std::uint32_t>(distinct_.size());
  return code_at_[slot] - 1;
}

void delay_column::rehash(std::size_t size) {
  code_at_.assign(std::bit_ceil(size), 0);
  for (std::uint32_t code = 0; code < distinct_.size(); ++code) {
    auto slot = slot_of(distinct_[code], code_at_.size());
    while (code_at_[slot] != 0) slot = (slot + 1) & (code_at_.size() - 1);
    code_at_[slot] = code + 1;
  }
}

void delay_column::widen() {
  if (width_ == 1) {
    pairs_.assign(bytes_.begin(), bytes_.end());
    bytes_ = {};
    width_ = 2;
    return;
  }
  full_.resize(size_);
  for (std::size_t i = 0; i < size_; ++i) full_[i] = distinct_[pairs_[i]];
  pairs_ = {};
  distinct_ = {};
  code_at_ = {};
  width_ = 8;
}

void delay_column::finish() {
  code_at_ = {};
  if (std::ranges::is_sorted(distinct_)) return;
  std::vector<std::uint16_t> by_size(distinct_.size()), new_code(distinct_.size());
  std::iota(by_size.begin(), by_size.end(), std::uint16_t{0});
  std::ranges::sort(by_size, {}, [&](std::uint16_t code) { return distinct_[code]; });
  std::vector<double> ascending;
  for (const auto code : by_size) {
    new_code[code] = static_cast<std::uint16_t>(ascending.size());
    ascending.push_back(distinct_[code]);
  }
  distinct_ = std::move(ascending);
  for (auto& code : bytes_) code = static_cast<std::uint8_t>(new_code[code]);
  for (auto& code : pairs_) code = new_code[code];
}

template <class Real>
synapse_table<Real>::synapse_table(std::span<const synapse> list) {
  for (const auto& s : list) push_back(s);
}

template <class Real>
synapse_table<Real>::synapse_table(std::span<const std::uint32_t> pre, std::span<const std::uint32_t> post,
                                   std::span<const double> weight, std::span<const double> delay)
    : pre_(pre.begin(), pre.end()), post_(post.begin(), post.end()), weight_(weight.begin(), weight.end()) {
  delay_.resize(delay.size());
  for (std::size_t i = 0; i < delay.size(); ++i) delay_.set(i, delay[i]);
}

template <class Real>
template <class From>
synapse_table<Real>::synapse_table(const synapse_table<From>& from)
    : pre_(from.pre_),
      first_(from.first_),
      post_(from.post_),
      weight_(from.weight_.begin(), from.weight_.end()),
      delay_(from.delay_) {}

template <class Real>
synapse_table<Real> synapse_table<Real>::with_row_sizes(std::span<const std::uint32_t> sizes) {
  const auto total = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  require(total <= most_synapses, "a sparse projection has {} synapses, allowed: below 2^32", total);
  synapse_table table;
  // place() counts first_[i + 1] up from the first synapse of row i to the first of the next row.
  table.first_.resize(sizes.size() + 1);
  for (std::size_t i = 1; i < sizes.size(); ++i) table.first_[i + 1] = table.first_[i] + sizes[i - 1];
  table.post_.resize(total);
  table.weight_.resize(total);
  table.delay_.resize(total);
  return table;
}

template <class Real>
void synapse_table<Real>::push_back(const synapse& s) {
  pre_.push_back(s.pre);
  post_.push_back(s.post);
  weight_.push_back(static_cast<Real>(s.weight));
  delay_.push_back(s.delay);
}

template <class Real>
void synapse_table<Real>::place(std::span<const std::uint32_t> pre, std::span<const std::uint32_t> post,
                                std::span<const double> weight, std::span<const double> delay) {
  for (std::size_t k = 0; k < pre.size(); ++k) place(pre[k], post[k], static_cast<Real>(weight[k]), delay[k]);
}

template <class Real>
void synapse_table<Real>::put_in_rows(std::uint32_t pre_size) {
  if (in_rows()) return;
  std::vector<std::uint32_t> sizes(pre_size);
  for (const auto pre : pre_) ++sizes[pre];
  auto rows = with_row_sizes(sizes);
  for (std::size_t i = 0; i < size(); ++i) rows.place(pre_[i], post_[i], weight_[i], delay_[i]);
  rows.finish();
  *this = std::move(rows);
}

template <class Real>
void synapse_table<Real>::finish() {
  delay_.finish();
  delay_.visit_stored([&](auto stored) { sort_rows(stored); });
}

template <class Real>
template <class Stored>
void synapse_table<Real>::sort_rows(std::span<Stored> delays) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t row = 0; row < row_count(); ++row) {
    const std::size_t begin = first_[row], size = first_[row + 1] - begin;
    const auto of_row = delays.subspan(begin, size);
    if (std::ranges::is_sorted(of_row)) continue;
    if (size <= few && begin + few <= this->size()) {
      const auto places = places_in_row(of_row.data(), size);
      move_to_places(post_.data() + begin, places);
      move_to_places(weight_.data() + begin, places);
      move_to_places(of_row.data(), places);
      continue;
    }
    order_of(std::span<const Stored>(of_row), delay_.values().size(), order);
    reorder_values(post_.data() + begin, order);
    reorder_values(weight_.data() + begin, order);
    reorder_values(of_row.data(), order);
  }
}

template class synapse_table<float>;
template class synapse_table<double>;
template synapse_table<float>::synapse_table(const synapse_table<double>&);
template synapse_table<double>::synapse_table(const synapse_table<float>&);

}  // namespace firstspike
