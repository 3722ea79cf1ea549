#include "firstspike/inspect/explain.hpp"

#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/neuron_names.hpp"

namespace firstspike {
namespace {

/// Calls explained(run, id) with the sample's run and the neuron's global id.
template <class Real, class Explained>
auto explain_in(const network<Real>& net, const spike_record& record, const recorded_neuron& which,
                const Explained& explained) {
  require(record.neurons == net.neuron_count(), "a record of {} neurons, the network has {}", record.neurons,
          net.neuron_count());
  require(which.sample < record.samples, "sample {} of a record, allowed: below {}", which.sample, record.samples);
  const auto id = neuron_id(net.populations(), which.population, which.neuron);
  const auto incoming = list_incoming(net);
  const auto t_max = which.t_max.value_or(longest_window);
  return explained(observed_run<Real>{net, incoming, record.times_of(which.sample), t_max, t_max}, id);
}

}  // namespace

template <class Real>
explanation explain(const network<Real>& net, const spike_record& record, const recorded_neuron& which) {
  return explain_in(net, record, which, [](const auto& run, std::uint32_t id) { return explain(run, id); });
}

template <class Real>
silence explain_silence(const network<Real>& net, const spike_record& record, const recorded_neuron& which) {
  require(which.t_max.has_value(), "t_max is missing, allowed: the end of the run's window [steps]");
  return explain_in(net, record, which, [](const auto& run, std::uint32_t id) { return explain_silence(run, id); });
}

template explanation explain(const network<float>&, const spike_record&, const recorded_neuron&);
template explanation explain(const network<double>&, const spike_record&, const recorded_neuron&);
template silence explain_silence(const network<float>&, const spike_record&, const recorded_neuron&);
template silence explain_silence(const network<double>&, const spike_record&, const recorded_neuron&);

}  // namespace firstspike
