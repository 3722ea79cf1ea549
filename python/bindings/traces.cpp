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
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/recording.hpp"

namespace firstspike::python {
namespace {

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
