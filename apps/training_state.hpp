// What a training run keeps on disk: its directory, and weights and optimizers as checkpoint arrays.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/optimizer.hpp"
#include "traces/checkpoint.hpp"
#include "traces/model_file.hpp"

namespace firstspike {

std::string checkpoint_path(const std::string& directory);

/// Options of a command ("train gan") as facts `option.NAME`, and back. Reading throws std::runtime_error, naming the
/// file, where the facts are those of another command or no texts.
void record_options(run_facts& facts, const std::string& command, const std::map<std::string, std::string>& options);
std::map<std::string, std::string> recorded_options(const std::string& path, const run_facts& facts,
                                                    const std::string& command);

/// Weights and optimizer of one network, as arrays `PREFIXweights0`, `PREFIXm0`, ...
template <class Real>
void store(checkpoint& state, const std::string& prefix, const network<Real>& net,
           const optimizer_state<Real>& optimizer);
/// Into a network and optimizer of the same shape; errors as array_of.
template <class Real>
void restore(const checkpoint& state, const std::string& prefix, network<Real>& net, optimizer_state<Real>& optimizer);

/// A network as a model file holds it.
template <class Real>
stored_model as_model(const network<Real>& net, double t_in, double t_max, std::vector<std::uint8_t> label_of_output,
                      run_facts facts);

/// Creates a run's directory; with `overwrite`, the files of the run that it holds are removed. Throws
/// std::runtime_error where it holds any of them and `overwrite` is not set, or where it cannot be made.
void create_run_directory(const std::string& directory, bool overwrite);

/// Throws std::runtime_error where the run learnt from another data set than `name`.
void check_same_data(const checkpoint& state, const std::string& name);

/// metrics.csv: a row per report, with a `step` column first.
class metrics_file {
 public:
  /// Starts the file with its column names or, where `after_step` is given, goes on with what is there up to that step.
  metrics_file(const std::string& directory, std::vector<std::string> columns, std::optional<std::uint64_t> after_step);
  /// Adds a row and hands it to the system.
  void add(std::uint64_t step, const std::vector<double>& values);

 private:
  std::string path_;
};

}  // namespace firstspike
