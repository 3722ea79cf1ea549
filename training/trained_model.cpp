#include "firstspike/training/trained_model.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "firstspike/training/resume.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

classifier_options recorded_classifier_options(const std::string& path, const run_metadata& metadata) {
  const auto values = recorded_options(path, metadata, classifier_run_name);
  try {
    return classifier_training_options_from(values).learn;
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(fmt::format("{}: recorded options: {}", path, error.what()));
  }
}

gan_options recorded_gan_options(const std::string& path, const run_metadata& metadata) {
  const auto values = recorded_options(path, metadata, gan_run_name);
  try {
    return gan_training_options_from(values).learn;
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(fmt::format("{}: recorded options: {}", path, error.what()));
  }
}

trained_generator load_generator(const std::string& path) { return as_generator(read_model(path), path); }

trained_generator as_generator(stored_model model, const std::string& name) {
  const auto options = recorded_gan_options(name, model.metadata);
  const auto sources = generator_sources(options);
  const auto drawn = model.net.populations().back().size;
  if (model.net.source_count() != sources || drawn != options.rows * options.columns) {
    throw std::runtime_error(fmt::format("{}: {} -> {} neurons, needed: a generator of {} -> {}", name,
                                         model.net.source_count(), drawn, sources, options.rows * options.columns));
  }
  return {options, std::move(model)};
}

namespace {

// "noise 100, hidden_bias 1, hidden 400, ..."
std::string layers_text(std::span<const population> populations) {
  std::string text;
  for (const auto& p : populations) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", p.name, p.size);
  return text;
}

// "dense", "a convolution of 3 x 3, stride 1, padding 0, pool 1".
template <class Real>
std::string weights_text(const projection<Real>& p) {
  if (!p.shared) return "dense";
  const auto& c = *p.shared;
  return fmt::format("a {}convolution of {} x {}, stride {}, padding {}, pool {}", c.transposed ? "transposed " : "",
                     c.kernel_rows, c.kernel_columns, c.stride, c.padding, c.pool);
}

// Layers of equal sizes may have different connections.
template <class Real>
void check_connections(const network<double>& from, const std::string& name, const network<Real>& into) {
  for (std::size_t i = 0; i < into.projection_count(); ++i) {
    const auto theirs = from.weights(i).size(), ours = into.weights(i).size();
    if (from.describe(i).shared == into.describe(i).shared && theirs == ours) continue;
    throw std::runtime_error(fmt::format("{}: weights into {}: {} ({} weights), needed: {} ({})", name,
                                         into.populations()[into.post(i)].name, weights_text(from.describe(i)), theirs,
                                         weights_text(into.describe(i)), ours));
  }
}

}  // namespace

template <class Real>
void load_weights(const std::string& path, network<Real>& into) {
  copy_weights(read_model(path), path, into);
}

template <class Real>
void load_weights(const std::string& path, network<Real>& generator, network<Real>& discriminator) {
  load_weights(path, generator);
  load_weights(std::filesystem::path(path).replace_filename("discriminator.h5").string(), discriminator);
}

template <class Real>
void copy_weights(const stored_model& model, const std::string& name, network<Real>& into) {
  const auto& from = model.net;
  const auto theirs = layers_text(from.populations()), ours = layers_text(into.populations());
  if (theirs != ours || from.projection_count() != into.projection_count()) {
    throw std::runtime_error(fmt::format("{}: layers {}, needed: {}", name, theirs, ours));
  }
  check_connections(from, name, into);
  for (std::size_t i = 0; i < into.projection_count(); ++i) {
    std::ranges::transform(from.weights(i), into.weights(i).begin(), [](double w) { return static_cast<Real>(w); });
  }
}

template void load_weights(const std::string&, network<float>&);
template void load_weights(const std::string&, network<double>&);
template void load_weights(const std::string&, network<float>&, network<float>&);
template void load_weights(const std::string&, network<double>&, network<double>&);
template void copy_weights(const stored_model&, const std::string&, network<float>&);
template void copy_weights(const stored_model&, const std::string&, network<double>&);

readout evaluate(const stored_model& model, const image_set& set, std::span<const std::uint32_t> images,
                 const run_options& run) {
  const auto measure = [&](const auto& net) {
    return evaluate(net, set, images, model.label_of_output, model.t_in, model.t_max, run);
  };
  return model.single_precision ? measure(with_precision<float>(model.net)) : measure(model.net);
}

}  // namespace firstspike
