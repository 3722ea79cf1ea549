// Training of classifiers.
#include <pybind11/stl.h>

#include <memory>
#include <optional>

#include "firstspike/models/losses.hpp"
#include "firstspike/python/bindings/model.hpp"
#include "firstspike/python/bindings/parts.hpp"
#include "firstspike/python/bindings/training.hpp"
#include "firstspike/training/classifier_trainer.hpp"
#include "firstspike/training/online_classifier.hpp"

namespace firstspike::python {
namespace {

py::object validation_dict(const readout& validation) {
  if (validation.images == 0) return py::none();
  py::dict d;
  d["images"] = validation.images;
  add_decisions(d, validation);
  return d;
}

class python_classifier_trainer {
 public:
  python_classifier_trainer(const texts& given, const array<std::uint8_t>& pixels, const array<std::uint8_t>& labels,
                            run_request run)
      : run_(std::move(run)) {
    const auto options = with_images_in_memory(classifier_training_options_from(given), true);
    training_data data{images_in_memory, {}, {}, to_images(pixels, labels)};
    split(data, options.train_count, options.validation, options.learn.seed);
    const auto files = files_of(run_, "Classifier.fit", options.learn.seed, run_length(options.learn));
    const auto make = [&] { return classifier_trainer(options, std::move(data), files); };
    trainer_.emplace(run_ || options.from ? with_files(make) : without_gil(make));
  }

  /// Resumes the run in `directory`. `pixels` are None unless it was given its images in memory.
  static python_classifier_trainer resume(const std::string& directory, const texts& changes, const py::object& pixels,
                                          const py::object& labels) {
    auto images = optional_images(pixels, labels);
    return {directory, with_files([&] {
              return classifier_trainer::resume(directory, changes, checking_signals(), std::move(images));
            })};
  }

  /// False if a callback stopped the run.
  bool run(const py::object& on_step, const py::object& on_epoch, const py::object& on_faults) {
    stopping_call call;
    classifier_callbacks callbacks;
    callbacks.on_step = [&](const classifier_progress& p) {
      return call(on_step, [&] { return on_step(p.step, p.steps, p.epoch, p.loss, p.images, p.all_images); });
    };
    callbacks.on_epoch = [&](const epoch_result& e) {
      call(on_epoch, [&] {
        return on_epoch(e.epoch, e.step, e.loss, e.train_accuracy, validation_dict(e.validation), e.kept, e.renewed);
      });
    };
    callbacks.on_validation = [&](std::uint64_t, std::uint64_t) { return call.in_validation(); };
    callbacks.on_faults = [&](std::span<const layer_warning> faults, std::uint64_t step) {
      call(on_faults, [&] { return on_faults(faults_list(faults), step); });
    };
    try {
      const auto done = noting_divergence(diverged_, [&] {
        return with_run_files(trainer_->options(), run_, call, [&] { return trainer_->run(callbacks); });
      });
      call.raise();
      return done;
    } catch (const cancelled&) {
      call.raise();
      throw;
    }
  }

  /// False if the run has diverged and there is no earlier model.
  bool has_model() const { return !diverged_ || trainer_->model_step() < trainer_->steps_taken(); }

  model current() const { return model(trainer_->model()); }
  const classifier_trainer& trainer() const { return *trainer_; }

 private:
  python_classifier_trainer(std::string directory, classifier_trainer resumed)
      : run_({std::move(directory), true}), trainer_(std::move(resumed)) {}

  run_request run_;
  std::optional<classifier_trainer> trainer_;
  bool diverged_ = false;
};

online_training<online_classifier> start_online_classifier(const texts& given, std::uint32_t rows,
                                                           std::uint32_t columns, std::vector<std::uint8_t> classes,
                                                           const model* start) {
  auto options = with_images_in_memory(classifier_training_options_from(given), true);
  options.learn.classes = std::move(classes);
  std::optional<stored_model> from;
  if (start != nullptr) from = start->stored;
  const auto make = [&] { return std::make_unique<online_classifier>(options, grid{rows, columns, 1}, from); };
  if (!from && options.from) return {with_files(make)};
  // Not a matter of files: the options or the images do not fit the model.
  try {
    return {make()};
  } catch (const std::runtime_error& error) {
    throw std::invalid_argument(error.what());
  }
}

}  // namespace

void add_classifier(py::module_& m) {
  m.def("classifier_options", [] { return describe_options(classifier_training_table()); });
  m.def("resolve_classifier_options", [](const texts& given) {
    return show_options(classifier_training_table(), classifier_training_options_from(given));
  });
  m.def("recorded_classifier_options", [](const model& from) {
    return recorded_values(
        classifier_training_options_from(recorded_options("the model", from.stored.metadata, "train classifier")),
        false);
  });
  py::class_<python_classifier_trainer>(m, "ClassifierTrainer")
      .def(py::init<const texts&, const array<std::uint8_t>&, const array<std::uint8_t>&, run_request>())
      .def_static("resume", &python_classifier_trainer::resume)
      .def("run", &python_classifier_trainer::run)
      .def("model", &python_classifier_trainer::current)
      .def_property_readonly("gradient_hash",
                             [](const python_classifier_trainer& t) { return t.trainer().last_gradient_hash(); })
      .def_property_readonly("steps", [](const python_classifier_trainer& t) { return t.trainer().steps_taken(); })
      .def_property_readonly("finished", [](const python_classifier_trainer& t) { return t.trainer().finished(); })
      .def_property_readonly("epochs", [](const python_classifier_trainer& t) { return t.trainer().options().epochs; })
      .def_property_readonly("has_model", &python_classifier_trainer::has_model)
      .def_property_readonly("notes", [](const python_classifier_trainer& t) { return t.trainer().data().notes; })
      .def_property_readonly("model_step", [](const python_classifier_trainer& t) { return t.trainer().model_step(); })
      .def_property_readonly("seconds", [](const python_classifier_trainer& t) { return t.trainer().seconds(); })
      .def_property_readonly("images", [](const python_classifier_trainer& t) { return t.trainer().images(); });
  py::class_<online_training<online_classifier>>(m, "OnlineClassifier")
      .def(py::init(&start_online_classifier))
      .def("train",
           [](online_training<online_classifier>& c, const array<std::uint8_t>& pixels,
              const array<std::uint8_t>& labels, const py::object& report) {
             const auto images = to_images(pixels, labels);
             const auto score = c.train(images, report);
             return py::make_tuple(score.loss, score.correct);
           })
      .def("model", [](const online_training<online_classifier>& c) { return model(c.trained->model()); })
      .def_property_readonly("has_model", [](const online_training<online_classifier>& c) { return !c.diverged; })
      .def_property_readonly("steps",
                             [](const online_training<online_classifier>& c) { return c.trained->steps_taken(); });
}

}  // namespace firstspike::python
