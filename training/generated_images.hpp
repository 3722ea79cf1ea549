// Samples of a trained generator as images: complete, stopped early, as a film, or interpolated between noise vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/models/option_kinds.hpp"
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
  /// Interpolate between these two classes with the noise of the sample instead, both included; conditional generators
  /// only. `between` is then the number of images, by default default_frames.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> between_classes{};
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

/// Source times [run][source] of the runs of generate(), [steps]: of each sample, or of each image between. Throws as
/// generate() does.
std::vector<double> generator_sources(const trained_generator& generator, const generation_options& options);

/// Images per sample where a film, or a path between classes, does not say how many.
inline constexpr std::uint64_t default_frames = 24;

/// A file of samples. Its ending chooses the format: .png a picture; .gif a picture that moves, whose frames are those
/// of `film` or `between`, by default a film; .idx the images; .h5 all spikes as a trace.
struct generated_file {
  std::string path;
  std::optional<std::uint64_t> columns{};  ///< of a picture: samples in a row; default: 10, or those of one sample
  std::optional<std::uint64_t> scale{};    ///< of a picture: pixels become squares of this side
  run_metadata metadata{};                 ///< of a trace
  bool overwrite = false;                  ///< replace a file that exists
};

/// Throws std::invalid_argument for another ending, and for fields without effect on the file: `scale` except on
/// pictures, `columns` except on pictures whose rows are not those of one sample, `until` and `film` on a trace.
void check_generated_file(const generated_file& file, const generation_options& options);

/// Draws samples into a file; `trace` of the options is ignored. Throws as check_generated_file, std::runtime_error if
/// the file exists or cannot be written, and as generate().
generated_images generate_file(const trained_generator& generator, const generated_file& file,
                               const generation_options& options, const progress_callback& progress = {});

/// The value of the option film: a number of images, or a .gif file.
struct film_choice {
  std::optional<std::uint64_t> images{};
  std::string file{};
};
option_kind<film_choice> film_choices();

/// The value of the option between: N images from noise to noise, or two classes A,B and how many images: A,B,N.
struct between_choice {
  std::optional<std::uint64_t> images{};
  std::optional<std::pair<std::uint64_t, std::uint64_t>> classes{};
};
option_kind<between_choice> between_choices();

}  // namespace firstspike
