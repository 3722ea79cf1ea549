// Training of GANs, and images from generators.
#include <pybind11/stl.h>

#include <memory>
#include <optional>

#include "firstspike/python/bindings/model.hpp"
#include "firstspike/python/bindings/parts.hpp"
#include "firstspike/python/bindings/training.hpp"
#include "firstspike/training/gan_trainer.hpp"
#include "firstspike/training/generated_images.hpp"
#include "firstspike/training/online_gan.hpp"

namespace firstspike::python {
namespace {

class python_gan_trainer {
 public:
  python_gan_trainer(const texts& given, const array<std::uint8_t>& pixels, const py::object& labels, run_request run)
      : run_(std::move(run)) {
    const auto options = with_images_in_memory(gan_training_options_from(given), !labels.is_none());
    training_data data{images_in_memory, {}, {}, to_images(pixels, labels)};
    split(data, options.train_count, 0, options.learn.seed);
    const auto files = files_of(run_, "GAN.fit", options.learn.seed, generator_run_length(options.learn));
    const auto make = [&] { return gan_trainer(options, std::move(data), files); };
    trainer_.emplace(run_ || options.from ? with_files(make) : without_gil(make));
  }

  /// Resumes the run in `directory`. `pixels` are None unless it was given its images in memory.
  static python_gan_trainer resume(const std::string& directory, const texts& changes, const py::object& pixels,
                                   const py::object& labels) {
    auto images = optional_images(pixels, labels);
    return {directory,
            with_files([&] { return gan_trainer::resume(directory, changes, checking_signals(), std::move(images)); })};
  }

  /// False if a callback stopped the run.
  bool run(const py::object& on_step, const py::object& on_faults) {
    stopping_call call;
    gan_callbacks callbacks;
    callbacks.on_step = [&](const gan_progress& p) {
      return call(on_step, [&] {
        return on_step(p.step, p.steps, p.losses.generator, p.losses.discriminator, p.losses.real_correct,
                       p.losses.fake_correct);
      });
    };
    callbacks.on_faults = [&](std::span<const layer_warning> faults, std::uint64_t step) {
      call(on_faults, [&] { return on_faults(faults_list(faults), step); });
    };
    const auto done = noting_divergence(diverged_, [&] {
      return with_run_files(trainer_->options(), run_, call, [&] { return trainer_->run(callbacks); });
    });
    call.raise();
    return done;
  }

  /// False if the run has diverged.
  bool has_model() const { return !diverged_; }

  const gan_trainer& trainer() const { return *trainer_; }

 private:
  python_gan_trainer(std::string directory, gan_trainer resumed)
      : run_({std::move(directory), true}), trainer_(std::move(resumed)) {}

  run_request run_;
  std::optional<gan_trainer> trainer_;
  bool diverged_ = false;
};

online_training<online_gan> start_online_gan(const texts& given, std::uint32_t rows, std::uint32_t columns,
                                             std::optional<std::vector<std::uint8_t>> classes, const model* generator,
                                             const model* discriminator) {
  auto options = with_images_in_memory(gan_training_options_from(given), classes.has_value());
  options.learn.rows = rows;
  options.learn.columns = columns;
  if (classes) options.learn.classes = std::move(*classes);
  std::optional<std::pair<stored_model, stored_model>> from;
  if (generator != nullptr && discriminator != nullptr) from.emplace(generator->stored, discriminator->stored);
  const auto make = [&] { return std::make_unique<online_gan>(options, from); };
  if (!from && options.from) return {with_files(make)};
  // Not a matter of files: the options or the images do not fit the model.
  try {
    return {make()};
  } catch (const std::runtime_error& error) {
    throw std::invalid_argument(error.what());
  }
}

generation_options generation(std::uint64_t count, std::uint64_t seed, std::optional<std::uint64_t> label,
                              std::optional<double> until, std::optional<std::uint64_t> film,
                              std::optional<std::uint64_t> between,
                              std::optional<std::pair<std::uint64_t, std::uint64_t>> between_classes,
                              const std::string& engine, unsigned threads) {
  generation_options asked{count, seed, label, until, film, between, between_classes};
  asked.run = {read_option("scheduler", schedulers(), engine), threads};
  return asked;
}

/// (images, runs of the generator, spikes)
py::tuple draw(const model& generator, const generation_options& asked, const py::object& report) {
  const auto trained = as_generator(generator.stored, "the model");
  auto drawn = without_gil([&] { return generate(trained, asked, progress_to(report)); });
  return py::make_tuple(from_images(std::move(drawn.images))[0], drawn.samples, drawn.spikes);
}

py::array sources(const model& generator, const generation_options& asked) {
  return to_array(
      generator_sources(as_generator(generator.stored, "the model"), asked),
      {static_cast<py::ssize_t>(asked.count), static_cast<py::ssize_t>(generator.stored.net.source_count())});
}

void draw_file(const model& generator, const generation_options& asked, const std::string& path,
               std::optional<std::uint64_t> columns, std::optional<std::uint64_t> scale, bool overwrite,
               const py::object& report) {
  const auto trained = as_generator(generator.stored, "the model");
  const generated_file file{path, columns, scale,
                            metadata_of_run("Python: GAN.generate", asked.seed, generator_run_length(trained.options)),
                            overwrite};
  with_files([&] { generate_file(trained, file, asked, progress_to(report)); });
}

}  // namespace

void add_gan(py::module_& m) {
  m.def("kind_of_run", [](const std::string& directory) {
    const auto kind = with_files([&] { return kind_of_run(directory); });
    return py::make_tuple(kind.trained_by, kind.in_memory);
  });
  m.def("gan_options", [] { return describe_options(gan_training_table()); });
  m.def("resolve_gan_options",
        [](const texts& given) { return show_options(gan_training_table(), gan_training_options_from(given)); });
  m.def("recorded_gan_options", [](const model& from) {
    return recorded_values(gan_training_options_from(recorded_options("the model", from.stored.metadata, "train gan")),
                           false);
  });
  py::class_<python_gan_trainer>(m, "GanTrainer")
      .def(py::init<const texts&, const array<std::uint8_t>&, const py::object&, run_request>())
      .def_static("resume", &python_gan_trainer::resume)
      .def("run", &python_gan_trainer::run)
      .def("generator", [](const python_gan_trainer& t) { return model(t.trainer().generator()); })
      .def("discriminator", [](const python_gan_trainer& t) { return model(t.trainer().discriminator()); })
      .def_property_readonly("gradient_hash",
                             [](const python_gan_trainer& t) { return t.trainer().last_gradient_hash(); })
      .def_property_readonly("steps", [](const python_gan_trainer& t) { return t.trainer().steps_taken(); })
      .def_property_readonly("finished", [](const python_gan_trainer& t) { return t.trainer().finished(); })
      .def_property_readonly("all_steps", [](const python_gan_trainer& t) { return t.trainer().options().steps; })
      .def_property_readonly("has_model", &python_gan_trainer::has_model)
      .def_property_readonly("notes", [](const python_gan_trainer& t) { return t.trainer().data().notes; })
      .def_property_readonly("seconds", [](const python_gan_trainer& t) { return t.trainer().seconds(); })
      .def_property_readonly("images", [](const python_gan_trainer& t) { return t.trainer().images(); });
  py::class_<online_training<online_gan>>(m, "OnlineGan")
      .def(py::init(&start_online_gan))
      .def("train",
           [](online_training<online_gan>& g, const array<std::uint8_t>& pixels, const py::object& labels,
              const py::object& report) {
             const auto images = to_images(pixels, labels);
             const auto losses = g.train(images, report);
             return py::make_tuple(losses.generator, losses.discriminator, losses.real_correct, losses.fake_correct);
           })
      .def("generator", [](const online_training<online_gan>& g) { return model(g.trained->generator()); })
      .def("discriminator", [](const online_training<online_gan>& g) { return model(g.trained->discriminator()); })
      .def_property_readonly("has_model", [](const online_training<online_gan>& g) { return !g.diverged; })
      .def_property_readonly("steps", [](const online_training<online_gan>& g) { return g.trained->steps_taken(); });
  py::class_<generation_options>(m, "Generation").def(py::init(&generation));
  m.def("generate", draw);
  m.def("generator_sources", sources);
  m.def("generate_file", draw_file);
  m.def("check_generator", [](const model& generator) { as_generator(generator.stored, "the model"); });
  m.def("generator_classes", [](const model& generator) {
    const auto trained = as_generator(generator.stored, "the model");
    return trained.options.conditional ? trained.options.classes : std::vector<std::uint8_t>();
  });
}

}  // namespace firstspike::python
