// Trained models: files, decisions on images.
#include "firstspike/python/bindings/model.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "firstspike/data/coding.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/python/bindings/arrays.hpp"
#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/parts.hpp"
#include "firstspike/training/pretrained.hpp"
#include "firstspike/training/sample_files.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike::python {

py::dict metadata_dict(const run_metadata& metadata) {
  py::dict all;
  for (const auto& [name, value] : metadata) {
    all[py::str(name)] = std::visit([](const auto& v) -> py::object { return py::cast(v); }, value);
  }
  return all;
}

void add_decisions(py::dict& object, const readout& decisions) {
  const auto means = means_of(decisions);
  object["accuracy"] = means.accuracy;
  object["accuracy_ties_counted"] = means.accuracy_ties_counted;
  object["accuracy_silent_wrong"] = means.accuracy_silent_wrong;
  object["no_spike"] = decisions.no_spike;
  object["decision_time"] = means.decision_time;
  object["spikes_to_decision"] = means.spikes_to_decision;
  object["spikes_full"] = means.spikes_full;
}

namespace {

/// The same of a run over all samples, with its cost.
void add_totals(py::dict& object, const sample_totals& totals) {
  add_decisions(object, totals.decisions);
  const auto costs = costs_of(totals);
  object["decision_windows"] = costs.windows;
  object["spikes_per_neuron"] = costs.spikes_per_neuron;
  object["synaptic_events_per_image"] = costs.synaptic_events;
  object["seconds_per_image"] = seconds_per_sample(totals);
}

/// `pixels` [image][pixel], which must live as long as the result.
network_input input_of(const model& m, const array<std::uint8_t>& pixels, std::vector<std::uint8_t> labels) {
  const auto count = static_cast<std::size_t>(pixels.shape(0)), size = static_cast<std::size_t>(pixels.shape(1));
  const auto sources = m.stored.net.source_count();
  require(count > 0, "no images, needed: 1 or more");
  require(size == sources, "images of {} pixels, the network has {} sources", size, sources);
  const auto all = elements(pixels);
  network_input input{"arrays", count, std::move(labels)};
  input.times = [all, size, t_in = m.stored.t_in](std::size_t first, std::size_t end) {
    return encode_image(all.subspan(first * size, (end - first) * size), t_in);
  };
  return input;
}

void require_classes(const model& m) {
  require(!m.stored.label_of_output.empty(), "the outputs of this model are no classes; give it a label_map");
}

py::dict evaluate_images(const model& m, const array<std::uint8_t>& pixels, const array<std::uint8_t>& labels,
                         const std::string& engine, unsigned threads, bool early_exit, const py::object& report) {
  require_classes(m);
  const auto input = input_of(m, pixels, copied(labels));
  const auto& classes = m.stored.label_of_output;
  require(input.labels.size() == input.count, "{} labels of {} images, needed: one for each", input.labels.size(),
          input.count);
  for (const auto label : input.labels) class_index(classes, label);
  sample_run_options run{{read_option("scheduler", schedulers(), engine), threads}};
  const auto full = without_gil([&] { return run_samples(*m.loaded, input, run, progress_to(report)); });
  py::dict object;
  object["images"] = full.samples;
  object["scheduler"] = schedulers().show(full.engine);
  add_totals(object, full);
  const auto size = static_cast<py::ssize_t>(classes.size());
  object["classes"] = to_array(classes);
  object["confusion"] = to_array(confusion_matrix(full.decisions, input.labels, classes), {size, size});
  object["misclassified"] = to_array(misclassified(full.decisions, input.labels, classes));
  if (!early_exit) return object;
  run.early_exit = true;
  const auto early = without_gil([&] { return run_samples(*m.loaded, input, run, progress_to(report)); });
  py::dict stopped;
  add_totals(stopped, early);
  stopped["different_decisions"] = different_decisions(full.decisions, early.decisions);
  stopped["time_ratio"] = seconds_per_sample(early) / seconds_per_sample(full);
  object["early_exit"] = stopped;
  return object;
}

/// The label of each image, which does not depend on those that it is compared with.
py::array predict(const model& m, const array<std::uint8_t>& pixels, const std::string& engine, unsigned threads,
                  const py::object& report) {
  require_classes(m);
  const auto& classes = m.stored.label_of_output;
  const auto input =
      input_of(m, pixels, std::vector<std::uint8_t>(static_cast<std::size_t>(pixels.shape(0)), classes.front()));
  const sample_run_options run{{read_option("scheduler", schedulers(), engine), threads}};
  const auto totals = without_gil([&] { return run_samples(*m.loaded, input, run, progress_to(report)); });
  std::vector<std::uint8_t> labels;
  for (const auto output : totals.decisions.decided) labels.push_back(classes[output]);
  return to_array(std::move(labels));
}

/// The keys of `evaluate --samples --json`.
py::dict quality_dict(const sample_quality& q) {
  py::dict d;
  d["name"] = q.name;
  d["images"] = q.images;
  d["class_shares"] = q.class_shares;
  d["least_share"] = std::ranges::min(q.class_shares);
  d["confidence"] = q.confidence;
  d["frechet"] = q.frechet;
  d["precision"] = q.covered.precision;
  d["recall"] = q.covered.recall;
  d["nearest_training_image"] = q.nearest_train;
  d["closest_two"] = q.closest_two;
  return d;
}

py::list measure(const model& classifier, const array<std::uint8_t>& train,
                 const std::vector<std::pair<std::string, array<std::uint8_t>>>& samples, const std::string& engine,
                 unsigned threads, const py::object& report) {
  require_classes(classifier);
  std::vector<named_images> sets;
  for (const auto& [name, pixels] : samples) sets.push_back({name, to_images(pixels, py::none())});
  const auto reals = to_images(train, py::none());
  const run_options run{read_option("scheduler", schedulers(), engine), threads};
  const auto measured = without_gil([&] {
    return std::visit(
        [&](const auto& net) {
          return measure_samples(net, reference_options_of(*classifier.loaded), reals, sets, run, progress_to(report));
        },
        classifier.loaded->net);
  });
  py::list all;
  for (const auto& q : measured) all.append(quality_dict(q));
  return all;
}

model read(const std::string& path, const import_answers& answers) {
  const auto import = import_from(answers);
  return with_files([&] { return model(read_model(path, import)); });
}

}  // namespace

void add_model(py::module_& m) {
  py::class_<model>(m, "Model")
      .def_static("read", read)
      .def_static("of_network",
                  [](network_builder& b, double t_in, double t_max, std::vector<std::uint8_t> label_map) {
                    const auto built = b.built();
                    return model(std::visit(
                        [&](const auto& net) {
                          return stored_model{with_precision<double>(net),
                                              built->precision == real_type::f32,
                                              t_in,
                                              t_max,
                                              std::move(label_map),
                                              {}};
                        },
                        built->net));
                  })
      .def(
          "write",
          [](const model& self, const std::string& path, bool overwrite) {
            with_files([&] { write_model(path, self.stored, overwrite); });
          },
          py::arg(), py::arg("overwrite") = false)
      .def("network", [](const model& self) { return network_builder(self.loaded); })
      .def("evaluate", evaluate_images)
      .def("predict", predict)
      .def_property_readonly("metadata", [](const model& self) { return metadata_dict(self.stored.metadata); })
      .def_property_readonly("classes", [](const model& self) { return to_array(self.stored.label_of_output); })
      .def_property_readonly("t_in", [](const model& self) { return self.stored.t_in; })
      .def_property_readonly("t_max", [](const model& self) { return self.stored.t_max; })
      .def_property_readonly("regime", [](const model& self) { return self.stored.regime; });
  m.def("sample_quality", measure);
  m.def("model_file", [](const std::string& text) { return with_files([&] { return model_file(text); }); });
}

}  // namespace firstspike::python
