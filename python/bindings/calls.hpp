// Calls of the libraries from Python: without the GIL, interruptible by signals, one file call at a time.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>

#include "firstspike/engine/progress.hpp"

namespace firstspike::python {

namespace py = pybind11;

/// A file that cannot be read or written: OSError in Python.
struct file_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Makes OSError of file_error, ValueError of training_diverged and KeyboardInterrupt of `cancelled`.
/// std::invalid_argument is ValueError, std::bad_alloc MemoryError and any other std::runtime_error RuntimeError by the
/// rules of pybind11.
void register_errors();

/// Runs Python's signal handlers a few times a second. Called without the GIL, from the thread of the caller.
class signal_check {
 public:
  /// Throws the exception of a handler: KeyboardInterrupt after Ctrl-C.
  void operator()();

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

/// Checks signals, and calls report(done, total), unless it is None, a few times a second and at the end. Both may
/// throw Python exceptions. `report` must outlive the callback.
progress_callback progress_to(const py::object& report);

/// The mutex of file calls: HDF5 is not thread safe. It is locked only without the GIL. A file call that
/// runs Python, such as a signal handler, may be called from there again.
using file_mutex = std::recursive_mutex;
file_mutex& turn_of_files();

template <class Work>
auto without_gil(const Work& work) {
  const py::gil_scoped_release release;
  return work();
}

/// `work` reads or writes files.
template <class Work>
auto with_files(const Work& work) {
  const py::gil_scoped_release release;
  const std::scoped_lock turn(turn_of_files());
  try {
    return work();
  } catch (const cancelled&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw file_error(error.what());
  }
}

}  // namespace firstspike::python
