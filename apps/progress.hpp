// Progress on standard error, and interruption: after Ctrl-C, SIGTERM or SIGHUP a command stops at its next safe point,
// leaves complete files and exits with 130.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "firstspike/data/fetch.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/text.hpp"

namespace firstspike {

/// Makes SIGINT, SIGTERM and SIGHUP (unless ignored) set interrupted(). A second signal ends the program at once.
/// SIGPIPE is ignored: a closed pipe is then a failed write.
void watch_for_interrupts();

/// Whether one of these signals has arrived. Check it once per block of work, when files are consistent.
bool interrupted();

/// Whether SIGINT, that is Ctrl-C, has arrived; then forgets it, and interrupted() is false again.
bool forget_key();

/// While it exists, Ctrl-C never ends the program, however often it is pressed.
struct harmless_keys {
  harmless_keys();
  ~harmless_keys();
  harmless_keys(const harmless_keys&) = delete;
  harmless_keys& operator=(const harmless_keys&) = delete;
};

/// Waits until standard input can be read, or has ended; false once interrupted().
bool wait_for_key();

/// Cancels a long call of a library once interrupted().
progress_callback until_interrupted();

/// On a terminal one line with bar, rate and time left, redrawn at most ten times a second; elsewhere a plain line now
/// and then (each 10 % or 10 s, and none for what takes less than a few seconds). Use from one thread.
class progress {
 public:
  /// `what` comes first in the line ("simulate"), `unit` is counted ("samples"); a total of 0 is one that is not known.
  /// `before`: done before the clock starts; rate and time left come from what is done after it.
  progress(std::string what, std::uint64_t total, std::string unit = "samples", std::uint64_t before = 0);
  /// Takes an unfinished bar away.
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// `done` so far, in all; `note` is shown behind ("loss 0.12"). Cheap enough to call for each sample.
  void at(std::uint64_t done, std::string_view note = {});
  /// The last state, to stay on the screen. Nothing is drawn after.
  void finish();

 private:
  using clock = std::chrono::steady_clock;
  void draw();
  void print_plain(clock::time_point now);

  std::string what_;
  std::uint64_t total_;
  std::string unit_;
  std::uint64_t before_;
  bool terminal_;
  bool drawn_ = false;
  bool finished_ = false;
  std::uint64_t done_ = 0;
  std::string note_;
  clock::time_point start_ = clock::now();
  clock::time_point shown_at_ = start_;
  std::uint64_t shown_done_ = 0;
};

/// A bar for a long call of a library, which begins with the first report and cancels the call once interrupted().
progress_callback show_progress(const std::string& what, const std::string& unit);

/// One bar for each file that arrives.
class download_bar {
 public:
  /// To be called by download(); *this must outlive it. Throws `cancelled` once interrupted().
  progress_function function();

 private:
  std::string url_;
  std::unique_ptr<progress> bar_;
};

/// One line on stderr, printable(); an error in red where the terminal has colours. A bar that stands there gives way
/// and comes back with its next redraw.
void message(std::string_view line, bool is_error = false);

/// The line of a bar, no longer than `width` columns: what a terminal shows; 0: without a bar, of any length. Where it
/// is too long, values are left out whole: the rate first, then the unit and the time left; of a last line the bar.
std::string bar_line(std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit,
                     double seconds, std::string_view note, std::size_t width, std::uint64_t before = 0);

}  // namespace firstspike
