// How far a long call has come, and how to stop it.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>

namespace firstspike {

/// Called now and then during a long call: how much is done, of how much. False cancels the call, which throws
/// `cancelled`. May be empty. It is called from the thread that made the call.
using progress_callback = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// A progress_callback has returned false. Files that were being written are not there.
struct cancelled : std::runtime_error {
  cancelled() : std::runtime_error("cancelled") {}
};

/// Calls `progress`, if it is not empty, and throws `cancelled` where it returns false.
inline void report_progress(const progress_callback& progress, std::uint64_t done, std::uint64_t total) {
  if (progress && !progress(done, total)) throw cancelled();
}

}  // namespace firstspike
