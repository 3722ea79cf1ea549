// What a training run keeps on disk: its directory, options, weights and optimizers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/models/gan_options.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/traces/checkpoint.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

/// Where a run leaves its files, and what each of them records of it besides the options.
struct run_files {
  std::string directory;
  run_metadata metadata{};  ///< version, command ...
  bool overwrite = false;   ///< whether files of an old run may be replaced
};

std::string checkpoint_path(const std::string& directory);
std::string model_path(const std::string& directory);

/// Options of a run ("train gan") as metadata `option.NAME`, and back. Reading throws std::runtime_error, naming the
/// file, where the metadata are those of another kind of run or of an older version, or no texts.
void record_options(run_metadata& metadata, const std::string& trained_by,
                    const std::map<std::string, std::string>& options);
std::map<std::string, std::string> recorded_options(const std::string& path, const run_metadata& metadata,
                                                    const std::string& trained_by);

/// The metadata of a run's files, as a checkpoint keeps them: values `metadata.NAME`.
void store_metadata(checkpoint& state, const run_metadata& metadata);
run_metadata metadata_of(const checkpoint& state);

/// Weights and optimizer of one network, as arrays `PREFIXweights0`, `PREFIXm0`, ...
template <class Real>
void store(checkpoint& state, const std::string& prefix, const network<Real>& net,
           const optimizer_state<Real>& optimizer);
/// Into a network and optimizer of the same shape; errors as array_of.
template <class Real>
void restore(const checkpoint& state, const std::string& prefix, network<Real>& net, optimizer_state<Real>& optimizer);

/// A network as a model file holds it: `learnt`'s, or one of the same shape.
template <class Real>
stored_model as_model(const network<Real>& net, const learner<Real>& learnt, const std::string& regime, double t_in,
                      std::vector<std::uint8_t> label_of_output, run_metadata metadata);

/// When the image of a GAN's generator is drawn, as metadata `image_opens` (white) and `t_in` (black is that much
/// later).
void record_image_window(run_metadata& metadata, const gan_options& options);

/// Begins a run in its directory, which is created and, with `overwrite`, cleared of the files of an old run. Throws
/// std::runtime_error where the directory cannot be made, or holds files of a run that may not be replaced.
void begin_run(const std::string& directory, bool overwrite);

/// The steps that a checkpoint's run has taken.
std::uint64_t steps_taken(const checkpoint& state);

/// Throws std::runtime_error where the run learnt from another data set than `name`.
void check_same_data(const checkpoint& state, const std::string& name);

/// metrics.csv: a row for each report, with a `step` column first.
class metrics_file {
 public:
  /// Starts the file with its column names and, where a run goes on from `step` (above 0), keeps the whole rows that
  /// are there up to it.
  metrics_file(const std::string& directory, const std::vector<std::string>& columns, std::uint64_t step);
  /// Adds a row and hands it to the system.
  void add(std::uint64_t step, const std::vector<double>& values);

 private:
  std::string path_;
};

}  // namespace firstspike
