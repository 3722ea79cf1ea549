#include "firstspike/engine/lookahead.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace firstspike {
namespace {

constexpr std::size_t most_populations = 64;  // each turn looks at all of them
/// With more, sums stay in registers longer, and a run that ends early has handled more in vain.
constexpr std::size_t arrivals_of_visit = 64;

}  // namespace

template <class Real>
bool lookahead_simulation<Real>::can_run(const network<Real>& net, double t_max) {
  if (net.populations().size() > most_populations || net.projection_count() >> parallel_bits != 0) return false;
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    if (net.describe(i).sparse || net.describe(i).shared) return false;
  }
  for (std::size_t i = 0; i < net.populations().size(); ++i) {
    const auto& p = net.populations()[i];
    const bool is_never_tested = net.has_fire_phase(i) && p.t_fire >= t_max;
    if (is_never_tested || !has_equal_thresholds(p)) return false;
  }
  return true;
}

template <class Real>
lookahead_simulation<Real>::lookahead_simulation(const network<Real>& net, instruction_set set)
    : net_(&net),
      kernels_(&kernels_for<Real>(set)),
      membranes_(net),
      spikes_(net.populations().size()),
      known_until_(net.populations().size()) {
  std::vector<std::uint32_t> by_rank;
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    if (net.populations()[p].kind == population_kind::neurons) by_rank.push_back(p);
  }
  std::ranges::stable_sort(by_rank, {}, [&](std::uint32_t p) { return net.rank(p); });
  std::vector<std::size_t> layer_of(net.populations().size());
  for (const auto p : by_rank) {
    const auto& of = net.populations()[p];
    layer_of[p] = layers_.size();
    layers_.push_back({.population = p,
                       .first = net.first_id(p),
                       .size = of.size,
                       .ramp = net.kernel(p) == synapse_kernel::ramp,
                       .has_fire_phase = net.has_fire_phase(p),
                       .v_th = static_cast<Real>(of.v_th[0]),
                       .inputs = {},
                       .outputs = {}});
  }
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
    const auto pre = net.pre(i);
    const auto delay = net.describe(i).delay;
    auto& to = layers_[layer_of[net.post(i)]];
    const auto parallel = static_cast<std::uint64_t>(std::ranges::count(to.inputs, pre, &input::pre));
    to.inputs.push_back({pre, to.size, delay, order_of_projection(net.rank(pre), parallel), net.weights(i).data()});
    if (net.populations()[pre].kind != population_kind::neurons) continue;
    layers_[layer_of[pre]].outputs.push_back({layer_of[net.post(i)], delay});
  }
  std::size_t largest = 0, most_arrivals = 0;
  for (std::uint32_t p = 0; p < spikes_.size(); ++p) {
    largest = std::max<std::size_t>(largest, net.populations()[p].size);
    spikes_[p].reserve(net.populations()[p].size);
  }
  for (const auto& to : layers_) {
    std::size_t most = 0;
    for (const auto& in : to.inputs) most += net.populations()[in.pre].size;
    most_arrivals = std::max(most_arrivals, most);
  }
  arrivals_.resize(most_arrivals);
  merged_.resize(most_arrivals);
  neurons_.resize(largest + 16);
  crossing_times_.resize(neurons_.size());
  crossing_v_m_.resize(neurons_.size());
  intervals_.resize(largest);
  predictions_.resize(largest);
  counts_.reserve(most_arrivals + 2);
  starts_.resize(most_arrivals + 3);
}

template <class Real>
void lookahead_simulation<Real>::run(std::span<const double> source_times, double t_max, bool early_exit,
                                     std::span<double> times, std::span<double> v_m,
                                     const std::function<void()>& check) {
  constexpr std::size_t visits_between_checks = 64;
  times_ = times;
  v_m_ = v_m;
  start(source_times, t_max, early_exit);
  const auto outputs = times.subspan(net_->first_id(net_->populations().size() - 1));
  std::size_t visits = 0;
  for (;;) {
    double now = never;
    for (const auto& of : layers_) now = std::min(now, of.next);
    if (now == never || (early_exit && now > earliest(outputs))) break;
    for (auto& of : layers_) {
      auto& known = known_until_[of.population];
      if (known == never) continue;
      known = known_arrivals(of, now);
      if (!(of.next < known)) continue;
      known = visit(of, known);
      if (++visits % visits_between_checks == 0) check();
    }
  }
  if (early_exit) {
    const double end = earliest(outputs);
    for (auto& t : times) t = t <= end ? t : never;
    return;
  }
  arrival_count_ = 0;
  for (auto& of : layers_) {
    if (of.ramp && !of.has_fire_phase && !of.awaited && of.left > 0) cross(of, never);
  }
  if (!v_m.empty()) write_potentials();
}

template <class Real>
void lookahead_simulation<Real>::start(std::span<const double> source_times, double t_max, bool early_exit) {
  t_max_ = t_max;
  std::ranges::fill(times_, never);
  std::ranges::fill(v_m_, 0.0);
  std::ranges::fill(membranes_.sum_w, Real{0});
  std::ranges::fill(membranes_.sum_wt, Real{0});
  std::size_t next_source = 0;
  for (std::uint32_t p = 0; p < spikes_.size(); ++p) {
    const auto& from = net_->populations()[p];
    spikes_[p].clear();
    known_until_[p] = from.kind == population_kind::neurons ? 0 : never;
    if (from.kind == population_kind::source) {
      take_given(p, source_times.subspan(next_source, from.size));
      next_source += from.size;
    }
    if (from.kind == population_kind::bias && from.t_fire < t_max) {
      for (auto id = net_->first_id(p); id < net_->first_id(p + 1); ++id) spikes_[p].push_back({id, from.t_fire});
    }
    for (const auto& s : spikes_[p]) times_[s.source] = s.time;
  }
  for (auto& of : layers_) {
    const auto& p = net_->populations()[of.population];
    for (auto& in : of.inputs) in.next = 0;
    of.end_of_arrivals = net_->end_of_arrivals(of.population, t_max);
    of.end_of_firing = net_->end_of_firing(of.population, t_max);
    of.next = of.has_fire_phase ? p.t_fire : next_arrival(of);
    of.left = of.size;
    of.awaited = early_exit || !of.outputs.empty();
    of.last = 0;
    of.tested = never;
  }
}

template <class Real>
void lookahead_simulation<Real>::take_given(std::uint32_t population, std::span<const double> given) {
  const auto count = kernels_->times_before(given.data(), given.size(), t_max_, neurons_.data());
  for (std::size_t k = 0; k < count; ++k) crossing_times_[k] = given[neurons_[k]];
  sorter_.sort(std::span(neurons_).first(count), std::span(crossing_times_).first(count), net_->first_id(population),
               spikes_[population]);
}

/// No arrival at a layer before is unknown, if nothing happens before `now`.
template <class Real>
double lookahead_simulation<Real>::known_arrivals(const layer& at, double now) const {
  double until = never;
  for (const auto& in : at.inputs) until = std::min(until, std::max(known_until_[in.pre], now) + in.delay);
  return until;
}

/// `end`, or after as many arrivals as one visit may handle.
template <class Real>
double lookahead_simulation<Real>::end_of_visit(const layer& of, double end) const {
  for (auto most = arrivals_of_visit;; most *= 2) {
    double limited = end;
    for (const auto& in : of.inputs) {
      const std::span<const spike> spikes = spikes_[in.pre];
      if (most < spikes.size() - in.next) limited = std::min(limited, spikes[in.next + most].time + in.delay);
    }
    if (limited > of.next) return limited;  // more arrivals than `most` may be simultaneous
  }
}

// Handles the events of a layer before `end`, where its arrivals before are known. Returns until when it is done.
template <class Real>
double lookahead_simulation<Real>::visit(layer& of, double end) {
  if (of.has_fire_phase) {
    begin_fire_phase(of);
    return never;
  }
  end = end_of_visit(of, end);
  collect(of, std::min(end, of.end_of_arrivals));
  // Where nobody waits for crossings, ramp neurons are tested at the next arrival.
  cross(of, of.awaited ? end : -never);
  of.next = of.left == 0 ? never : next_arrival(of);
  if (of.ramp && of.awaited && end < of.next && of.left > 0) {
    const auto crossing = kernels_->earliest_crossing(membranes_.sum_w.data() + of.first,
                                                      membranes_.sum_wt.data() + of.first, of.size, of.v_th);
    if (crossing < of.end_of_firing) of.next = std::clamp(crossing, end, of.next);
  }
  return of.left == 0 || end >= of.end_of_firing ? never : end;
}

// Adds the arrivals_ and takes the neurons that cross meanwhile; for ramp, also up to `until`.
template <class Real>
void lookahead_simulation<Real>::cross(layer& of, double until) {
  const auto most = of.ramp ? kernels_->most_ramp_neurons : kernels_->most_neurons;
  std::size_t found = 0;
  if (of.ramp) counts_.assign(arrival_count_ + 2, 0);
  for_each_tile(of.size, most, [&](std::uint32_t first, std::uint32_t size) {
    const neuron_tile<Real> tile{.arrivals = arrivals_.data(),
                                 .count = arrival_count_,
                                 .first = first,
                                 .size = size,
                                 .v_th = of.v_th,
                                 .end = of.end_of_firing,
                                 .last = of.last,
                                 .tested = of.tested,
                                 .until = until};
    Real* sum_w = membranes_.sum_w.data() + of.first + first;
    Real* sum_wt = membranes_.sum_wt.data() + of.first + first;
    if (of.ramp) {
      const ramp_crossings to{&intervals_[first], &predictions_[first], &crossing_v_m_[first], counts_.data(),
                              starts_.data()};
      found += kernels_->cross_ramp(tile, sum_w, sum_wt, to);
    } else {
      found += kernels_->cross_step(tile, sum_w, {&neurons_[found], &crossing_times_[found], &crossing_v_m_[found]});
    }
  });
  if (arrival_count_ > 0) of.last = of.tested = arrivals_[arrival_count_ - 1].time;
  if (of.tested < never) of.tested = std::max(of.tested, until);
  of.ramp ? take_ramp(of, found) : take(of, found);
}

// Its predictions are final, as nothing arrives any more.
template <class Real>
void lookahead_simulation<Real>::begin_fire_phase(layer& of) {
  collect(of, of.end_of_arrivals);
  const double t_fire = net_->populations()[of.population].t_fire;
  for_each_tile(of.size, kernels_->most_neurons, [&](std::uint32_t first, std::uint32_t size) {
    const neuron_tile<Real> tile{.arrivals = arrivals_.data(),
                                 .count = arrival_count_,
                                 .first = first,
                                 .size = size,
                                 .v_th = of.v_th,
                                 .end = of.end_of_firing};
    of.ramp ? kernels_->sum_charges(tile, t_fire, membranes_.sum_wt.data() + of.first + first)
            : kernels_->sum_weights(tile, membranes_.sum_w.data() + of.first + first);
  });
  fire_phase_crossings(membranes_, *net_, of.population, std::span(predictions_).first(of.size));
  const auto found = kernels_->times_before(predictions_.data(), of.size, of.end_of_firing, neurons_.data());
  for (std::size_t k = 0; k < found; ++k) {
    crossing_times_[k] = predictions_[neurons_[k]];
    const auto id = of.first + neurons_[k];
    crossing_v_m_[k] = static_cast<double>(of.ramp ? membranes_.sum_wt[id] : membranes_.sum_w[id]);
  }
  of.next = never;
  take(of, found);
}

// Makes the `found` neurons that have an interval spikes of the layer.
template <class Real>
void lookahead_simulation<Real>::take_ramp(layer& from, std::size_t found) {
  if (found == 0) return;
  from.left -= static_cast<std::uint32_t>(found);
  order_.take(std::span(intervals_).first(from.size), std::span(predictions_).first(from.size), found, counts_,
              from.first, kernels_->order_spikes);
  for (const auto j : order_.neurons()) times_[from.first + j] = predictions_[j];
  if (!v_m_.empty()) {
    for (const auto j : order_.neurons()) v_m_[from.first + j] = crossing_v_m_[j];
  }
  if (from.outputs.empty()) return;
  auto& spikes = spikes_[from.population];
  const auto first = spikes.size();
  order_.append(found, spikes);
  announce(from, spikes[first].time);
}

// A spike of `from`, to the layers that it reaches.
template <class Real>
void lookahead_simulation<Real>::announce(const layer& from, double sent) {
  for (const auto& out : from.outputs) {
    auto& to = layers_[out.layer];
    const double arrival = sent + out.delay;
    if (!to.has_fire_phase && to.left > 0 && arrival < to.end_of_arrivals) to.next = std::min(to.next, arrival);
  }
}

// Makes the first `found` of neurons_ spikes of the layer.
template <class Real>
void lookahead_simulation<Real>::take(layer& from, std::size_t found) {
  from.left -= static_cast<std::uint32_t>(found);
  for (std::size_t k = 0; k < found; ++k) times_[from.first + neurons_[k]] = crossing_times_[k];
  if (!v_m_.empty()) {
    for (std::size_t k = 0; k < found; ++k) v_m_[from.first + neurons_[k]] = crossing_v_m_[k];
  }
  if (from.outputs.empty() || found == 0) return;
  const auto& spikes = spikes_[from.population];
  const auto first = spikes.size();
  append_by_time(from, found);
  announce(from, spikes[first].time);
}

// They come after all spikes before. Those at equal times may have any order.
template <class Real>
void lookahead_simulation<Real>::append_by_time(const layer& from, std::size_t found) {
  constexpr std::size_t few = 16;
  auto& spikes = spikes_[from.population];
  if (found > few) {
    sorter_.sort(std::span(neurons_).first(found), std::span(crossing_times_).first(found), from.first, sorted_);
    spikes.insert(spikes.end(), sorted_.begin(), sorted_.end());
    return;
  }
  const auto first = spikes.size();
  for (std::size_t k = 0; k < found; ++k) {
    const spike added{from.first + neurons_[k], crossing_times_[k]};
    spikes.push_back(added);
    auto to = spikes.size() - 1;
    for (; to > first && added.time < spikes[to - 1].time; --to) spikes[to] = spikes[to - 1];
    spikes[to] = added;
  }
}

// Sets arrivals_ to those at a layer before `end` that have not been taken, in the order of summation.
template <class Real>
void lookahead_simulation<Real>::collect(layer& to, double end) {
  std::size_t count = 0;
  for (auto& in : to.inputs) {
    const auto before = count;
    const auto first_id = net_->first_id(in.pre);
    const auto left = std::span<const spike>(spikes_[in.pre]).subspan(in.next);
    count = add_arrivals_of<dense_arrival<Real>>(
        left, in.delay, in.order, end, arrivals_, count, merged_,
        [&](double time, std::uint64_t order, std::uint32_t id) {
          return dense_arrival<Real>{time, order, in.weights + std::size_t{id - first_id} * in.size};
        });
    in.next += count - before;
  }
  arrival_count_ = count;
}

/// The first arrival that is known and has not been taken; `never` for none.
template <class Real>
double lookahead_simulation<Real>::next_arrival(const layer& at) const {
  double first = never;
  for (const auto& in : at.inputs) {
    if (in.next < spikes_[in.pre].size()) first = std::min(first, spikes_[in.pre][in.next].time + in.delay);
  }
  return first < at.end_of_arrivals ? first : never;
}

// Of neurons that have not crossed.
template <class Real>
void lookahead_simulation<Real>::write_potentials() {
  for (const auto& of : layers_) {
    for (auto id = of.first; id < of.first + of.size; ++id) {
      if (times_[id] == never) v_m_[id] = v_m_at(membranes_, *net_, of.population, id, of.end_of_firing);
    }
  }
}

template class lookahead_simulation<float>;
template class lookahead_simulation<double>;

}  // namespace firstspike
