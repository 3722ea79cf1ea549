// Spike traces, their export, and reports.
#include <pybind11/stl.h>

#include <optional>

#include "firstspike/exports/trace_export.hpp"
#include "firstspike/python/bindings/arrays.hpp"
#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/model.hpp"
#include "firstspike/python/bindings/parts.hpp"
#include "firstspike/report/report.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"
#include "firstspike/traces/trace_comparison.hpp"
#include "firstspike/traces/trace_description.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/recording.hpp"

namespace firstspike::python {
namespace {

using namespace pybind11::literals;

py::list trace_populations_list(spike_trace& trace) {
  py::list all;
  for (auto& p : trace.populations) {
    all.append(py::make_tuple(p.name, p.n_nodes, p.t_start, p.t_stop, to_array(std::move(p.timestamps)),
                              to_array(std::move(p.node_ids)), to_array(std::move(p.sample_ids)),
                              to_array(std::move(p.sample_offsets)), p.left_out));
  }
  return all;
}

/// (populations, metadata, labels or None, names of the models)
py::tuple read_trace_file(const std::string& path, bool first_spikes) {
  std::vector<std::string> models;
  auto trace = with_files([&] {
    models = models_in_trace(path);
    return read_spike_trace(path, repeats_allowed(first_spikes));
  });
  py::object labels = py::none();
  if (!trace.labels.empty()) labels = to_array(std::move(trace.labels));
  const auto metadata = metadata_dict(trace.metadata);
  return py::make_tuple(trace_populations_list(trace), metadata, labels, models);
}

/// The keys of `trace info --json`, of one file.
py::dict description_of(const std::string& path, bool first_spikes) {
  const auto trace = with_files([&] { return describe_trace(path, repeats_allowed(first_spikes)); });
  py::list populations;
  for (const auto& p : trace.populations) {
    populations.append(py::dict("name"_a = p.name, "neurons"_a = p.neurons, "samples"_a = p.samples,
                                "spikes"_a = p.spikes, "t_start"_a = p.t_start, "t_stop"_a = p.t_stop,
                                "left_out"_a = p.left_out, "sorting"_a = p.sorting));
  }
  return py::dict("file"_a = path, "populations"_a = populations, "facts"_a = metadata_dict(trace.metadata),
                  "models"_a = trace.models, "labels"_a = trace.labels);
}

/// The keys of `trace diff --json`.
py::dict difference_of(const std::string& a, const std::string& b, double tolerance, std::uint64_t most,
                       bool first_spikes) {
  const auto repeats = repeats_allowed(first_spikes);
  const auto traces = with_files([&] { return std::pair(read_spike_trace(a, repeats), read_spike_trace(b, repeats)); });
  const auto found = without_gil([&] { return compare_traces(traces.first, traces.second, most, tolerance); });
  py::list populations;
  for (const auto& d : found.populations) {
    py::list first;
    for (const auto& c : d.first) {
      first.append(py::dict("sample"_a = c.sample, "neuron"_a = c.neuron, "a"_a = c.a, "b"_a = c.b));
    }
    populations.append(py::dict("name"_a = d.name, "in"_a = d.only_in_a ? "a" : (d.only_in_b ? "b" : "both"),
                                "equal"_a = d.equal, "moved"_a = d.moved, "vanished"_a = d.vanished,
                                "appeared"_a = d.appeared, "largest"_a = d.largest, "first"_a = first));
  }
  return py::dict(
      "same"_a = found.same, "populations"_a = populations, "tolerance"_a = tolerance,
      "left_out"_a = py::dict("a"_a = spikes_left_out(traces.first), "b"_a = spikes_left_out(traces.second)), "a"_a = a,
      "b"_a = b);
}

/// Firing times [sample][neuron] of one population.
py::array dense(const std::string& name, std::uint64_t n_nodes, const array<double>& timestamps,
                const array<std::uint64_t>& node_ids, const array<std::uint32_t>& sample_ids,
                const array<std::uint64_t>& sample_offsets) {
  population_spikes spikes;
  spikes.name = name;
  spikes.n_nodes = n_nodes;
  spikes.timestamps = copied(timestamps);
  spikes.node_ids = copied(node_ids);
  spikes.sample_ids = copied(sample_ids);
  spikes.sample_offsets = copied(sample_offsets);
  const shape size{static_cast<py::ssize_t>(spikes.samples()), static_cast<py::ssize_t>(n_nodes)};
  return to_array(without_gil([&] { return dense_times(spikes, n_nodes); }), size);
}

/// `populations` (name, size) of a record [sample][neuron], which are written over [0, t_max).
void write(const std::string& path, const std::vector<std::pair<std::string, std::uint32_t>>& populations,
           const array<double>& times, double t_max, const py::object& labels, const py::object& stored,
           std::map<std::string, metadata_value> metadata, bool overwrite) {
  std::vector<population> all;
  for (const auto& [name, size] : populations) all.push_back({name, population_kind::source, size, {}});
  const spike_record record{
      static_cast<std::size_t>(times.shape(0)), static_cast<std::size_t>(times.shape(1)), copied(times), {}};
  const auto classes = labels.is_none() ? std::vector<std::uint8_t>() : copied(labels.cast<array<std::uint8_t>>());
  const model* with = stored.is_none() ? nullptr : stored.cast<const model*>();
  auto described = metadata_of_run("Python: write_trace", {}, t_max);
  if (with != nullptr) described["precision"] = with->stored.single_precision ? "f32" : "f64";
  for (auto& [name, value] : metadata) described[name] = std::move(value);
  with_files([&] {
    spike_trace_writer writer(path, trace_populations(all, t_max), described, overwrite);
    append_record(writer, all, record);
    if (!classes.empty()) writer.set_labels(classes);
    if (with != nullptr) add_model(writer, "model", with->stored);
    writer.finish();
  });
}

/// `out` may be None: then the text of the export is returned.
py::dict export_to(const std::string& trace, const std::optional<std::string>& out,
                   const std::optional<std::string>& format, const std::optional<std::vector<std::string>>& layers,
                   const std::optional<std::pair<std::uint64_t, std::uint64_t>>& samples, std::optional<double> from,
                   std::optional<double> until, const std::optional<std::string>& layer,
                   const std::optional<std::string>& labels, std::optional<std::uint64_t> most_spikes,
                   std::optional<std::uint64_t> most_flows, std::optional<double> dt, const py::object& network,
                   bool overwrite, bool lossy, const py::object& report) {
  trace_export_options options;
  options.format = format;
  options.selection = {layers, samples, from, until};
  options.layer = layer;
  options.labels = labels;
  options.most_spikes = most_spikes;
  options.most_flows = most_flows;
  options.dt = dt;
  if (!network.is_none()) options.model = *network.cast<const model&>().loaded;
  options.overwrite = overwrite;
  options.lossy = lossy;
  std::string text;
  const auto result = with_files([&] {
    if (out) return export_trace(trace, *out, options, progress_to(report));
    return export_trace(
        trace, [&](std::string_view piece) { text += piece; }, options, progress_to(report));
  });
  py::dict d;
  d["format"] = result.format;
  d["models"] = result.models;
  d["spikes"] = result.spikes;
  d["flows"] = result.flows;
  d["spikes_left_out"] = result.spikes_left_out;
  d["spikes_without_flows"] = result.spikes_without_flows;
  d["frames"] = result.frames;
  d["layer"] = result.layer;
  d["labels"] = result.labels;
  d["repeats"] = result.repeats;
  d["text"] = out ? py::object(py::none()) : py::str(text);
  return d;
}

/// `out` may be None. (page, notes)
py::tuple report_of(const std::string& run, const std::optional<std::string>& out,
                    const std::optional<std::string>& trace, const std::optional<std::string>& images,
                    const std::optional<std::string>& labels, const std::optional<std::string>& data,
                    const std::optional<std::string>& set, std::optional<std::uint64_t> count, std::uint64_t shown,
                    const std::vector<std::string>& neurons, unsigned threads, bool overwrite,
                    const py::object& progress) {
  report_options options{run, trace, images, labels, data, set, count, shown, {}, threads};
  for (const auto& neuron : neurons) options.neurons.push_back(read_layer_neuron(neuron));
  auto made = with_files([&] {
    return out ? write_report(options, *out, overwrite, progress_to(progress))
               : make_report(options, progress_to(progress));
  });
  return py::make_tuple(std::move(made.page), std::move(made.notes));
}

/// (recorded hash, recomputed hash, step, trained by)
py::tuple replay_of(const std::string& trace, unsigned threads) {
  const auto r = with_files([&] { return replay(trace, threads); });
  return py::make_tuple(r.recorded, r.recomputed, r.step, r.trained_by);
}

}  // namespace

void add_traces(py::module_& m) {
  m.def("read_trace", read_trace_file);
  m.def("describe_trace", description_of);
  m.def("check_trace", [](const std::string& path) { with_files([&] { check_trace(path); }); });
  m.def("compare_traces", difference_of);
  m.def("dense_times", dense);
  m.def("write_trace", write);
  m.def("read_model_in_trace", [](const std::string& path, const std::string& name) {
    return with_files([&] { return model(read_model(path, {}, "/models/" + name)); });
  });
  m.def("export_trace", export_to);
  m.def("export_formats", export_formats);
  m.def("report", report_of);
  m.def("replay", replay_of);
}

}  // namespace firstspike::python
