#include "firstspike/engine/heap.hpp"

#include <algorithm>
#include <limits>

namespace firstspike {

template <class Real>
void event_simulation<Real>::start(std::span<const double> source_times, double t_max, std::span<const spike> clamped) {
  const auto populations = net_->populations();
  membranes_ = membranes<Real>(*net_);
  queue_.clear();
  spike_times_ = net_->given_times(source_times, t_max);
  crossings_.assign(net_->neuron_count(), never);
  v_m_at_crossing_.assign(net_->neuron_count(), 0);
  end_of_arrivals_.clear();
  end_of_firing_.clear();
  left_.clear();
  next_crossing_.assign(populations.size(), never);
  t_max_ = t_max;
  now_ = 0;
  for (std::uint32_t p = 0; p < populations.size(); ++p) {
    end_of_arrivals_.push_back(net_->end_of_arrivals(p, t_max));
    end_of_firing_.push_back(net_->end_of_firing(p, t_max));
    left_.push_back(populations[p].size);
    if (net_->has_fire_phase(p) && populations[p].t_fire < t_max)
      queue_.push({populations[p].t_fire, net_->rank(p), event_kind::fire_phase, 0, p});
  }
  for (const auto& [id, time] : clamped) {
    spike_times_[id] = time >= 0 && time < t_max ? time : never;
    membranes_.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  }
  for (std::uint32_t id = 0; id < spike_times_.size(); ++id) {
    if (spike_times_[id] != never) send(id, net_->population_of(id), spike_times_[id]);
  }
}

template <class Real>
bool event_simulation<Real>::step() {
  if (queue_.empty()) return false;
  now_ = queue_.next().time;
  while (!queue_.empty() && queue_.next().time == now_) {
    const auto rank = queue_.next().rank();
    while (!queue_.empty() && queue_.next().time == now_ && queue_.next().rank() == rank) {
      const auto e = queue_.next();
      queue_.pop();
      handle(e);
    }
    close_touched();
  }
  return true;
}

template <class Real>
bool event_simulation<Real>::still_holds(const event& e) const {
  if (e.kind() == event_kind::neuron_crossing) return crossings_[e.id()] == e.time;
  if (e.kind() == event_kind::population_crossing) return next_crossing_[e.id()] == e.time;
  return true;
}

template <class Real>
void event_simulation<Real>::handle(const event& e) {
  if (!still_holds(e)) return;
  if (e.kind() == event_kind::neuron_crossing) cross(e.id(), net_->population_of(e.id()));
  if (e.kind() == event_kind::population_crossing) cross_all_due(e.id());
  if (e.kind() == event_kind::fire_phase) beginning_.push_back(e.id());
  if (e.kind() == event_kind::delivery) deliver(e.id());
}

template <class Real>
void event_simulation<Real>::deliver(std::uint32_t fan_out_index) {
  const auto& out = net_->fan_outs()[fan_out_index];
  const auto post = net_->post(out.projection);
  if (left_[post] == 0) return;
  add_arrivals(membranes_, *net_, out, now_);
  if (net_->has_fire_phase(post)) return;  // no test before it begins
  if (net_->dense_fed(post)) {
    if (std::ranges::find(touched_populations_, post) == touched_populations_.end())
      touched_populations_.push_back(post);
    return;
  }
  for (const auto& s : std::span(net_->describe(out.projection).synapses).subspan(out.first, out.count)) {
    touched_neurons_.push_back(net_->first_id(post) + s.post);
  }
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
  const auto first = net_->first_id(population);
  const auto count = net_->populations()[population].size;
  const auto kernel = net_->kernel(population);
  if (kernel == synapse_kernel::step && !any_due(membranes_, kernel, first, count, now_)) return;
  const auto crossings = std::span(crossings_).subspan(first, count);
  predict_crossings(membranes_, kernel, first, now_, crossings);
  cross_all_due(population);
}

template <class Real>
void event_simulation<Real>::close_neuron(std::uint32_t id) {
  const auto population = net_->population_of(id);
  const auto& m = membranes_;
  const auto crossing = predicted_crossing(net_->kernel(population), m.armed_v_th[id], m.sum_w[id], m.sum_wt[id], now_);
  if (crossing == crossings_[id]) return;
  crossings_[id] = crossing;
  if (crossing == now_) {
    cross(id, population);
  } else if (crossing < end_of_firing_[population]) {
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
    } else if (crossings[j] < end_of_firing_[population]) {
      queue_.push({crossings[j], net_->rank(population), event_kind::neuron_crossing, 0, first + j});
    } else {
      crossings[j] = never;
    }
  }
}

template <class Real>
void event_simulation<Real>::cross_all_due(std::uint32_t population) {
  constexpr std::uint32_t chunk = 64;  // most contain no due crossing, which a vectorised comparison finds quickly
  const auto end = net_->first_id(population + 1);
  for (auto first = net_->first_id(population); first < end; first += chunk) {
    const auto count = std::min(chunk, end - first);
    if (earliest(std::span(crossings_).subspan(first, count)) != now_) continue;
    for (auto id = first; id < first + count; ++id) {
      if (crossings_[id] == now_) cross(id, population);
    }
  }
  queue_next_crossing(population);
}

// One prediction for the whole population with dense input, because every arrival moves all predictions.
template <class Real>
void event_simulation<Real>::queue_next_crossing(std::uint32_t population) {
  const auto first = net_->first_id(population);
  const auto next = earliest(std::span(crossings_).subspan(first, net_->populations()[population].size));
  if (next == next_crossing_[population]) return;
  next_crossing_[population] = next;
  if (next < end_of_firing_[population]) {
    queue_.push({next, net_->rank(population), event_kind::population_crossing, 0, population});
  }
}

template <class Real>
void event_simulation<Real>::cross(std::uint32_t id, std::uint32_t population) {
  v_m_at_crossing_[id] = v_m_at(membranes_, *net_, population, id, now_);
  membranes_.armed_v_th[id] = std::numeric_limits<Real>::infinity();
  crossings_[id] = never;
  --left_[population];
  spike_times_[id] = now_;
  send(id, population, now_);
}

template <class Real>
void event_simulation<Real>::send(std::uint32_t id, std::uint32_t population, double t) {
  const auto pre_rank = net_->rank(population);
  for (auto f = net_->first_fan_out(id); f < net_->first_fan_out(id + 1); ++f) {
    const auto& out = net_->fan_outs()[f];
    const auto post = net_->post(out.projection);
    const auto arrival = t + out.delay;
    if (arrival < end_of_arrivals_[post]) queue_.push({arrival, net_->rank(post), event_kind::delivery, pre_rank, f});
  }
}

template <class Real>
double event_simulation<Real>::v_m(std::uint32_t id, double t) const {
  // Sources, bias neurons and clamped neurons count as crossed at 0.
  if (membranes_.armed_v_th[id] == std::numeric_limits<Real>::infinity()) return v_m_at_crossing_[id];
  const auto population = net_->population_of(id);
  return v_m_at(membranes_, *net_, population, id, std::min(t, end_of_firing_[population]));
}

template class event_simulation<float>;
template class event_simulation<double>;

}  // namespace firstspike
