#include "firstspike/inspect/timeline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <optional>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

// A move back copies a checkpoint and executes for at most this long; less if copies are fast, because then there are
// more checkpoints.
constexpr double longest_gap = 0.01;  // [s]

// A long move forward would spend most of its time on checkpoints that it does not need. So its gaps grow with the
// move, and the last gap is executed again with short gaps.
constexpr double share_of_long_move = 0.05;

}  // namespace

template <class Real>
std::size_t most_bytes_of_run(const network<Real>& net) {
  const std::size_t neurons = net.neuron_count();
  std::size_t entries = 0;
  for (std::size_t p = 0; p < net.populations().size(); ++p) {
    const std::size_t size = net.populations()[p].size;
    entries += size * net.leaving(p).size();
    if (net.has_fire_phase(p)) entries += size;
    if (net.dense_fed(p)) entries += size;
  }
  for (std::size_t p = 0; p < net.projection_count(); ++p) {
    const auto& from = net.describe(p);
    if (from.kernel != synapse_kernel::ramp || net.has_fire_phase(from.post)) continue;
    if (from.sparse) entries += from.synapses.size();
    if (from.shared)
      entries += synapse_count(*from.shared, net.populations()[from.pre].shape, net.populations()[from.post].shape);
  }
  constexpr std::size_t per_neuron = 3 * sizeof(Real) + 3 * sizeof(double) + sizeof(event);  // of sources, to sort them
  // Of each entry: in the calendar, in the open bucket, and to sort it; in vectors that double their size.
  constexpr std::size_t while_it_grows = 9 * sizeof(event);
  constexpr std::size_t of_empty_queue = 1 << 18;  // buckets with few events each
  return neurons * per_neuron + entries * while_it_grows + of_empty_queue;
}

/// The current state of the run, and its checkpoints.
template <class Real>
struct timeline<Real>::history {
  struct checkpoint {
    std::size_t position;
    double cost;  // [s] of execution from the start
    std::size_t bytes;
    event_simulation<Real> run;
  };

  history(const network<Real>& net, std::span<const double> source_times, double t_max, std::size_t most_bytes);

  bool at_end() const { return run_.at_end(); }
  bool advance(instant_log* log);
  void run_on(double until, const std::function<bool()>& stop);
  void go_to(std::size_t position, const progress_callback& progress);
  void go_to_time(double t, const progress_callback& progress);

  bool advance_with(double gap, instant_log* log = nullptr);
  double gap_in_long_move(double start) const;
  void settle();
  void restore(std::size_t index);
  void keep();
  checkpoint forget_least_useful();
  double usefulness(std::size_t index) const;

  const network<Real>* net_;
  double t_max_;
  std::size_t most_bytes_;
  event_simulation<Real> run_;
  std::size_t position_ = 0;
  double cost_ = 0;                     // [s] of execution from the start to here
  double copy_seconds_ = 0;             // time of the last copy
  std::deque<checkpoint> checkpoints_;  // by position; the first is the start. No vector: growing would copy the runs,
                                        // as Boost's heap does not promise a move that cannot throw
  std::size_t next_ = 1;                // the first checkpoint behind position_
  std::size_t held_bytes_ = 0;
};

template <class Real>
timeline<Real>::history::history(const network<Real>& net, std::span<const double> source_times, double t_max,
                                 std::size_t most_bytes)
    : net_(&net), t_max_(t_max), most_bytes_(most_bytes), run_(net) {
  run_.start(source_times, t_max);
  const auto start = clock::now();
  checkpoints_.push_back({0, 0, run_.bytes(), run_});
  copy_seconds_ = seconds_since(start);
  held_bytes_ = checkpoints_.front().bytes;
}

template <class Real>
bool timeline<Real>::history::advance(instant_log* log) {
  return advance_with(std::min(copy_seconds_, longest_gap), log);
}

/// One instant, and a checkpoint after it where the last one is `gap` [s] of execution back.
template <class Real>
bool timeline<Real>::history::advance_with(double gap, instant_log* log) {
  const auto start = clock::now();
  if (!run_.step(log)) return false;
  ++position_;
  cost_ += seconds_since(start);
  if (next_ < checkpoints_.size() && checkpoints_[next_].position == position_) {
    cost_ = checkpoints_[next_++].cost;  // the cost of a position is measured once
  } else if (cost_ - checkpoints_[next_ - 1].cost >= gap) {
    keep();
  }
  return true;
}

template <class Real>
void timeline<Real>::history::keep() {
  const auto start = clock::now();
  auto bytes = run_.bytes();
  std::optional<event_simulation<Real>> copy;
  while (checkpoints_.size() > 1 && held_bytes_ + bytes > most_bytes_) {
    // Reuses its memory: writing to existing pages is much faster than to new ones.
    auto forgotten = forget_least_useful();
    bytes = std::max(bytes, forgotten.bytes);
    copy = std::move(forgotten.run);
  }
  if (held_bytes_ + bytes > most_bytes_) return;
  if (copy) {
    *copy = run_;
  } else {
    copy = run_;
  }
  checkpoints_.insert(checkpoints_.begin() + static_cast<std::ptrdiff_t>(next_++),
                      {position_, cost_, bytes, std::move(*copy)});
  held_bytes_ += bytes;
  copy_seconds_ = seconds_since(start);
}

// The gap after removal of a checkpoint, relative to its distance from the present.
template <class Real>
double timeline<Real>::history::usefulness(std::size_t index) const {
  const double here = checkpoints_[index].cost;
  const double before = checkpoints_[index - 1].cost;
  const double after = index + 1 < checkpoints_.size() ? checkpoints_[index + 1].cost : std::max(here, cost_);
  return (after - before) / (std::abs(cost_ - here) + longest_gap);
}

template <class Real>
typename timeline<Real>::history::checkpoint timeline<Real>::history::forget_least_useful() {
  std::size_t least = 1;
  for (std::size_t i = 2; i < checkpoints_.size(); ++i) {
    if (usefulness(i) < usefulness(least)) least = i;
  }
  auto forgotten = std::move(checkpoints_[least]);
  checkpoints_.erase(checkpoints_.begin() + static_cast<std::ptrdiff_t>(least));
  if (least < next_) --next_;
  held_bytes_ -= forgotten.bytes;
  return forgotten;
}

template <class Real>
void timeline<Real>::history::restore(std::size_t index) {
  run_ = checkpoints_[index].run;
  position_ = checkpoints_[index].position;
  cost_ = checkpoints_[index].cost;
  next_ = index + 1;
}

template <class Real>
double timeline<Real>::history::gap_in_long_move(double start) const {
  // Twice the gap of single moves: a repeated execution may take slightly longer, and then needs no more checkpoints.
  return std::max(2 * std::min(copy_seconds_, longest_gap), share_of_long_move * (cost_ - start));
}

template <class Real>
void timeline<Real>::history::settle() {
  const auto here = position_;
  if (cost_ - checkpoints_[next_ - 1].cost <= 2 * longest_gap) return;
  restore(next_ - 1);
  while (position_ < here) advance(nullptr);
}

template <class Real>
void timeline<Real>::history::run_on(double until, const std::function<bool()>& stop) {
  const double start = cost_;
  while (!at_end() && run_.next_time() <= until) {
    advance_with(gap_in_long_move(start));
    if (stop()) break;
  }
  settle();
}

template <class Real>
void timeline<Real>::history::go_to(std::size_t position, const progress_callback& progress) {
  const auto behind = std::ranges::upper_bound(checkpoints_, position, {}, &checkpoint::position);
  const auto nearest = static_cast<std::size_t>(behind - checkpoints_.begin()) - 1;
  if (position < position_ || checkpoints_[nearest].position > position_) restore(nearest);
  if (position == position_) return;
  run_on(never, [&, from = position_] {
    report_progress(progress, position_ - from, 0);
    return position_ == position;
  });
}

template <class Real>
void timeline<Real>::history::go_to_time(double t, const progress_callback& progress) {
  const auto from = checkpoints_.begin() + 1;  // the start is before every time
  const auto time_of = [](const checkpoint& c) { return c.run.now(); };
  const auto behind = std::ranges::upper_bound(from, checkpoints_.end(), t, {}, time_of);
  const auto nearest = static_cast<std::size_t>(behind - checkpoints_.begin()) - 1;
  const bool too_late = position_ > 0 && run_.now() > t;
  if (too_late || checkpoints_[nearest].position > position_) restore(nearest);
  run_on(t, [&, from = position_] {
    report_progress(progress, position_ - from, 0);
    return false;
  });
}

template <class Real>
timeline<Real>::timeline(const network<Real>& net, std::span<const double> source_times, double t_max,
                         std::size_t most_bytes) {
  require(t_max > 0 && t_max <= longest_window, "t_max = {}, allowed: above 0, up to 2^32 steps", t_max);
  require(source_times.size() == net.source_count(), "{} source times, needed: {}, one for each source of the network",
          source_times.size(), net.source_count());
  require(std::ranges::none_of(source_times, [](double t) { return std::isnan(t); }),
          "source time = nan, allowed: steps from 0 up, or infinity for silence");
  history_ = std::make_unique<history>(net, source_times, t_max, most_bytes);
}

template <class Real>
timeline<Real>::timeline(timeline&&) noexcept = default;
template <class Real>
timeline<Real>& timeline<Real>::operator=(timeline&&) noexcept = default;
template <class Real>
timeline<Real>::~timeline() = default;

template <class Real>
double timeline<Real>::now() const {
  return history_->run_.now();
}
template <class Real>
std::span<const double> timeline<Real>::spike_times() const {
  return history_->run_.spike_times();
}
template <class Real>
const network<Real>& timeline<Real>::net() const {
  return *history_->net_;
}
template <class Real>
double timeline<Real>::t_max() const {
  return history_->t_max_;
}
template <class Real>
std::size_t timeline<Real>::position() const {
  return history_->position_;
}
template <class Real>
bool timeline<Real>::at_end() const {
  return history_->at_end();
}
template <class Real>
checkpoint_memory timeline<Real>::memory() const {
  return {history_->checkpoints_.size(), history_->held_bytes_, history_->most_bytes_};
}
template <class Real>
const event_simulation<Real>& timeline<Real>::run() const {
  return history_->run_;
}
template <class Real>
bool timeline<Real>::advance(instant_log* log) {
  return history_->advance(log);
}
template <class Real>
void timeline<Real>::run_on(double until, const std::function<bool()>& stop) {
  history_->run_on(until, stop);
}
template <class Real>
void timeline<Real>::go_to(std::size_t position, const progress_callback& progress) {
  history_->go_to(position, progress);
}
template <class Real>
void timeline<Real>::go_to_time(double t, const progress_callback& progress) {
  history_->go_to_time(t, progress);
}

template std::size_t most_bytes_of_run(const network<float>&);
template std::size_t most_bytes_of_run(const network<double>&);
template class timeline<float>;
template class timeline<double>;

}  // namespace firstspike
