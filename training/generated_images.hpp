// Samples of a trained generator as images: finished, stopped on the way, or from one noise to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/training/sample_runs.hpp"
#include "firstspike/training/trained_model.hpp"

namespace firstspike {

struct generation_options {
  std::uint64_t count = 100;             ///< samples
  std::uint64_t seed = 1;                ///< of the noise
  std::optional<std::uint64_t> label{};  ///< class, below gan_classes; conditional generators only
  std::optional<double> until{};  ///< pixels that fire later are black [steps, from the start of the generator's run]
  /// Images of each sample, at even times of the image's window, the last finished.
  std::optional<std::uint64_t> film{};
  /// Images of each sample, from its noise to the next sample's, that left out.
  std::optional<std::uint64_t> between{};
  run_options run{};
  std::optional<trace_request> trace{};  ///< all spikes instead of images
};

struct generated_images {
  image_set images;          ///< [sample][film or between][row][column]; empty where the spikes went into a trace
  std::size_t samples = 0;   ///< runs of the generator
  double seconds = 0;        ///< inside of it
  std::uint64_t spikes = 0;  ///< those of bias neurons left out
};

/// Draws samples, in blocks, in the precision of the model. Reports (runs done, all) before each block and at the end;
/// throws `cancelled`, std::invalid_argument for a label where the generator is not conditional, and as open_trace().
generated_images generate(const trained_generator& generator, const generation_options& options,
                          const progress_callback& progress = {});

/// A file of samples. Its ending says what it holds: .png a picture, .idx the images, .h5 all spikes as a trace.
struct generated_file {
  std::string path;
  std::optional<std::uint64_t> columns{};  ///< of a picture: images in a row; default: 10, or those of one sample
  run_metadata metadata{};                 ///< of a trace
  bool overwrite = false;                  ///< replace a file that exists
};

/// Throws std::invalid_argument for another ending, and for what has no effect on the file: columns on all but a
/// picture of neither film nor between, until and film on a trace.
void check_generated_file(const generated_file& file, const generation_options& options);

/// Draws samples into a file; `trace` of the options is ignored. Throws as check_generated_file, std::runtime_error if
/// the file exists or cannot be written, and as generate().
generated_images generate_file(const trained_generator& generator, const generated_file& file,
                               const generation_options& options, const progress_callback& progress = {});

}  // namespace firstspike
