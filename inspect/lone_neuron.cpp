#include "firstspike/inspect/lone_neuron.hpp"

#include "firstspike/engine/require.hpp"

namespace firstspike {

template <class Real>
lone_neuron<Real> lone(const network<Real>& net, std::uint32_t id, double t_max) {
  const auto population = net.population_of(id);
  const auto& p = net.populations()[population];
  const auto index = id - net.first_id(population);
  require(p.kind == population_kind::neurons, "{}:{} is a {}, whose firing time is given; allowed: a neuron", p.name,
          index, p.kind == population_kind::source ? "source" : "bias neuron");
  return {net.kernel(population),
          static_cast<Real>(p.v_th[index]),
          p.t_fire,
          static_cast<Real>(p.threshold_slope),
          net.end_of_arrivals(population, t_max),
          net.end_of_firing(population, t_max)};
}

template <class Real>
lone_run replay(const lone_neuron<Real>& neuron, std::span<const arrival<Real>> arrivals) {
  lone_run run;
  lone_membrane<Real> membrane{neuron};
  // A neuron with a fire phase may fire without arrivals; all arrivals up to t_fire come before its spike.
  double predicted = neuron.has_fire_phase() ? membrane.predicted(0) : never;
  while (run.received < arrivals.size() && (neuron.has_fire_phase() || arrivals[run.received].time < predicted)) {
    const auto t = arrivals[run.received].time;
    for (; run.received < arrivals.size() && arrivals[run.received].time == t; ++run.received)
      membrane.receive(arrivals[run.received]);
    predicted = membrane.predicted(t);
    if (predicted == t) break;
  }
  if (predicted == never) return run;
  run.spike_time = predicted;
  run.v_m = static_cast<double>(membrane.v_m(predicted));
  return run;
}

template lone_neuron<float> lone(const network<float>&, std::uint32_t, double);
template lone_neuron<double> lone(const network<double>&, std::uint32_t, double);
template lone_run replay(const lone_neuron<float>&, std::span<const arrival<float>>);
template lone_run replay(const lone_neuron<double>&, std::span<const arrival<double>>);

}  // namespace firstspike
