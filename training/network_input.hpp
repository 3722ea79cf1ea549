// Input of a network: images or recorded spikes, read in blocks of samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/data/data_sets.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

struct input_request {
  image_request images{};                ///< used if `spikes` is empty; otherwise only its labels
  std::optional<std::string> spikes{};   ///< SONATA file (traces/spike_input.hpp)
  std::optional<std::uint64_t> count{};  ///< only this many samples, from the first
  std::optional<std::pair<std::uint64_t, std::uint64_t>>
      samples{};              ///< [first, second); the largest number: to the end
  bool first_spikes = false;  ///< of `spikes`: keep each neuron's first spike in a sample
};

struct network_input {
  std::string from;                    ///< "mnist", "strokes" or the file given
  std::size_t count = 0;               ///< selected samples, 1 or more
  std::vector<std::uint8_t> labels{};  ///< [count]; empty without labels, and if outputs are not classes
  std::size_t rows = 0, columns = 0;   ///< of each image; 0 for spikes
  std::vector<std::string> notes{};    ///< as in digit_data
  /// Source times [sample][source] of samples [first, end), counted from the first selected one. May be called on
  /// several threads at the same time.
  std::function<std::vector<double>(std::size_t first, std::size_t end)> times{};
  std::vector<std::uint8_t> known_labels{};  ///< [count]; also if outputs are not classes, for traces
  std::uint64_t spikes_left_out = 0;         ///< as in spike_input
};

/// The data set that a model was trained on, from its metadata; MNIST where they name none. Strokes have the seed of
/// the training run. Throws std::invalid_argument if it was trained on the user's own images, which must then be named.
data_request data_set_of(const run_metadata& metadata);

/// Reads the requested input. Labels of spikes are those of the request or, without them, those that the file of spikes
/// has; if some of the latter are no class of the model, they are only known_labels. Throws std::invalid_argument for
/// `count` or `samples` out of range and for labels if the outputs of the model are not classes; std::runtime_error,
/// one line, for input or labels that do not fit the network; and as load_images and read_spike_input do.
network_input load_input(const loaded_model& model, const input_request& request,
                         const progress_function& download = {});

}  // namespace firstspike
