// Progress and cancellation of long calls.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>

namespace firstspike {

/// Called repeatedly during a long call with the finished and the total amount of work, from the thread of the caller.
/// If it returns false, the call throws `cancelled`. May be empty.
using progress_callback = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// A progress_callback has returned false. Unfinished files have been removed.
struct cancelled : std::runtime_error {
  cancelled() : std::runtime_error("cancelled") {}
};

/// Calls `progress`, if it is not empty, and throws `cancelled` if it returns false.
inline void report_progress(const progress_callback& progress, std::uint64_t done, std::uint64_t total) {
  if (progress && !progress(done, total)) throw cancelled();
}

}  // namespace firstspike
