#include "firstspike/training/recording.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <type_traits>

#include "firstspike/engine/pending_file.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/run_metadata.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"
#include "firstspike/training/resume.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {
namespace {

constexpr auto second_pass = "second_pass_";

template <class T>
T required_metadata(const std::string& path, const run_metadata& metadata, const std::string& name) {
  const auto place = metadata.find(name);
  if (place == metadata.end() || !std::holds_alternative<T>(place->second)) {
    throw std::runtime_error(
        fmt::format("{}: attribute {} is missing; only the trace of a training step can be replayed", path, name));
  }
  return std::get<T>(place->second);
}

// Before the extension.
std::string trace_path_of_step(const std::string& trace, std::uint64_t step) {
  const auto dot = trace.rfind('.');
  const auto slash = trace.rfind('/');
  const bool extension = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  const auto stem = extension ? trace.substr(0, dot) : trace;
  return fmt::format("{}-{:06}{}", stem, step, extension ? trace.substr(dot) : "");
}

template <class Real>
std::string replay_gan(const std::string& path, const spike_trace& trace, unsigned threads) {
  const auto options = recorded_gan_options(path, trace.metadata);
  auto model_of = [&path](const std::string& name) {
    return with_precision<Real>(read_model(path, {}, "/models/" + name).net);
  };
  auto g = make_gan<Real>(options, model_of("generator"), model_of("discriminator"));
  gan_record record{record_from_trace(trace, g.generator.net.populations(), "generator_"),
                    record_from_trace(trace, g.discriminator.net.populations(), "discriminator_"),
                    {}};
  gan_losses losses;
  compute_discriminator_gradients(g, record, losses, threads);
  auto again = make_gan<Real>(options, std::move(g.generator.net), model_of("discriminator_updated"));
  record.second_pass = record_from_trace(trace, again.discriminator.net.populations(), second_pass);
  compute_generator_gradients(again, record, losses, threads);
  again.discriminator.gradient = std::move(g.discriminator.gradient);
  return gradient_hash(again);
}

template <class Real>
std::string replay_classifier(const std::string& path, const spike_trace& trace, unsigned threads) {
  const auto options = recorded_classifier_options(path, trace.metadata);
  auto net = with_precision<Real>(read_model(path, {}, "/models/classifier").net);
  const auto record = record_from_trace(trace, net.populations());
  const auto labels = labels_from(path, required_metadata<std::string>(path, trace.metadata, "labels"));
  if (labels.size() != record.samples) {
    throw std::runtime_error(fmt::format("{}: {} labels for {} samples", path, labels.size(), record.samples));
  }
  auto c = make_classifier<Real>(options, std::move(net));
  compute_gradients(c, record, labels, threads);
  return gradient_hash(c.learning.gradient);
}

/// The class of each sample of the discriminator pass, by the sources of the class, which follow those of the image.
std::vector<std::uint8_t> labels_of(const gan_options& o, const spike_record& discriminator) {
  std::vector<std::uint8_t> labels;
  for (std::size_t s = 0; o.conditional && s < discriminator.samples; ++s) {
    const auto of_class = discriminator.times_of(s).subspan(o.rows * o.columns, o.classes.size());
    labels.push_back(o.classes[static_cast<std::size_t>(std::ranges::min_element(of_class) - of_class.begin())]);
  }
  return labels;
}

}  // namespace

std::optional<std::string> recorded_path(const training_options& options, std::uint64_t step, bool is_last) {
  if (!options.record) return {};
  if (is_last) return options.record;
  if (options.record_every == 0 || step % options.record_every != 0) return {};
  return trace_path_of_step(*options.record, step);
}

template <class Real>
void record_gan_step(const std::string& path, const gan<Real>& gan, const network<Real>& first_discriminator,
                     const gan_record& record, const std::map<std::string, std::string>& options,
                     run_metadata metadata) {
  const auto& o = gan.options;
  record_options(metadata, gan_run_name, options);
  metadata["step"] = static_cast<std::int64_t>(gan.step + 1);
  metadata["gradient_hash"] = gradient_hash(gan);
  metadata["precision"] = std::is_same_v<Real, float> ? "f32" : "f64";
  record_image_window(metadata, o);
  const auto& g = gan.generator;
  const auto& d = gan.discriminator;
  auto populations = trace_populations(g.net.populations(), generator_run_length(o), "generator_");
  for (const auto* pass : {"discriminator_", second_pass}) {
    for (auto& p : trace_populations(d.net.populations(), discriminator_run_length(o), pass)) populations.push_back(p);
  }
  spike_trace_writer writer(path, populations, metadata, true);
  append_record(writer, g.net.populations(), record.generator, "generator_");
  append_record(writer, d.net.populations(), record.discriminator, "discriminator_");
  append_record(writer, d.net.populations(), record.second_pass, second_pass);
  writer.set_labels(labels_of(o, record.discriminator));
  add_model(writer, "generator", as_model(g.net, g, o.regime, o.t_in, {}, {}));
  add_model(writer, "discriminator", as_model(first_discriminator, d, o.regime, o.t_in, {}, {}));
  add_model(writer, "discriminator_updated", as_model(d.net, d, o.regime, o.t_in, {}, {}));
  writer.finish();
}

template <class Real>
void record_classifier_step(const std::string& path, const classifier<Real>& c, const spike_record& record,
                            const std::vector<std::uint8_t>& labels, const std::map<std::string, std::string>& options,
                            run_metadata metadata) {
  const auto& o = c.options;
  record_options(metadata, classifier_run_name, options);
  metadata["step"] = static_cast<std::int64_t>(c.step + 1);
  metadata["gradient_hash"] = gradient_hash(c.learning.gradient);
  metadata["precision"] = std::is_same_v<Real, float> ? "f32" : "f64";
  metadata["labels"] = labels_text(labels);
  spike_trace_writer writer(path, trace_populations(c.net().populations(), run_length(o)), metadata, true);
  append_record(writer, c.net().populations(), record);
  writer.set_labels(labels);
  add_model(writer, "classifier", as_model(c.net(), c.learning, o.regime, o.t_in, {}, {}));
  writer.finish();
}

void check_recording(const std::optional<std::string>& trace, const std::string& run_directory, bool may_replace) {
  if (!trace) return;
  const auto folder = std::filesystem::absolute(*trace).lexically_normal().parent_path();
  const bool in_run = folder == (std::filesystem::absolute(run_directory) / "").lexically_normal().parent_path();
  if (!in_run && !std::filesystem::is_directory(folder)) {
    throw std::runtime_error(fmt::format("{}: there is no directory {}; make it first", *trace, folder.string()));
  }
  check_may_write(*trace, may_replace);
}

replayed_gradient replay(const std::string& path, unsigned threads) {
  const auto trace = read_spike_trace(path);
  replayed_gradient result;
  result.recorded = required_metadata<std::string>(path, trace.metadata, "gradient_hash");
  result.trained_by = required_metadata<std::string>(path, trace.metadata, "trained_by");
  result.step = required_metadata<std::int64_t>(path, trace.metadata, "step");
  const bool single = required_metadata<std::string>(path, trace.metadata, "precision") == "f32";
  const bool of_gan = result.trained_by == gan_run_name;
  try {
    if (of_gan)
      result.recomputed = single ? replay_gan<float>(path, trace, threads) : replay_gan<double>(path, trace, threads);
    if (!of_gan) {
      result.recomputed =
          single ? replay_classifier<float>(path, trace, threads) : replay_classifier<double>(path, trace, threads);
    }
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(fmt::format("{}: contradicts itself: {}", path, error.what()));
  }
  return result;
}

template void record_gan_step(const std::string&, const gan<float>&, const network<float>&, const gan_record&,
                              const std::map<std::string, std::string>&, run_metadata);
template void record_gan_step(const std::string&, const gan<double>&, const network<double>&, const gan_record&,
                              const std::map<std::string, std::string>&, run_metadata);
template void record_classifier_step(const std::string&, const classifier<float>&, const spike_record&,
                                     const std::vector<std::uint8_t>&, const std::map<std::string, std::string>&,
                                     run_metadata);
template void record_classifier_step(const std::string&, const classifier<double>&, const spike_record&,
                                     const std::vector<std::uint8_t>&, const std::map<std::string, std::string>&,
                                     run_metadata);

}  // namespace firstspike
