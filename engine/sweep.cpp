#include "firstspike/engine/sweep.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

// The synapses of all neurons of a bias population with one weight for each channel, as one patch. They arrive at the
// same time, and arrivals of other populations come before all of them or after all of them: if a neuron has no second
// synapse from this population, its sum has the same order.
template <class Real>
std::optional<patch> biases_at_once(const network<Real>& net, std::uint32_t projection) {
  const auto& p = net.describe(projection);
  const auto &pre = net.populations()[p.pre], &post = net.populations()[p.post];
  const auto of_same = [&](std::uint32_t i) { return net.post(i) == p.post; };
  if (pre.kind != population_kind::bias || !p.shared || !is_bias_of_channels(*p.shared, pre.shape) ||
      std::ranges::count_if(net.leaving(p.pre), of_same) != 1)
    return {};
  return patch{.rows = 1,
               .columns = pre.size,
               .channels = post.shape.channels,
               .post_column = static_cast<std::ptrdiff_t>(post.shape.channels)};
}

}  // namespace

template <class Real>
layer_sweep<Real>::layer_sweep(const network<Real>& net, instruction_set set)
    : net_(&net),
      kernels_(&kernels_for<Real>(set)),
      inputs_(net.populations().size()),
      in_registers_(net.populations().size(), true),
      cell_by_cell_(net.populations().size()),
      sends_(net.populations().size()),
      membranes_(net),
      spikes_(net.populations().size()) {
  require(net.acyclic(), "scheduler sweep: the network is recurrent; use heap");
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
    const auto pre = net.pre(i), post = net.post(i);
    sends_[pre] = true;
    const auto& p = net.populations()[post];
    const auto parallel = static_cast<std::uint64_t>(std::ranges::count(inputs_[post], pre, &input::pre));
    const auto& shared = net.describe(i).shared;
    inputs_[post].push_back({pre, p.size, i, net.describe(i).delay, order_of_projection(net.rank(pre), parallel),
                             net.weights(i).data(), shared ? pooling_factor<Real>(*shared) : 0,
                             biases_at_once(net, i)});
    if (net.describe(i).shared || !has_equal_thresholds(p)) in_registers_[post] = false;
  }
  for (std::uint32_t i = 0; i < net.projection_count(); ++i) {
    const auto post = net.post(i);
    const bool some_cross_before_the_end = !in_registers_[post] && !net.has_fire_phase(post);
    if (net.describe(i).sparse || some_cross_before_the_end || inputs_[post].size() >> parallel_bits != 0)
      inputs_[post].clear();
  }
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    const auto& v_th = net.populations()[p].v_th;
    lowest_v_th_.push_back(v_th.empty() ? 0 : static_cast<Real>(std::ranges::min(v_th)));
    // One input with shared weights, and at most one with biases of channels.
    const auto biases = std::ranges::count_if(inputs_[p], [](const input& in) { return in.of_all.has_value(); });
    cell_by_cell_[p] = kernels_->sum_cells != nullptr && biases <= 1 && std::ssize(inputs_[p]) == biases + 1 &&
                       std::ranges::all_of(inputs_[p], [&](const input& in) {
                         return in.pooled > 0 &&
                                cell_sums<Real>::can_hold(net.populations()[p].shape, net.weights(in.projection).size(),
                                                          net.patches(in.projection));
                       });
  }
  find_readers();
}

// Pairs of ramp populations in registers, where nobody else reads the spikes of the first, and the second reads no
// other spikes and has no synapses.
template <class Real>
void layer_sweep<Real>::find_readers() {
  readers_.resize(inputs_.size());
  is_reader_.resize(inputs_.size());
  std::vector<std::uint32_t> projections(inputs_.size());
  for (std::uint32_t i = 0; i < net_->projection_count(); ++i) ++projections[net_->pre(i)];
  const auto is_ramp_in_registers = [&](std::uint32_t p) {
    return in_registers_[p] && !inputs_[p].empty() && !net_->has_fire_phase(p) &&
           net_->kernel(p) == synapse_kernel::ramp;
  };
  for (std::uint32_t p = 0; p < inputs_.size(); ++p) {
    if (inputs_[p].size() != 1 || sends_[p] || !is_ramp_in_registers(p)) continue;
    const auto pre = inputs_[p].front().pre;
    if (projections[pre] != 1 || !is_ramp_in_registers(pre)) continue;
    readers_[pre] = p;
    is_reader_[p] = true;
  }
}

template <class Real>
void layer_sweep<Real>::run(std::span<const double> source_times, double t_max, std::span<double> times,
                            std::span<double> v_m) {
  t_max_ = t_max;
  times_ = times;
  v_m_ = v_m;
  std::ranges::fill(v_m, 0.0);
  std::size_t next_source = 0;
  for (std::uint32_t p = 0; p < net_->populations().size(); ++p) {
    const auto& population = net_->populations()[p];
    const auto first = net_->first_id(p);
    spikes_[p].clear();
    std::ranges::fill(times.subspan(first, population.size), never);
    if (population.kind == population_kind::neurons) continue;
    if (population.kind == population_kind::bias) {
      for (auto id = first; population.t_fire < t_max && id < net_->first_id(p + 1); ++id) {
        spikes_[p].push_back({id, population.t_fire});
      }
    } else {
      const auto given = source_times.subspan(next_source, population.size);
      next_source += population.size;
      take_before(given, t_max, p);
    }
    for (const auto& s : spikes_[p]) times[s.source] = s.time;
  }
  for (const auto p : net_->topological_order()) {
    if (net_->populations()[p].kind == population_kind::neurons && !is_reader_[p]) run_population(p);
  }
}

template <class Real>
void layer_sweep<Real>::run_population(std::uint32_t population) {
  const bool phase = net_->has_fire_phase(population);
  if (inputs_[population].empty() || (phase && net_->populations()[population].t_fire >= t_max_))
    return run_plain(population);
  if (in_registers_[population]) {
    arrival_count_ = collect_dense(inputs_[population], 0, net_->end_of_arrivals(population, t_max_));
    const bool ramp = net_->kernel(population) == synapse_kernel::ramp;
    if (ramp && !phase) return cross_ramp_in_registers(population);
    phase ? fire_phase_in_registers(population) : cross_step_in_registers(population);
  } else {
    fire_phase_in_memory(population);
  }
  for (const auto& s : spikes_[population]) times_[s.source] = s.time;
}

// Sets the first of `arrivals` to the spikes of the inputs that arrive before `end`, in the order of summation, and
// returns their number. make(number of the input, time, order, index of the neuron) returns one. Leaves out the first
// `taken` spikes of each input.
template <class Real>
template <class Arrival, class Make>
std::size_t layer_sweep<Real>::collect(std::span<const input> inputs, std::size_t taken, double end,
                                       std::vector<Arrival>& arrivals, std::vector<Arrival>& merged, const Make& make) {
  std::size_t most = 0, count = 0;
  for (const auto& in : inputs) most += spikes_[in.pre].size() - taken;
  arrivals.resize(std::max(most, arrivals.size()));
  for (std::uint32_t number = 0; number < inputs.size(); ++number) {
    const auto& in = inputs[number];
    const auto first_id = net_->first_id(in.pre);
    const auto spikes = std::span<const spike>(spikes_[in.pre]).subspan(taken);
    count = add_arrivals_of<Arrival>(
        in.of_all && !spikes.empty() ? spikes.first(1) : spikes, in.delay, in.order, end, arrivals, count, merged,
        [&](double time, std::uint64_t order, std::uint32_t id) { return make(number, time, order, id - first_id); });
  }
  return count;
}

// The same for arrivals_.
template <class Real>
std::size_t layer_sweep<Real>::collect_dense(std::span<const input> inputs, std::size_t taken, double end) {
  return collect(inputs, taken, end, arrivals_, merged_,
                 [&](std::uint32_t in, double time, std::uint64_t order, std::uint32_t index) {
                   const auto* row = inputs[in].weights + std::size_t{index} * inputs[in].size;
                   return dense_arrival<Real>{time, order, row};
                 });
}

// Calls visit(tile, its sum_w, its sum_wt) for the population in tiles of equal size, of up to `most` neurons. Returns
// their number.
template <class Real>
template <class Visit>
std::uint32_t layer_sweep<Real>::visit_tiles(std::uint32_t population, std::uint32_t most, const Visit& visit) {
  const auto& p = net_->populations()[population];
  return for_each_tile(p.size, most, [&](std::uint32_t first, std::uint32_t size) {
    const auto sums = net_->first_id(population) + first;
    visit(neuron_tile<Real>{.arrivals = arrivals_.data(),
                            .count = arrival_count_,
                            .first = first,
                            .size = size,
                            .v_th = static_cast<Real>(p.v_th[0]),
                            .end = net_->end_of_firing(population, t_max_)},
          membranes_.sum_w.data() + sums, membranes_.sum_wt.data() + sums);
  });
}

template <class Real>
void layer_sweep<Real>::cross_step_in_registers(std::uint32_t population) {
  const auto& p = net_->populations()[population];
  const auto first = net_->first_id(population);
  make_room(p.size);
  crossing_v_m_.resize(neurons_.size());
  std::fill_n(membranes_.sum_w.begin() + first, p.size, Real{0});
  std::size_t found = 0;
  const auto most = kernels_->most_neurons;
  const auto tiles = visit_tiles(population, most, [&](const neuron_tile<Real>& tile, Real* sum_w, Real*) {
    found += kernels_->cross_step(tile, sum_w, {&neurons_[found], &crossing_times_[found], &crossing_v_m_[found]});
  });
  if (tiles == 1) {
    keep_order(population, found);
  } else {
    sort_spikes(population, found);
  }
  if (v_m_.empty()) return;
  const auto end = net_->end_of_firing(population, t_max_);
  const auto v_m = v_m_.subspan(first, p.size);
  for (std::uint32_t j = 0; j < p.size; ++j) v_m[j] = v_m_at(membranes_, *net_, population, first + j, end);
  for (std::size_t c = 0; c < found; ++c) v_m[neurons_[c]] = crossing_v_m_[c];
}

template <class Real>
void layer_sweep<Real>::cross_ramp_in_registers(std::uint32_t population) {
  start_ramp(population);
  const auto size = net_->populations()[population].size;
  const auto found = cross_ramp(population, {});
  write_potentials_of_silent(population);
  if (!sends_[population]) return;
  auto& spikes = spikes_[population];
  spikes.clear();
  order_.take(std::span(intervals_).first(size), std::span(crossing_times_).first(size), found, counts_,
              net_->first_id(population), kernels_->order_spikes);
  if (readers_[population]) return cross_ramp_in_parts(*readers_[population]);
  order_.append(found, spikes);
}

// A reader (find_readers). The spikes that it reads are put in order while it runs, so that those after its last
// crossing need no order.
template <class Real>
void layer_sweep<Real>::cross_ramp_in_parts(std::uint32_t population) {
  constexpr std::size_t spikes_of_part = 48;
  const auto& in = inputs_[population].front();
  const auto end = net_->end_of_arrivals(population, t_max_);
  auto& spikes = spikes_[in.pre];
  start_ramp(population);
  std::size_t taken = 0, crossed = 0;
  run_part part;
  for (bool is_last = false; !is_last && crossed < in.size;) {
    order_.append(spikes_of_part, spikes);
    // The next spike may be simultaneous with the last one.
    const double known = order_.left() > 0 ? spikes.back().time + in.delay : never;
    is_last = known >= end;
    part.until = is_last ? never : -never;
    taken += arrival_count_ = collect_dense(inputs_[population], taken, std::min(known, end));
    crossed += cross_ramp(population, part);
    if (arrival_count_ > 0) part.last = part.tested = arrivals_[arrival_count_ - 1].time;
  }
  write_potentials_of_silent(population);
}

template <class Real>
void layer_sweep<Real>::start_ramp(std::uint32_t population) {
  const auto size = net_->populations()[population].size;
  const auto first = net_->first_id(population);
  intervals_.resize(std::max<std::size_t>(intervals_.size(), size));
  crossing_times_.resize(std::max<std::size_t>(crossing_times_.size(), size));
  crossing_v_m_.resize(std::max<std::size_t>(crossing_v_m_.size(), size));
  std::fill_n(membranes_.sum_w.begin() + first, size, Real{0});
  std::fill_n(membranes_.sum_wt.begin() + first, size, Real{0});
}

// Adds the arrivals_ and takes the neurons that cross meanwhile. Returns their number.
template <class Real>
std::size_t layer_sweep<Real>::cross_ramp(std::uint32_t population, const run_part& part) {
  counts_.assign(arrival_count_ + 2, 0);
  starts_.resize(std::max(starts_.size(), arrival_count_ + 3));
  std::size_t found = 0;
  visit_tiles(population, kernels_->most_ramp_neurons, [&](neuron_tile<Real> tile, Real* sum_w, Real* sum_wt) {
    tile.last = part.last;
    tile.tested = part.tested;
    tile.until = part.until;
    found += kernels_->cross_ramp(tile, sum_w, sum_wt,
                                  {&intervals_[tile.first], &crossing_times_[tile.first], &crossing_v_m_[tile.first],
                                   counts_.data(), starts_.data()});
  });
  if (found == 0) return 0;
  const auto size = net_->populations()[population].size;
  const auto times = times_.subspan(net_->first_id(population), size);
  for (std::uint32_t j = 0; j < size; ++j) times[j] = std::min(times[j], crossing_times_[j]);
  if (!v_m_.empty()) {
    const auto v_m = v_m_.subspan(net_->first_id(population), size);
    for (std::uint32_t j = 0; j < size; ++j) v_m[j] = intervals_[j] > 0 ? crossing_v_m_[j] : v_m[j];
  }
  return found;
}

// Writes the potentials of the neurons that have not crossed.
template <class Real>
void layer_sweep<Real>::write_potentials_of_silent(std::uint32_t population) {
  if (v_m_.empty()) return;
  const auto end = net_->end_of_firing(population, t_max_);
  for (auto id = net_->first_id(population); id < net_->first_id(population + 1); ++id) {
    if (times_[id] == never) v_m_[id] = v_m_at(membranes_, *net_, population, id, end);
  }
}

template <class Real>
void layer_sweep<Real>::fire_phase_in_registers(std::uint32_t population) {
  const auto& p = net_->populations()[population];
  const bool ramp = net_->kernel(population) == synapse_kernel::ramp;
  visit_tiles(population, kernels_->most_neurons, [&](const neuron_tile<Real>& tile, Real* sum_w, Real* sum_wt) {
    ramp ? kernels_->sum_charges(tile, p.t_fire, sum_wt) : kernels_->sum_weights(tile, sum_w);
  });
  cross_in_fire_phase(population);
}

template <class Real>
void layer_sweep<Real>::fire_phase_in_memory(std::uint32_t population) {
  const auto& p = net_->populations()[population];
  const auto first = net_->first_id(population);
  const bool ramp = net_->kernel(population) == synapse_kernel::ramp;
  Real* const sum = (ramp ? membranes_.sum_wt : membranes_.sum_w).data() + first;
  const auto& inputs = inputs_[population];
  const auto count =
      collect(inputs, 0, net_->end_of_arrivals(population, t_max_), input_arrivals_, merged_input_arrivals_,
              [](std::uint32_t in, double time, std::uint64_t order, std::uint32_t index) {
                return input_arrival{time, order, in, index};
              });
  if (cell_by_cell_[population] && sum_cell_by_cell(population, count, sum)) return cross_in_fire_phase(population);
  std::fill_n(sum, p.size, Real{0});
  for (const auto& a : std::span(input_arrivals_).first(count)) {
    const auto& in = inputs[a.input];
    const auto charge = charge_at(population, a.time);
    if (in.of_all) {
      kernels_->add_patch(*in.of_all, in.weights, in.pooled, charge, sum);
    } else if (in.pooled > 0) {
      kernels_->add_patch(net_->patch_from(in.projection, a.index), in.weights, in.pooled, charge, sum);
    } else if (const auto* row = in.weights + std::size_t{a.index} * in.size; ramp) {
      kernels_->add_charges(row, charge, in.size, nullptr, sum);
    } else {
      kernels_->add_weights(row, in.size, sum);
    }
  }
  cross_in_fire_phase(population);
}

// Writes the sums of the first `count` of input_arrivals_, unless patches are faster; then it returns false.
template <class Real>
bool layer_sweep<Real>::sum_cell_by_cell(std::uint32_t population, std::size_t count, Real* sum) {
  const auto& p = net_->populations()[population];
  const auto& inputs = inputs_[population];
  const auto shared = std::ranges::find(inputs, false, [](const input& in) { return in.of_all.has_value(); });
  cells_.start(p.shape, shared->weights, shared->pooled, net_->patches(shared->projection), count);
  for (const auto& a : std::span(input_arrivals_).first(count)) {
    const auto charge = charge_at(population, a.time);
    const auto& in = inputs[a.input];
    in.of_all ? cells_.add_biases(in.weights, charge) : cells_.add_spike(a.index, charge);
  }
  return cells_.write(*kernels_, sum);
}

// What the weights of an arrival before a fire phase are multiplied with.
template <class Real>
Real layer_sweep<Real>::charge_at(std::uint32_t population, double time) const {
  if (net_->kernel(population) == synapse_kernel::step) return 1;
  return static_cast<Real>(net_->populations()[population].t_fire - time);
}

// After the last arrival.
template <class Real>
void layer_sweep<Real>::cross_in_fire_phase(std::uint32_t population) {
  const auto& p = net_->populations()[population];
  const auto first = net_->first_id(population);
  const auto end = net_->end_of_firing(population, t_max_);
  const auto slope = static_cast<Real>(p.threshold_slope);
  const auto* const v_m =
      (net_->kernel(population) == synapse_kernel::step ? membranes_.sum_w : membranes_.sum_wt).data() + first;
  const auto* const armed_v_th = membranes_.armed_v_th.data() + first;
  make_room(p.size);
  const auto reach = reach_of_fire_phase(slope, p.t_fire, end);
  const auto reaching = kernels_->find_reaching(v_m, reach, lowest_v_th_[population], p.size, neurons_.data());
  std::size_t count = 0;
  for (std::size_t k = 0; k < reaching; ++k) {
    const auto j = neurons_[k];
    const auto t = fire_phase_crossing(armed_v_th[j], slope, v_m[j], p.t_fire);
    neurons_[count] = j;
    crossing_times_[count] = t;
    count += t < end;
  }
  sort_spikes(population, count);
  if (v_m_.empty()) return;
  for (auto id = first; id < first + p.size; ++id) v_m_[id] = v_m_at(membranes_, *net_, population, id, end);
}

// In the lists of neurons that cross, for so many.
template <class Real>
void layer_sweep<Real>::make_room(std::size_t neurons) {
  neurons_.resize(std::max(neurons_.size(), neurons + 16));
  crossing_times_.resize(neurons_.size());
}

// Makes those of `times` [neuron] that lie in [0, end) the spikes of the population.
template <class Real>
void layer_sweep<Real>::take_before(std::span<const double> times, double end, std::uint32_t population) {
  make_room(times.size());
  const auto count = kernels_->times_before(times.data(), times.size(), end, neurons_.data());
  for (std::size_t k = 0; k < count; ++k) crossing_times_[k] = times[neurons_[k]];
  sort_spikes(population, count);
}

// Makes the first `count` of neurons_ the spikes of the population. Nobody reads the order of those that reach no
// synapse.
template <class Real>
void layer_sweep<Real>::sort_spikes(std::uint32_t population, std::size_t count) {
  const auto first = net_->first_id(population);
  if (sends_[population]) {
    sorter_.sort(std::span(neurons_).first(count), std::span(crossing_times_).first(count), first, spikes_[population]);
    return;
  }
  keep_order(population, count);
}

// The same, in the order in which they are listed.
template <class Real>
void layer_sweep<Real>::keep_order(std::uint32_t population, std::size_t count) {
  auto& spikes = spikes_[population];
  spikes.resize(count);
  const auto first = net_->first_id(population);
  const auto* const neurons = neurons_.data();
  const auto* const times = crossing_times_.data();
  for (std::size_t k = 0; k < count; ++k) spikes[k] = {first + neurons[k], times[k]};
}

// Any projections and thresholds, with the sums in memory.
template <class Real>
void layer_sweep<Real>::run_plain(std::uint32_t population) {
  const auto& p = net_->populations()[population];
  const auto first = net_->first_id(population);
  const auto last = net_->end_of_arrivals(population, t_max_);
  const auto end = net_->end_of_firing(population, t_max_);
  for (std::uint32_t j = 0; j < p.size; ++j) {
    membranes_.sum_w[first + j] = membranes_.sum_wt[first + j] = 0;
    membranes_.armed_v_th[first + j] = static_cast<Real>(p.v_th[j]);
  }
  deliveries_.clear();
  for (std::uint32_t pre = 0; pre < spikes_.size(); ++pre) {
    for (const auto& s : spikes_[pre]) {
      net_->for_each_fan_out(s.source, [&](const fan_out& out) {
        const auto arrival = s.time + out.delay;
        if (net_->post(out.projection) == population && arrival < last) {
          deliveries_.push_back({arrival, net_->rank(pre), out});
        }
      });
    }
  }
  std::sort(deliveries_.begin(), deliveries_.end());
  predictions_.resize(p.size);
  const bool phase = net_->has_fire_phase(population);
  auto left = p.size;
  if (phase) left -= run_plain_fire_phase(population, end);
  for (auto d = deliveries_.begin(); !phase && d != deliveries_.end() && left > 0;) {
    const auto t = d->time;
    for (; d != deliveries_.end() && d->time == t; ++d) add_arrivals(membranes_, *net_, d->out, t);
    left -= close_instant(population, t, d == deliveries_.end() ? never : d->time, end);
  }
  take_before(times_.subspan(first, p.size), t_max_, population);
  if (left > 0) write_potentials_of_silent(population);
}

// Adds all arrivals before the single test. Returns the number of neurons that crossed.
template <class Real>
std::uint32_t layer_sweep<Real>::run_plain_fire_phase(std::uint32_t population, double end) {
  const bool begins = net_->populations()[population].t_fire < t_max_;
  for (const auto& d : deliveries_) add_arrivals(membranes_, *net_, d.out, d.time, !begins);
  if (!begins) return 0;
  fire_phase_crossings(membranes_, *net_, population, std::span(predictions_));
  std::uint32_t crossed = 0;
  for (std::uint32_t j = 0; j < predictions_.size(); ++j) {
    if (!(predictions_[j] < end)) continue;
    cross(population, j, predictions_[j]);
    ++crossed;
  }
  return crossed;
}

// Tests the population after all arrivals at `t`. The next arrival is at `next`. Returns the number of neurons that
// crossed.
template <class Real>
std::uint32_t layer_sweep<Real>::close_instant(std::uint32_t population, double t, double next, double end) {
  const auto first = net_->first_id(population);
  const auto count = net_->populations()[population].size;
  const auto kernel = net_->kernel(population);
  std::uint32_t crossed = 0;
  make_room(count);
  for (const auto j : find_due(membranes_, kernel, first, count, next, neurons_)) {
    const auto id = first + j;
    const auto crossing =
        predicted_crossing(kernel, membranes_.armed_v_th[id], membranes_.sum_w[id], membranes_.sum_wt[id], t);
    if (!(crossing <= next && crossing < end)) continue;
    cross(population, j, crossing);
    ++crossed;
  }
  return crossed;
}

template <class Real>
void layer_sweep<Real>::cross(std::uint32_t population, std::uint32_t neuron, double t) {
  const auto id = net_->first_id(population) + neuron;
  if (!v_m_.empty()) v_m_[id] = v_m_at(membranes_, *net_, population, id, t);
  membranes_.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  times_[id] = t;
}

template class layer_sweep<float>;
template class layer_sweep<double>;

}  // namespace firstspike
