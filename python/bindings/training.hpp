// Training runs called from Python.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "firstspike/data/fetch.hpp"
#include "firstspike/python/bindings/arrays.hpp"
#include "firstspike/python/bindings/calls.hpp"
#include "firstspike/python/bindings/options.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/layer_faults.hpp"
#include "firstspike/training/run_directory.hpp"
#include "firstspike/training/training_data.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike::python {

/// Records that the images are in memory, so that no data set is named in their place.
template <class Options>
Options with_images_in_memory(Options options, bool labels) {
  options.images = images_in_memory;
  if (labels) options.labels = images_in_memory;
  return options;
}

/// The images of a run that was given them in memory; both None for any other run.
inline std::optional<image_set> optional_images(const py::object& pixels, const py::object& labels) {
  if (pixels.is_none()) return {};
  return to_images(pixels.cast<array<std::uint8_t>>(), labels);
}

/// For a download without a bar.
inline progress_function checking_signals() {
  return [check = signal_check()](const download_progress&) mutable { check(); };
}

/// The files of a run: directory and whether old ones may be replaced; none for a run in memory.
using run_request = std::optional<std::pair<std::string, bool>>;

inline std::optional<run_files> files_of(const run_request& request, const std::string& trained_by, std::uint64_t seed,
                                         double t_max) {
  if (!request) return {};
  return run_files{request->first, metadata_of_run("Python: " + trained_by, seed, t_max), request->second};
}

/// A callback of a run that calls Python functions. It stops the run, which is then whole, if Python raises or the
/// function returns False.
class stopping_call {
 public:
  /// Runs signal handlers and `call`, which returns what Python returned. False stops the run.
  template <class Call>
  bool operator()(const py::object& function, const Call& call) {
    const turn_for_others pause(turn_);
    try {
      check_();
      if (function.is_none()) return !stopped_;
      const py::gil_scoped_acquire gil;
      const py::object answer = call();
      if (answer.ptr() == Py_False) stopped_ = true;
    } catch (const py::error_already_set&) {
      raised_ = std::current_exception();
      stopped_ = true;
    }
    return !stopped_;
  }

  /// Runs signal handlers in a validation. After a signal it may still end, so that the run is saved, unless it takes
  /// too long.
  bool in_validation() {
    const turn_for_others pause(turn_);
    try {
      check_();
    } catch (const py::error_already_set&) {
      if (!raised_) raised_ = std::current_exception();
      if (!stopped_) latest_ = std::chrono::steady_clock::now() + patience;
      stopped_ = true;
    }
    return !raised_ || std::chrono::steady_clock::now() < latest_;
  }

  /// Python may call for files in the callbacks, and so may other threads: `turn` is given up for as long.
  void gives_up(std::unique_lock<file_mutex>& turn) { turn_ = &turn; }

  void raise() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  static constexpr std::chrono::milliseconds patience{500};

  struct turn_for_others {
    explicit turn_for_others(std::unique_lock<file_mutex>* held) : turn(held) {
      if (turn != nullptr) turn->unlock();
    }
    turn_for_others(const turn_for_others&) = delete;
    turn_for_others& operator=(const turn_for_others&) = delete;
    ~turn_for_others() {
      if (turn != nullptr) turn->lock();
    }
    std::unique_lock<file_mutex>* turn;
  };

  std::unique_lock<file_mutex>* turn_ = nullptr;

  signal_check check_;
  bool stopped_ = false;
  std::exception_ptr raised_;
  std::chrono::steady_clock::time_point latest_{};
};

/// What `work` returns; notes that it has diverged, for then there is no model.
template <class Work>
auto noting_divergence(bool& diverged, const Work& work) {
  try {
    return work();
  } catch (const training_diverged&) {
    diverged = true;
    throw;
  }
}

/// Training on images that arrive in parts; a run that has diverged has no model.
template <class Online>
struct online_training {
  std::unique_ptr<Online> trained;
  bool diverged = false;

  auto train(const image_set& images, const py::object& report) {
    return noting_divergence(diverged,
                             [&] { return without_gil([&] { return trained->train(images, progress_to(report)); }); });
  }
};

inline py::list faults_list(std::span<const layer_warning> faults) {
  py::list all;
  for (const auto& f : faults) {
    py::list remedies;
    for (const auto& r : f.remedies) remedies.append(py::make_tuple(r.change, r.option));
    all.append(py::make_tuple(f.network, f.fault.layer, f.fault.silent, f.since, remedies));
  }
  return all;
}

/// Runs `work`, which writes files if the run has a directory or a trace: then its failures are those of files, except
/// that it diverges.
template <class Options, class Work>
auto with_run_files(const Options& options, const run_request& run, stopping_call& call, const Work& work) {
  if (!run && !options.record) return without_gil(work);
  const py::gil_scoped_release release;
  std::unique_lock turn(turn_of_files());
  call.gives_up(turn);
  try {
    return work();
  } catch (const training_diverged&) {
    throw;
  } catch (const cancelled&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw file_error(error.what());
  }
}

}  // namespace firstspike::python
