// The report of a training run: one HTML page with metrics, sample grids, spikes, voltage traces and metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/data/fetch.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {

/// A neuron, by the name of its layer in reports and traces: {"hidden", 3}, {"generator_hidden", 0}.
struct layer_neuron {
  std::string layer;
  std::uint64_t id = 0;  ///< within the layer
};

/// Parses "hidden:3". Throws std::invalid_argument with the allowed form.
layer_neuron read_layer_neuron(const std::string& text);

/// LAYER:ID,LAYER:ID,...
option_kind<std::vector<layer_neuron>> layer_neurons();

struct report_options {
  std::string run_directory;             ///< directory with the model and metrics of the run
  std::optional<std::string> trace{};    ///< also show the spikes of this trace; default: the run's trace.h5, if any
  std::optional<std::string> images{};   ///< idx file with images for a classifier; default: those of the training run
  std::optional<std::string> labels{};   ///< idx file with the labels of `images`
  std::optional<std::string> data{};     ///< the only directory in which MNIST is searched
  std::optional<std::string> set{};      ///< which of the data set's images: "test" (default) or "train"
  std::optional<std::uint64_t> count{};  ///< number of images or samples to run; default: all images
  std::uint64_t shown = 10;              ///< number of samples that the page can show
  std::vector<layer_neuron> neurons{};   ///< additional neurons with voltage traces
  unsigned threads = 1;                  ///< affects only the run time
};

/// Number of samples in histograms without options.count, or all if there are fewer. The accuracy is that of all
/// images.
inline constexpr std::size_t default_report_samples = 200;

struct report {
  std::string page;                  ///< self-contained HTML
  std::uint64_t metric_rows = 0;     ///< of metrics.csv
  std::uint64_t pictures = 0;        ///< sample grids over training
  std::uint64_t samples = 0;         ///< number of samples that the page can show, in total
  std::vector<std::string> notes{};  ///< one line each, for the user: missing files and their replacement
};

/// Makes the report of the run in options.run_directory. Runs the trained model on images (a classifier), or the
/// generator on noise and the discriminator on its images (a GAN). A trace adds its own samples. The same run gives the
/// same page. `progress` counts samples; `download` reports downloads. Throws std::invalid_argument for options that do
/// not fit the run or each other, std::runtime_error, one line with the file, for files that are missing, broken, or do
/// not fit the network.
report make_report(const report_options& options, const progress_callback& progress = {},
                   const progress_function& download = {});

/// The same into a file, which is written atomically. Throws std::runtime_error before the first run if it exists and
/// `overwrite` is false.
report write_report(const report_options& options, const std::string& path, bool overwrite = false,
                    const progress_callback& progress = {}, const progress_function& download = {});

}  // namespace firstspike
