// What a network is fed: images or spikes, handed out in blocks of samples.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"

namespace firstspike {

struct sample_options {
  std::optional<std::string> images;
  std::optional<std::string> labels;
  std::optional<std::string> spikes;
  std::optional<std::string> data;
  std::string set = "test";
  std::string digits = "mnist";  ///< data set, where neither images nor spikes are named: mnist | strokes
  std::optional<std::uint64_t> count;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> samples;
};

/// Adds --images, --labels, --data, --set, --count and, with `spikes_and_range`, --spikes and --samples.
void add_sample_options(command_line& line, sample_options& options, bool spikes_and_range);

struct sample_input {
  std::string from;                   ///< "mnist", "strokes" or the file given
  std::size_t count = 0;              ///< samples chosen, 1 or more
  std::vector<std::uint8_t> labels;   ///< [count], or empty where there are none
  std::size_t rows = 0, columns = 0;  ///< of each image; 0 where the input is spikes
  /// Source times [sample][source] of samples [first, end), counted from the first one chosen.
  std::function<std::vector<double>(std::size_t first, std::size_t end)> times;
};

/// Reads what `options` name; without --images or --spikes, a model's input is the data set's. Labels have been held
/// against the model's. Throws usage_error for options that do not go together, std::runtime_error or
/// std::invalid_argument, one line, for input that does not fit the network.
sample_input load_samples(const command_line& line, const sample_options& options, const loaded_model& model,
                          std::uint64_t seed);

}  // namespace firstspike
