// The report of a training run: one HTML page with loss and rates, sample grids, spikes, membranes and metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/data/fetch.hpp"
#include "firstspike/engine/progress.hpp"

namespace firstspike {

/// A neuron of a layer as reports and traces call it: {"hidden", 3}, {"generator_hidden", 0}.
struct layer_neuron {
  std::string layer;
  std::uint64_t id = 0;  ///< within the layer
};

/// From "hidden:3". Throws std::invalid_argument that says what is allowed.
layer_neuron read_layer_neuron(const std::string& text);

struct report_options {
  std::string run_directory;             ///< where the run left its model and metrics
  std::optional<std::string> trace{};    ///< also show the spikes of this trace; default: the run's trace.h5, if any
  std::optional<std::string> images{};   ///< idx file that a classifier is run on; default: what the run learnt from
  std::optional<std::string> labels{};   ///< idx file with the labels of `images`
  std::optional<std::string> data{};     ///< where MNIST's files are, and nowhere else
  std::optional<std::string> set{};      ///< which of the data set's images: "test" (default) or "train"
  std::optional<std::uint64_t> count{};  ///< samples that the model is run on; default: default_report_samples
  std::uint64_t shown = 10;              ///< samples that can be chosen in the page
  std::vector<layer_neuron> neurons{};   ///< whose membranes are drawn besides those that matter
  unsigned threads = 1;                  ///< to run on; changes nothing but the time taken
};

/// Samples that are run where options.count does not say, or as many as there are.
inline constexpr std::size_t default_report_samples = 200;

struct report {
  std::string page;                  ///< HTML that needs nothing outside of itself
  std::uint64_t metric_rows = 0;     ///< of metrics.csv
  std::uint64_t pictures = 0;        ///< sample grids over training
  std::uint64_t samples = 0;         ///< that can be chosen, in all
  std::vector<std::string> notes{};  ///< one line each, to be shown to the user: what is missing, what took its place
};

/// Makes the report of the run in options.run_directory. The trained model is run on images (a classifier), or on noise
/// and its images are shown to the run's discriminator (a GAN); a trace adds its own samples. The same run gives the
/// same page. `progress` counts the samples that are run; `download` is told of files that are fetched. Throws
/// std::invalid_argument for options that do not fit the run or each other, std::runtime_error, one line with the file,
/// for files that are missing, broken, or do not fit the network.
report make_report(const report_options& options, const progress_callback& progress = {},
                   const progress_function& download = {});

/// The same into a file, which appears whole or not at all. Throws std::runtime_error, before anything is run, where it
/// exists and `overwrite` is false.
report write_report(const report_options& options, const std::string& path, bool overwrite = false,
                    const progress_callback& progress = {}, const progress_function& download = {});

}  // namespace firstspike
