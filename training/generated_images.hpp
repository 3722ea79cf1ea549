// Samples of a trained generator as images: complete, stopped early, as a film, or interpolated between noise vectors.
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
  std::optional<std::uint64_t> label{};  ///< one of its classes; conditional generators only
  std::optional<double> until{};         ///< pixels that fire later are black [steps from the start of a run]
  /// Images per sample, at equal intervals of the image window; the last one is complete.
  std::optional<std::uint64_t> film{};
  /// Images per sample, interpolated from its noise towards that of the next sample, which is excluded.
  std::optional<std::uint64_t> between{};
  run_options run{};
  std::optional<trace_request> trace{};  ///< write all spikes, return no images
};

struct generated_images {
  image_set images;          ///< [sample][film or between][row][column]; empty if a trace was written
  std::size_t samples = 0;   ///< runs of the generator
  double seconds = 0;        ///< spent in the engine
  std::uint64_t spikes = 0;  ///< without those of bias neurons
};

/// Draws samples, in blocks, in the precision of the model. Reports (runs done, all) before each block and at the end;
/// throws `cancelled`, std::invalid_argument for a label if the generator is not conditional, and as open_trace().
generated_images generate(const trained_generator& generator, const generation_options& options,
                          const progress_callback& progress = {});

/// A file of samples. Its ending chooses the format: .png a picture, .idx the images, .h5 all spikes as a trace.
struct generated_file {
  std::string path;
  std::optional<std::uint64_t> columns{};  ///< of a picture: images in a row; default: 10, or those of one sample
  run_metadata metadata{};                 ///< of a trace
  bool overwrite = false;                  ///< replace a file that exists
};

/// Throws std::invalid_argument for another ending, and for fields without effect on the file: `columns` except on a
/// picture without film and between, `until` and `film` on a trace.
void check_generated_file(const generated_file& file, const generation_options& options);

/// Draws samples into a file; `trace` of the options is ignored. Throws as check_generated_file, std::runtime_error if
/// the file exists or cannot be written, and as generate().
generated_images generate_file(const trained_generator& generator, const generated_file& file,
                               const generation_options& options, const progress_callback& progress = {});

}  // namespace firstspike
