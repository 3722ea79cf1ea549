#include "firstspike/python/bindings/calls.hpp"

#include <exception>

#include "firstspike/training/layer_faults.hpp"

namespace firstspike::python {
namespace {

constexpr std::chrono::milliseconds between_checks(50);

}  // namespace

void register_errors() {
  py::register_local_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const file_error& failed) {
      py::set_error(PyExc_OSError, failed.what());
    } catch (const training_diverged& diverged) {
      py::set_error(PyExc_ValueError, diverged.what());
    } catch (const cancelled&) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
  });
}

void signal_check::operator()() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  next_ = std::chrono::steady_clock::now() + between_checks;
}

progress_callback progress_to(const py::object& report) {
  return [&report, check = signal_check(), next = std::chrono::steady_clock::now()](std::uint64_t done,
                                                                                    std::uint64_t total) mutable {
    check();
    const auto now = std::chrono::steady_clock::now();
    if (report.is_none() || (done < total && now < next)) return true;
    next = now + between_checks;
    const py::gil_scoped_acquire gil;
    report(done, total);
    return true;
  };
}

file_mutex& turn_of_files() {
  static file_mutex turn;
  return turn;
}

}  // namespace firstspike::python
