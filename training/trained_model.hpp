// Models from training runs, with the options of their training.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/models/classifier_options.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

/// The options in a file's metadata. Throws std::runtime_error, naming the file, if the file is not from the training
/// of a classifier, or of a GAN.
classifier_options recorded_classifier_options(const std::string& path, const run_metadata& metadata);
gan_options recorded_gan_options(const std::string& path, const run_metadata& metadata);

struct trained_generator {
  gan_options options;
  stored_model model;
};

/// A generator from a training run; `name` stands for it in messages. Throws as load_generator does.
trained_generator as_generator(stored_model model, const std::string& name);

/// Reads the generator of a GAN's training run, model.h5. Throws as read_model and recorded_gan_options do, and
/// std::runtime_error if the network does not fit these options.
trained_generator load_generator(const std::string& path);

/// Copies the weights of the model at `path` into a network with the same layers. Throws as read_model does, and
/// std::runtime_error if the layers differ.
template <class Real>
void load_weights(const std::string& path, network<Real>& into);

/// The same for both networks of a GAN: the generator at `path`, the discriminator discriminator.h5 in its directory.
template <class Real>
void load_weights(const std::string& path, network<Real>& generator, network<Real>& discriminator);

/// The same from a model in memory; `name` stands for it in messages.
template <class Real>
void copy_weights(const stored_model& model, const std::string& name, network<Real>& into);

/// Runs a classifier in its own precision on images of a set (indices) and reads out its decisions.
readout evaluate(const stored_model& model, const image_set& set, std::span<const std::uint32_t> images,
                 const run_options& run);

}  // namespace firstspike
