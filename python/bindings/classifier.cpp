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
    callbacks.on_faults = [&](std::span<const layer_warning> faults, std::uint64_t step) {
      call(on_faults, [&] { return on_faults(faults_list(faults), step); });
    };
    const auto done = with_run_files(trainer_->options(), run_, [&] { return trainer_->run(callbacks); });
    call.raise();
    return done;
  }

  model current() const { return model(trainer_->model()); }
  const classifier_trainer& trainer() const { return *trainer_; }

 private:
  run_request run_;
  std::optional<classifier_trainer> trainer_;
};

std::unique_ptr<online_classifier> start_online_classifier(const texts& given, std::uint32_t inputs,
                                                           std::vector<std::uint8_t> classes, const model* start) {
  auto options = with_images_in_memory(classifier_training_options_from(given), true);
  options.learn.classes = std::move(classes);
  std::optional<stored_model> from;
  if (start != nullptr) from = start->stored;
  // Not a matter of files: the options or the images do not fit the model.
  try {
    return std::make_unique<online_classifier>(options, inputs, from);
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
      .def("run", &python_classifier_trainer::run)
      .def("model", &python_classifier_trainer::current)
      .def_property_readonly("gradient_hash",
                             [](const python_classifier_trainer& t) { return t.trainer().last_gradient_hash(); })
      .def_property_readonly("steps", [](const python_classifier_trainer& t) { return t.trainer().steps_taken(); })
      .def_property_readonly("model_step", [](const python_classifier_trainer& t) { return t.trainer().model_step(); })
      .def_property_readonly("seconds", [](const python_classifier_trainer& t) { return t.trainer().seconds(); })
      .def_property_readonly("images", [](const python_classifier_trainer& t) { return t.trainer().images(); });
  py::class_<online_classifier>(m, "OnlineClassifier")
      .def(py::init(&start_online_classifier))
      .def("train",
           [](online_classifier& c, const array<std::uint8_t>& pixels, const array<std::uint8_t>& labels,
              const py::object& report) {
             const auto images = to_images(pixels, labels);
             const auto score = without_gil([&] { return c.train(images, progress_to(report)); });
             return py::make_tuple(score.loss, score.correct);
           })
      .def("model", [](const online_classifier& c) { return model(c.model()); })
      .def_property_readonly("steps", &online_classifier::steps_taken);
}

}  // namespace firstspike::python
