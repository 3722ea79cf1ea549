// One run explained: why a neuron fired, why it did not, what if.
#include <pybind11/stl.h>

#include <optional>
#include <variant>

#include "firstspike/inspect/inspection.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/python/bindings/arrays.hpp"
#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/network.hpp"
#include "firstspike/python/bindings/parts.hpp"

namespace firstspike::python {
namespace {

/// Calls ask(run, populations) with the run of one sample, at its end; `times` [source].
template <class Ask>
auto asked(network_builder& b, const array<double>& times, double t_max, const Ask& ask) {
  const auto model = b.built();
  const py::object silent = py::none();
  return std::visit(
      [&]<class Real>(const network<Real>& net) {
        return without_gil([&] {
          inspection<Real> run(net, copied(times), t_max);
          run.go_on({}, progress_to(silent));
          return ask(run, net.populations());
        });
      },
      model->net);
}

py::object name(std::span<const population> populations, std::optional<std::uint32_t> id) {
  return id ? py::object(py::str(neuron_name(populations, *id))) : py::object(py::none());
}

std::string_view name_of(stopped_by what) {
  constexpr std::string_view texts[] = {"nothing_so_far", "fire_phase_ahead", "nothing_arrived", "too_little",
                                        "inhibition",     "window",           "late_arrivals",   "threshold"};
  return texts[static_cast<std::size_t>(what)];
}

py::dict why(network_builder& b, const array<double>& times, double t_max, const std::string& neuron) {
  const auto found =
      asked(b, times, t_max, [&](auto& run, auto populations) { return run.why(neuron_id(populations, neuron)); });
  const auto populations = b.populations();
  py::list causes, chain, given;
  for (const auto& c : found.why.causes) {
    causes.append(py::make_tuple(name(populations, c.pre), c.spike_time, c.arrival, c.weight, c.share));
  }
  for (const auto& s : found.critical_chain) chain.append(py::make_tuple(name(populations, s.source), s.time));
  for (const auto& r : found.roots) given.append(py::make_tuple(name(populations, r.id), r.spike_time, r.share));
  py::dict d;
  d["neuron"] = name(populations, found.why.id);
  d["spike_time"] = found.why.spike_time;
  d["t_fire"] = found.why.t_fire;
  d["v_m"] = found.why.v_m;
  d["v_th"] = found.why.v_th;
  d["critical"] = name(populations, found.why.critical);
  d["without_critical"] = found.why.without_critical;
  d["causes"] = causes;
  d["critical_chain"] = chain;
  d["given"] = given;
  return d;
}

py::dict why_not(network_builder& b, const array<double>& times, double t_max, const std::string& neuron) {
  const auto found =
      asked(b, times, t_max, [&](auto& run, auto populations) { return run.why_not(neuron_id(populations, neuron)); });
  const auto populations = b.populations();
  py::dict d;
  d["neuron"] = name(populations, found.id);
  d["until"] = found.until;
  d["peak_time"] = found.peak_time;
  d["peak_v_m"] = found.peak_v_m;
  d["v_th"] = found.v_th;
  d["t_fire"] = found.t_fire;
  d["closes"] = found.closes;
  d["lowest_threshold"] = found.lowest_threshold;
  d["lost"] = found.lost;
  d["excitation"] = found.excitation;
  d["inhibition"] = found.inhibition;
  d["stopped_by"] = name_of(found.what);
  d["predicted"] = found.predicted;
  d["would_fire"] = found.would_fire;
  d["holder"] = name(populations, found.holder);
  d["without_holder"] = found.without_holder;
  return d;
}

/// (output, time), or None if nothing is decided.
py::object decision(const run_decision& d) {
  if (d.state != decision_state::decided) return py::none();
  return py::make_tuple(d.output, d.time);
}

py::dict comparison(std::span<const population> populations, const run_comparison& found) {
  py::list changed;
  for (const auto& c : found.changed) changed.append(py::make_tuple(name(populations, c.id), c.before, c.after));
  py::dict layers;
  for (std::size_t p = 0; p < found.layers.size(); ++p) {
    const auto& layer = found.layers[p];
    layers[py::str(populations[p].name)] = py::make_tuple(layer.moved, layer.vanished, layer.appeared);
  }
  py::dict d;
  d["changed"] = changed;
  d["layers"] = layers;
  d["before"] = decision(found.before);
  d["after"] = decision(found.after);
  d["replaced_weights"] = found.replaced_weights;
  return d;
}

py::dict with_spike(network_builder& b, const array<double>& times, double t_max, const std::string& neuron, double t) {
  const auto found = asked(
      b, times, t_max, [&](auto& run, auto populations) { return run.with_spike(neuron_id(populations, neuron), t); });
  return comparison(b.populations(), found);
}

py::dict with_weight(network_builder& b, const array<double>& times, double t_max, const std::string& pre,
                     const std::string& post, double weight) {
  const auto found = asked(b, times, t_max, [&](auto& run, auto populations) {
    return run.with_weight(neuron_id(populations, pre), neuron_id(populations, post), weight);
  });
  return comparison(b.populations(), found);
}

}  // namespace

void add_inspect(py::module_& m) {
  m.def("why", why);
  m.def("why_not", why_not);
  m.def("with_spike", with_spike);
  m.def("with_weight", with_weight);
}

}  // namespace firstspike::python
