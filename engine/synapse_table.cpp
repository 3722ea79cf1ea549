#include "firstspike/engine/synapse_table.hpp"

#include <array>
#include <bit>
#include <numeric>

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

template <class T>
void reorder_values(T* values, std::span<const std::uint32_t> order, std::vector<T>& copy) {
  copy.assign(values, values + order.size());
  for (std::size_t k = 0; k < order.size(); ++k) values[k] = copy[order[k]];
}

template <class T>
void reorder_values(T* values, std::span<const std::uint32_t> order) {
  if (order.size() <= few) {
    std::array<T, few> copy;
    std::copy_n(values, order.size(), copy.begin());
    for (std::size_t k = 0; k < order.size(); ++k) values[k] = copy[order[k]];
  } else {
    std::vector<T> copy;
    reorder_values(values, order, copy);
  }
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

void delay_column::reorder(std::size_t first, std::span<const std::uint32_t> order) {
  if (width_ == 1) reorder_values(bytes_.data() + first, order);
  if (width_ == 2) reorder_values(pairs_.data() + first, order);
  if (width_ == 8) reorder_values(full_.data() + first, order);
}

void delay_column::finish() { code_at_ = {}; }

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
  std::vector<std::uint32_t> order;
  for (std::uint32_t row = 0; row < row_count(); ++row) sort_row(row, order);
}

// Most rows of large networks. Each synapse counts those before it: without branches, whose outcome is random.
template <class Real>
void synapse_table<Real>::sort_few(std::span<std::uint32_t> order, std::uint32_t begin) const {
  std::array<double, few> delays;
  delays.fill(never);
  for (std::uint32_t k = 0; k < order.size(); ++k) delays[k] = delay_[begin + k];
  for (std::uint32_t k = 0; k < order.size(); ++k) {
    std::uint32_t before = 0;
    for (std::uint32_t j = 0; j < few; ++j) before += delays[j] < delays[k] || (delays[j] == delays[k] && j < k);
    order[before] = k;
  }
}

template <class Real>
void synapse_table<Real>::sort_row(std::uint32_t row, std::vector<std::uint32_t>& order) {
  const auto begin = first_[row], end = first_[row + 1];
  bool sorted = true;
  for (auto i = begin + 1; i < end; ++i) sorted = sorted & !(delay_[i] < delay_[i - 1]);
  if (begin == end || sorted) return;
  order.resize(end - begin);
  if (order.size() <= few) {
    sort_few(order, begin);
  } else {
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return delay_[begin + a] < delay_[begin + b]; });
  }
  reorder_values(post_.data() + begin, order);
  reorder_values(weight_.data() + begin, order);
  delay_.reorder(begin, order);
}

template class synapse_table<float>;
template class synapse_table<double>;
template synapse_table<float>::synapse_table(const synapse_table<double>&);
template synapse_table<double>::synapse_table(const synapse_table<float>&);

}  // namespace firstspike
