#include "firstspike/engine/heap.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "firstspike/engine/prefetch.hpp"

namespace firstspike {
namespace {

// Deliveries between the prefetch of a row or a neuron and its use.
constexpr std::size_t row_ahead = 40, neuron_ahead = 16;
// Synapses of a row that is read once, when its spike is sent. Later it would have left the cache, once for each delay.
// Longer rows would take much memory in the queue.
constexpr std::uint32_t short_row = 16;

/// Buckets of the queue's calendar: at most one delay long, and enough of them for the longest delay.
double bucket_width(std::pair<double, double> delays) {
  constexpr double buckets = 192;
  return delays.second > 0 ? std::max(delays.first, delays.second / buckets) : 1;
}

}  // namespace

template <class Real>
event_simulation<Real>::event_simulation(const network<Real>& net, bool potentials)
    : net_(&net), potentials_(potentials) {
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const auto& p = net.describe(i);
    has_rows_ = has_rows_ || p.sparse;
    targets_.push_back({.synapses = p.sparse ? &p.synapses : nullptr,
                        .delay = p.delay,
                        .end_of_arrivals = never,
                        .t_fire = net.populations()[p.post].t_fire,
                        .post = p.post,
                        .first_id = net.first_id(p.post),
                        .pre_first_id = net.first_id(p.pre),
                        .rank = net.rank(p.post),
                        .pre_rank = net.rank(p.pre),
                        .lowest_v_th = static_cast<Real>(std::ranges::min(net.populations()[p.post].v_th)),
                        .shared = p.shared.has_value(),
                        .ramp = net.kernel(p.post) == synapse_kernel::ramp,
                        .has_fire_phase = net.has_fire_phase(p.post),
                        .dense_fed = net.dense_fed(p.post)});
  }
  for (std::uint32_t p = 0; p < net.populations().size(); ++p) {
    any_ramp_ = any_ramp_ || net.kernel(p) == synapse_kernel::ramp;
    predicts_ = predicts_ || net.kernel(p) == synapse_kernel::ramp || net.has_fire_phase(p);
    const bool together = net.dense_fed(p) && net.kernel(p) == synapse_kernel::ramp && !net.has_fire_phase(p);
    if (together) together_.push_back(p);
    if (net.dense_fed(p)) due_.resize(std::max<std::size_t>(due_.size(), net.populations()[p].size + 16));
  }
  queue_.clear(bucket_width(net.delay_range()));
}

template <class Real>
void event_simulation<Real>::start(std::span<const double> source_times, double t_max, std::span<const spike> clamped) {
  const auto populations = net_->populations();
  membranes_.reset(*net_, any_ramp_);
  queue_.clear(bucket_width(net_->delay_range()));
  spike_times_.resize(net_->neuron_count());
  net_->write_given_times(source_times, t_max, spike_times_);
  crossings_.assign(predicts_ ? net_->neuron_count() : 0, never);
  v_m_at_crossing_.assign(potentials_ ? net_->neuron_count() : 0, 0);
  states_.resize(populations.size());
  touched_populations_.clear();
  touched_neurons_.clear();
  beginning_.clear();
  now_ = 0;
  handled_ = 0;
  for (auto& to : targets_) to.end_of_arrivals = net_->end_of_arrivals(to.post, t_max);
  for (std::uint32_t p = 0; p < populations.size(); ++p) {
    states_[p] = {net_->end_of_firing(p, t_max), never, -never, populations[p].size, 0};
    if (net_->has_fire_phase(p) && populations[p].t_fire < t_max)
      queue_.push({populations[p].t_fire, net_->rank(p), event_kind::fire_phase, 0, p});
  }
  for (const auto& [id, time] : clamped) {
    spike_times_[id] = time >= 0 && time < t_max ? time : never;
    membranes_.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  }
  list_given(!clamped.empty());
  prepare();
}

template <class Real>
void event_simulation<Real>::list_given(bool any_population) {
  given_.clear();
  next_given_ = 0;
  for (std::uint32_t p = 0; p < net_->populations().size(); ++p) {
    if (net_->populations()[p].kind == population_kind::neurons && !any_population) continue;
    if (given_.empty()) given_.reserve(net_->populations()[p].size);  // growing would copy them
    for (auto id = net_->first_id(p); id < net_->first_id(p + 1); ++id) {
      if (spike_times_[id] == never) continue;
      given_.emplace_back(spike_times_[id], 0, event_kind::delivery, 0, id);
      given_.back().projection = p;  // here, the presynaptic population
    }
  }
  sorter_.sort(given_);
}

// Sends the spikes that are known beforehand so late that the queue holds few events, and so early that the next event
// is known and deliveries find their bucket unopened.
template <class Real>
void event_simulation<Real>::prepare() {
  while (next_given_ < given_.size() && queue_.may_precede_next(given_[next_given_].time)) {
    if (has_rows_) prefetch_given();
    const auto& e = given_[next_given_++];
    send(e.id(), e.projection, e.time);
  }
  queue_.open_next();
}

template <class Real>
void event_simulation<Real>::prefetch_given() const {
  const auto row_of = [&](std::size_t ahead, const auto& ask_for) {
    if (next_given_ + ahead >= given_.size()) return;
    const auto& given = given_[next_given_ + ahead];
    const auto id = given.id();
    for (const auto i : net_->leaving(given.projection)) {
      if (targets_[i].synapses) ask_for(*targets_[i].synapses, id - targets_[i].pre_first_id);
    }
  };
  row_of(row_ahead, [](const auto& synapses, std::uint32_t row) { prefetch(synapses.firsts() + row); });
  row_of(neuron_ahead, [](const auto& synapses, std::uint32_t row) {
    const auto begin = synapses.first(row), end = synapses.first(row + 1);
    if (begin == end) return;
    for (const auto s : {begin, std::min(end, begin + short_row) - 1}) {
      prefetch(synapses.delays().address(s));
      prefetch(synapses.post().data() + s);
      prefetch(synapses.weights().data() + s);
    }
  });
}

template <class Real>
bool event_simulation<Real>::step(instant_log* log) {
  if (queue_.empty()) return false;
  log_ = log;
  now_ = queue_.next().time;
  do {
    const auto rank = queue_.next().rank();
    do {
      const auto e = queue_.next();
      queue_.pop();
      handle(e);
    } while (queue_.is_due(now_) && queue_.next().rank() == rank);
    close_touched();
  } while (queue_.is_due(now_));
  predict_up_to_next();
  return true;
}

template <class Real>
void event_simulation<Real>::handle(const event& e) {
  switch (e.kind()) {
    case event_kind::neuron_crossing: {
      ++handled_;
      const bool holds = crossings_[e.id()] == e.time;
      if (holds) cross(e.id(), net_->population_of(e.id()));
      if (log_ && !holds) ++log_->retracted;
      break;
    }
    case event_kind::fire_phase:
      ++handled_;
      beginning_.push_back(e.id());
      if (log_) log_->began.push_back(e.id());
      break;
    case event_kind::delivery:
      const auto& to = targets_[e.projection];
      if (to.synapses) {
        prefetch_deliveries();
        if (e.holds_synapse()) {
          deliver_held(e, to);
        } else {
          deliver_along_row(e, to);
        }
      } else if (to.shared) {
        deliver_patch(e, to);
      } else {
        deliver_dense(e, to);
      }
  }
}

template <class Real>
void event_simulation<Real>::deliver_dense(const event& e, const target& to) {
  ++handled_;
  const auto count = net_->populations()[to.post].size;
  const fan_out out{e.id(), e.projection, count, std::size_t{e.id() - to.pre_first_id} * count, to.delay};
  if (log_) log_->arrived.push_back(out);
  if (states_[to.post].left == 0) return;
  add_arrivals(membranes_, *net_, out, now_);
  if (!to.has_fire_phase) touch_population(to.post);  // no test before a fire phase begins
}

template <class Real>
void event_simulation<Real>::deliver_patch(const event& e, const target& to) {
  ++handled_;
  const auto index = e.id() - to.pre_first_id;
  const auto of_neuron = net_->patch_from(e.projection, index);
  const fan_out out{e.id(), e.projection, of_neuron.size(), index, to.delay};
  if (log_) log_->arrived.push_back(out);
  if (states_[to.post].left == 0) return;
  add_arrivals(membranes_, *net_, out, now_);
  if (to.has_fire_phase) return;
  if (to.dense_fed) return touch_population(to.post);
  for_each_synapse(of_neuron, [&](std::uint32_t post, std::size_t) { touch_neuron(to.first_id + post, to); });
}

template <class Real>
void event_simulation<Real>::deliver_held(const event& e, const target& to) {
  ++handled_;
  if (log_) log_->arrived.push_back({e.id(), e.projection, 1, e.first, to.synapses->delays()[e.first]});
  if (states_[to.post].left == 0) return;
  const auto id = to.first_id + e.end;
  const auto weight = static_cast<Real>(e.weight);
  membranes_.sum_w[id] += weight;
  if (to.ramp) membranes_.sum_wt[id] += weight * static_cast<Real>(to.has_fire_phase ? to.t_fire - now_ : now_);
  if (to.has_fire_phase) return;
  if (to.dense_fed) return touch_population(to.post);
  touch_neuron(id, to);
}

template <class Real>
void event_simulation<Real>::deliver_along_row(event e, const target& to) {
  do {
    const auto& delays = to.synapses->delays();
    auto end = e.first + 1;
    while (end < e.end && delays[end] == delays[e.first]) ++end;
    deliver_synapses(e, to, end);
    e.first = end;
    if (!advance_along_row(e)) return;
  } while (e.time == now_);  // where t plus a longer delay is rounded to the same time
  queue_.push(e);
}

/// Whether a spike reaches the synapses from e.first on; then e.time is when.
template <class Real>
bool event_simulation<Real>::advance_along_row(event& e) const {
  if (e.first == e.end) return false;
  const auto& to = targets_[e.projection];
  e.time = spike_times_[e.id()] + to.synapses->delays()[e.first];
  return e.time < to.end_of_arrivals;
}

// Synapses [e.first, end) of a row.
template <class Real>
void event_simulation<Real>::deliver_synapses(const event& e, const target& to, std::uint32_t end) {
  ++handled_;
  const auto& synapses = *to.synapses;
  if (log_) log_->arrived.push_back({e.id(), e.projection, end - e.first, e.first, synapses.delays()[e.first]});
  if (states_[to.post].left == 0) return;
  const auto arrival = static_cast<Real>(to.has_fire_phase ? to.t_fire - now_ : now_);
  add_synapses(membranes_, synapses, e.first, end, to.first_id, true, to.ramp, arrival);
  if (to.has_fire_phase) return;
  if (to.dense_fed) return touch_population(to.post);
  for (const auto post : synapses.post().subspan(e.first, end - e.first)) touch_neuron(to.first_id + post, to);
}

// Without dense input only neurons that may cross are tested at the end of the instant: ramp neurons, whose prediction
// moves, and step neurons that are above their threshold. The lowest threshold is in the cache, the neuron's is not.
template <class Real>
void event_simulation<Real>::touch_neuron(std::uint32_t id, const target& to) {
  const auto v = membranes_.sum_w[id];
  if (to.ramp || (v > to.lowest_v_th && v > membranes_.armed_v_th[id])) touched_neurons_.push_back(id);
}

// The memory that deliveries of large sparse networks need is all over the place. What the deliveries of the open
// bucket need is asked for in two steps, because the places of neurons stand in the rows.
template <class Real>
void event_simulation<Real>::prefetch_deliveries() const {
  const auto delivery_at = [&](std::size_t ahead) {
    const auto* e = queue_.ahead(ahead);
    return e && e->kind() == event_kind::delivery && targets_[e->projection].synapses ? e : nullptr;
  };
  if (const auto* e = delivery_at(row_ahead); e && !e->holds_synapse()) {
    const auto& synapses = *targets_[e->projection].synapses;
    prefetch(synapses.post().data() + e->first);
    prefetch(synapses.weights().data() + e->first);
    prefetch(synapses.delays().address(e->first));
    prefetch(spike_times_.data() + e->id());
  }
  if (const auto* e = delivery_at(neuron_ahead)) {
    const auto& to = targets_[e->projection];
    if (e->holds_synapse()) return prefetch_neuron(to.first_id + e->end, to);
    constexpr std::uint32_t most = 2;  // that probably have the same delay
    const auto posts = to.synapses->post().subspan(e->first, std::min(most, e->end - e->first));
    for (const auto post : posts) prefetch_neuron(to.first_id + post, to);
  }
}

template <class Real>
void event_simulation<Real>::prefetch_neuron(std::uint32_t id, const target& to) const {
  prefetch(membranes_.sum_w.data() + id);
  if (!to.ramp) return;
  prefetch(membranes_.armed_v_th.data() + id);
  prefetch(membranes_.sum_wt.data() + id);
  if (!to.has_fire_phase) prefetch(crossings_.data() + id);
}

template <class Real>
void event_simulation<Real>::touch_population(std::uint32_t population) {
  if (std::ranges::find(touched_populations_, population) == touched_populations_.end())
    touched_populations_.push_back(population);
}

// For a neuron that is listed twice, the second test has no effect.
template <class Real>
void event_simulation<Real>::close_touched() {
  for (const auto population : touched_populations_) close_population(population);
  for (const auto id : touched_neurons_) close_neuron(id);
  for (const auto population : beginning_) begin_fire_phase(population);
  touched_populations_.clear();
  touched_neurons_.clear();
  beginning_.clear();
}

template <class Real>
void event_simulation<Real>::close_population(std::uint32_t population) {
  const auto first = net_->first_id(population), end = net_->first_id(population + 1);
  if (net_->kernel(population) == synapse_kernel::ramp) {
    auto& state = states_[population];
    if (state.queued_until > now_) std::fill(crossings_.begin() + first, crossings_.begin() + end, never);
    state.queued_until = -never;
    prepare();
    return predict_due(population, horizon(population));
  }
  for (const auto j : find_due(membranes_, synapse_kernel::step, first, end - first, now_, due_)) {
    cross(first + j, population);
  }
}

template <class Real>
void event_simulation<Real>::close_neuron(std::uint32_t id) {
  const auto population = net_->population_of(id);
  const auto& m = membranes_;
  if (net_->kernel(population) == synapse_kernel::step) {
    constexpr Real no_charge = 0;
    const bool crosses =
        predicted_crossing(synapse_kernel::step, m.armed_v_th[id], m.sum_w[id], no_charge, now_) < never;
    if (crosses) cross(id, population);
    return;
  }
  const auto crossing = predicted_crossing(synapse_kernel::ramp, m.armed_v_th[id], m.sum_w[id], m.sum_wt[id], now_);
  if (crossing == crossings_[id]) return;
  crossings_[id] = crossing;
  if (crossing == now_) {
    cross(id, population);
  } else if (crossing < states_[population].end_of_firing) {
    queue_.push({crossing, net_->rank(population), event_kind::neuron_crossing, 0, id});
  }
}

// No more arrivals, so these predictions are final.
template <class Real>
void event_simulation<Real>::begin_fire_phase(std::uint32_t population) {
  const auto first = net_->first_id(population);
  const auto crossings = std::span(crossings_).subspan(first, net_->populations()[population].size);
  fire_phase_crossings(membranes_, *net_, population, crossings);
  for (std::uint32_t j = 0; j < crossings.size(); ++j) {
    if (crossings[j] == now_) {
      cross(first + j, population);
    } else if (crossings[j] < states_[population].end_of_firing) {
      queue_.push({crossings[j], net_->rank(population), event_kind::neuron_crossing, 0, first + j});
    } else {
      crossings[j] = never;
    }
  }
}

// Every arrival moves all predictions of a ramp population with dense input. So they are not made at each arrival:
// after an instant, a test without divisions finds the neurons that may cross before the next one, and only these are
// queued.
template <class Real>
void event_simulation<Real>::predict_up_to_next() {
  prepare();
  for (const auto population : together_) {
    if (!(states_[population].tested_until < next_time())) continue;
    predict_due(population, horizon(population));
    prepare();
  }
}

/// How far to predict a population: to the next instant or, if that is later, to the next arrival of a spike that was
/// known before the run. If another spike arrives before, the predictions are retracted.
template <class Real>
double event_simulation<Real>::horizon(std::uint32_t population) {
  const auto arrival = [&](const event& given) {
    for (const auto i : net_->leaving(given.projection)) {
      if (targets_[i].post == population) return given.time + targets_[i].delay;
    }
    return -never;
  };
  auto& next = states_[population].next_given;
  while (next < given_.size() && arrival(given_[next]) <= now_) ++next;
  return next < given_.size() ? std::max(next_time(), arrival(given_[next])) : next_time();
}

// Queues the neurons that cross up to `until` if nothing arrives before. Those that cross now do so only after an
// arrival.
template <class Real>
void event_simulation<Real>::predict_due(std::uint32_t population, double until) {
  auto& state = states_[population];
  const auto first = net_->first_id(population), end = net_->first_id(population + 1);
  const auto& m = membranes_;
  state.tested_until = until < state.end_of_firing ? until : never;
  if (state.left == 0) return;
  for (const auto j : find_due(m, synapse_kernel::ramp, first, end - first, until, due_)) {
    const auto id = first + j;
    if (crossings_[id] != never) continue;  // it is queued
    const auto crossing = predicted_crossing(synapse_kernel::ramp, m.armed_v_th[id], m.sum_w[id], m.sum_wt[id], now_);
    if (!(crossing <= until && crossing < state.end_of_firing)) continue;
    if (crossing == now_) {
      cross(id, population);
    } else {
      crossings_[id] = crossing;
      state.queued_until = std::max(state.queued_until, crossing);
      queue_.push({crossing, net_->rank(population), event_kind::neuron_crossing, 0, id});
    }
  }
}

template <class Real>
void event_simulation<Real>::cross(std::uint32_t id, std::uint32_t population) {
  if (potentials_) v_m_at_crossing_[id] = v_m_at(membranes_, *net_, population, id, now_);
  membranes_.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  if (predicts_) crossings_[id] = never;
  --states_[population].left;
  spike_times_[id] = now_;
  send(id, population, now_);
}

template <class Real>
void event_simulation<Real>::send(std::uint32_t id, std::uint32_t population, double t) {
  for (const auto projection : net_->leaving(population)) {
    const auto& to = targets_[projection];
    if (to.synapses) {
      const auto row = id - to.pre_first_id;
      const auto first = to.synapses->first(row), end = to.synapses->first(row + 1);
      if (end - first <= short_row) {
        send_row(id, projection, t, first, end);
        continue;
      }
    }
    const auto e = first_delivery(id, projection, t);
    if (e.time < to.end_of_arrivals) queue_.push(e);
  }
}

/// Queues a delivery for each delay of the row [first, end).
template <class Real>
void event_simulation<Real>::send_row(std::uint32_t id, std::uint32_t projection, double t, std::uint32_t first,
                                      std::uint32_t end) {
  const auto& to = targets_[projection];
  const auto& delays = to.synapses->delays();
  const auto weights = to.synapses->weights();
  while (first < end) {
    const double delay = delays[first], time = t + delay;
    if (!(time < to.end_of_arrivals)) return;
    auto next = first + 1;
    while (next < end && delays[next] == delay) ++next;
    event sent(time, to.rank, event_kind::delivery, to.pre_rank, id);
    sent.projection = projection;
    sent.first = first;
    sent.end = next;
    const auto weight = weights[first];
    const bool fits = static_cast<Real>(static_cast<float>(weight)) == weight;
    if (next == first + 1 && fits) {
      sent.end = to.synapses->post()[first];
      sent.weight = static_cast<float>(weight);
    }
    queue_.push(sent);
    first = next;
  }
}

/// The first delivery of a spike in one projection; at `never` if it has no synapses there.
template <class Real>
event event_simulation<Real>::first_delivery(std::uint32_t id, std::uint32_t projection, double t) const {
  const auto& to = targets_[projection];
  event e(never, to.rank, event_kind::delivery, to.pre_rank, id);
  e.projection = projection;
  if (!to.synapses) {
    const bool empty = to.shared && net_->patch_from(projection, id - to.pre_first_id).size() == 0;
    if (!empty) e.time = t + to.delay;
    return e;
  }
  e.first = to.synapses->first(id - to.pre_first_id);
  e.end = to.synapses->first(id - to.pre_first_id + 1);
  if (e.first < e.end) e.time = t + to.synapses->delays()[e.first];
  return e;
}

template <class Real>
double event_simulation<Real>::crossing(std::uint32_t id) const {
  const auto population = net_->population_of(id);
  const auto& m = membranes_;
  if (!predicts_) return never;
  const bool together = std::ranges::find(together_, population) != together_.end();
  if (!together || crossings_[id] != never) return crossings_[id];
  return predicted_crossing(synapse_kernel::ramp, m.armed_v_th[id], m.sum_w[id], m.sum_wt[id], now_);
}

template <class Real>
double event_simulation<Real>::v_m_in(std::uint32_t population, std::uint32_t id, double t) const {
  // Sources, bias neurons and clamped neurons count as crossed at 0.
  if (membranes_.armed_v_th[id] == std::numeric_limits<Real>::infinity()) return v_m_at_crossing_[id];
  return v_m_at(membranes_, *net_, population, id, std::min(t, states_[population].end_of_firing));
}

template <class Real>
double event_simulation<Real>::v_m(std::uint32_t id, double t) const {
  return v_m_in(net_->population_of(id), id, t);
}

template <class Real>
void event_simulation<Real>::write_v_m(double t, std::span<double> v_m) const {
  for (std::uint32_t p = 0; p < net_->populations().size(); ++p) {
    for (auto id = net_->first_id(p); id < net_->first_id(p + 1); ++id) v_m[id] = v_m_in(p, id, t);
  }
}

// Events in the queue, first deliveries of spikes that are known and not sent yet, and predictions that are not made
// yet.
template <class Real>
std::vector<event> event_simulation<Real>::listed() const {
  auto all = queue_.pending();
  for (auto& e : all) {  // so that all deliveries are listed alike
    if (!e.holds_synapse()) continue;
    e.end = e.first + 1;
    e.weight = event().weight;
  }
  for (const auto& given : std::span(given_).subspan(next_given_)) {
    for (const auto projection : net_->leaving(given.projection)) {
      const auto e = first_delivery(given.id(), projection, given.time);
      if (e.time < targets_[projection].end_of_arrivals) all.push_back(e);
    }
  }
  for (const auto population : together_) {
    auto first = never;
    std::uint32_t of = 0;
    for (auto id = net_->first_id(population); id < net_->first_id(population + 1); ++id) {
      if (crossing(id) < first) first = crossing(of = id);
    }
    if (first < states_[population].end_of_firing && crossings_[of] == never)
      all.emplace_back(first, net_->rank(population), event_kind::neuron_crossing, 0, of);
  }
  return all;
}

/// The delivery that follows in the row of a spike; false if there is none.
template <class Real>
bool event_simulation<Real>::advance(event& e) const {
  if (e.kind() != event_kind::delivery || e.first == e.end) return false;
  const auto& delays = targets_[e.projection].synapses->delays();
  const auto delay = delays[e.first];
  while (e.first < e.end && delays[e.first] == delay) ++e.first;
  return advance_along_row(e);
}

template <class Real>
std::vector<event> event_simulation<Real>::pending(std::size_t most) const {
  auto all = listed();
  std::ranges::make_heap(all, std::greater<>());
  std::vector<event> earliest;
  while (!all.empty() && earliest.size() < most) {
    std::ranges::pop_heap(all, std::greater<>());
    earliest.push_back(all.back());
    if (advance(all.back())) {
      std::ranges::push_heap(all, std::greater<>());
    } else {
      all.pop_back();
    }
  }
  return earliest;
}

template <class Real>
std::size_t event_simulation<Real>::pending_count() const {
  std::size_t count = 0;
  for (auto e : listed()) {
    do {
      ++count;
    } while (advance(e));
  }
  return count;
}

template <class Real>
std::size_t event_simulation<Real>::bytes() const {
  const auto reals = membranes_.sum_w.size() + membranes_.sum_wt.size() + membranes_.armed_v_th.size();
  const auto times = spike_times_.size() + crossings_.size() + v_m_at_crossing_.size();
  return reals * sizeof(Real) + times * sizeof(double) + states_.size() * sizeof(population_state) +
         targets_.size() * sizeof(target) + given_.size() * sizeof(event) + sorter_.bytes() + queue_.bytes();
}

template class event_simulation<float>;
template class event_simulation<double>;

}  // namespace firstspike
