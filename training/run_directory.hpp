// The files of a training run: directory, options, weights and optimizers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/data/image_set.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/traces/checkpoint.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

/// The directory of a run, and the metadata of its files besides the options.
struct run_files {
  std::string directory;
  run_metadata metadata{};  ///< version, command ...
  bool overwrite = false;   ///< files of an old run may be replaced
};

std::string checkpoint_path(const std::string& directory);
std::string model_path(const std::string& directory);

/// Options of a run ("train gan") as metadata `option.NAME`, and back. Reading throws std::runtime_error, naming the
/// file, if the metadata are of another kind of run or of an older version, or are not texts.
void record_options(run_metadata& metadata, const std::string& trained_by,
                    const std::map<std::string, std::string>& options);
std::map<std::string, std::string> recorded_options(const std::string& path, const run_metadata& metadata,
                                                    const std::string& trained_by);

/// What a run directory is for, by its checkpoint.
struct run_kind {
  std::string trained_by;  ///< "train classifier" or "train gan"
  bool in_memory = false;  ///< it was given its training images in memory
};
/// Throws std::runtime_error, naming the file, if there is no complete checkpoint, or it is of no training run.
run_kind kind_of_run(const std::string& directory);

/// The metadata of a run's files, as a checkpoint keeps them: values `metadata.NAME`.
void store_metadata(checkpoint& state, const run_metadata& metadata);
run_metadata metadata_of(const checkpoint& state);

/// Weights and optimizer of one network, as arrays `PREFIXweights0`, `PREFIXm0`, ...
template <class Real>
void store(checkpoint& state, const std::string& prefix, const network<Real>& net,
           const optimizer_state<Real>& optimizer);
/// Reads them into a network and optimizer of the same shape; throws as array_of does.
template <class Real>
void restore(const checkpoint& state, const std::string& prefix, network<Real>& net, optimizer_state<Real>& optimizer);

/// A network as stored in a model file: that of `trained`, or one of the same shape.
template <class Real>
stored_model as_model(const network<Real>& net, const learner<Real>& trained, const std::string& regime, double t_in,
                      std::vector<std::uint8_t> label_of_output, run_metadata metadata);

/// Adds the image window of a generator to the metadata: `image_opens` is the firing time of a white pixel, a black
/// pixel fires `t_in` later.
void record_image_window(run_metadata& metadata, const gan_options& options);

/// Holds the directory of a run for this process, by a lock on its file `.lock`, which exists as long as the object. A
/// killed process leaves the file, but no lock.
class run_lock {
 public:
  run_lock() = default;
  /// Creates the directory if needed. Throws std::runtime_error, naming the process, if another one holds it, or if the
  /// directory cannot be created. A process may hold a directory several times.
  explicit run_lock(const std::string& directory);
  ~run_lock();
  run_lock(run_lock&& other) noexcept;
  run_lock& operator=(run_lock&& other) noexcept;

 private:
  std::string path_;
  int file_ = -1;
};

/// Prepares the locked directory of a run: removes what killed processes have left unfinished and, with `overwrite`,
/// the files of an old run. Throws std::runtime_error if it contains files of a run that must not be replaced.
void begin_run(const std::string& directory, bool overwrite);

/// The number of training steps of a checkpoint.
std::uint64_t steps_taken(const checkpoint& state);

/// SHA-256 of images and labels.
std::string hash_of(const image_set& images);

/// The data of a run in its checkpoint: `name`, and hash_of() its training images.
void store_data(checkpoint& state, const std::string& name, const std::string& hash);
/// Throws std::runtime_error if the run was trained on other data. Checkpoints of firstspike 0.2.0 have no hash: only
/// names are compared, and a note for the user says so, one line.
std::vector<std::string> check_same_data(const checkpoint& state, const std::string& name, const std::string& hash);

/// metrics.csv: one row per report; the first column is `step`.
class metrics_file {
 public:
  /// Writes the column names. If a run is resumed at `step` (above 0), keeps the complete rows up to it.
  metrics_file(const std::string& directory, const std::vector<std::string>& columns, std::uint64_t step);
  /// Adds a row and flushes it.
  void add(std::uint64_t step, const std::vector<double>& values);

 private:
  std::string path_;
};

}  // namespace firstspike
