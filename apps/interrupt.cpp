#include "firstspike/apps/interrupt.hpp"

#include <signal.h>

#include <atomic>

namespace firstspike {
namespace {

// A signal handler has no other way to reach the program, and may touch nothing but a lock-free atomic.
std::atomic<bool> signal_came{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note_signal(int) { signal_came.store(true); }

}  // namespace

void watch_for_interrupts() {
  struct sigaction note {};
  note.sa_handler = note_signal;
  sigemptyset(&note.sa_mask);
  note.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);  // the second signal has its usual, deadly effect
  sigaction(SIGINT, &note, nullptr);
  sigaction(SIGTERM, &note, nullptr);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &note, nullptr);  // nohup ignores it
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

bool interrupted() { return signal_came.load(); }

progress_callback until_interrupted() {
  return [](std::uint64_t, std::uint64_t) { return !interrupted(); };
}

}  // namespace firstspike
