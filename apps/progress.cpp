#include "firstspike/apps/progress.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <set>
#include <span>

#include "firstspike/apps/output.hpp"

namespace firstspike {
namespace {

// A signal handler has no other way to reach the program, and may touch nothing but a lock-free atomic.
std::atomic<int> signal_that_came{0};
static_assert(std::atomic<int>::is_always_lock_free);

void note_signal(int number) { signal_that_came.store(number); }

using std::chrono::duration;

constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::string_view clear_line = "\r\x1b[K";

/// Columns of the terminal on stderr; 0 where it is none, or one that knows no control sequences.
std::size_t terminal_width() {
  winsize size{};
  if (!takes_escapes(STDERR_FILENO)) return 0;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// One call, so that a line comes out in one piece.
void write_stderr(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string rate_text(double per_second, std::string_view unit) {
  if (per_second >= 10) return fmt::format("{} {}/s", grouped(std::llround(per_second)), unit);
  return fmt::format("{:.2g} {}/s", per_second, unit);
}

/// "8.2 s left", "in 12 s"; empty where nothing is known.
std::string time_text(std::uint64_t done, std::uint64_t total, double seconds, double rate) {
  if (total == 0 || (done < total && rate == 0)) return "";
  if (done >= total) return fmt::format("in {}", duration_text(seconds));
  return fmt::format("{} left", duration_text(static_cast<double>(total - done) / rate));
}

enum class part { bar, percent, count, of_total, unit, rate, time, note };
using part_set = std::set<part>;

// What is left out of a line that is too long, one after the other. The last line keeps all values; its bar is full.
constexpr std::array while_running{part::rate, part::unit,  part::time,   part::bar,
                                   part::note, part::count, part::percent};
constexpr std::array when_done{part::bar,  part::percent, part::of_total, part::unit,
                               part::rate, part::time,    part::note,     part::count};

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
  sigaction(SIGXFSZ, &ignore, nullptr);  // a write beyond the limit of the file size fails instead
}

bool interrupted() { return signal_that_came.load() != 0; }

bool forget_key() {
  int key = SIGINT;
  if (!signal_that_came.compare_exchange_strong(key, 0)) return false;
  struct sigaction now {};
  sigaction(SIGINT, nullptr, &now);
  if (now.sa_handler == SIG_DFL)
    watch_for_interrupts();  // it is not watched for once it has come, but for harmless_keys
  return true;
}

harmless_keys::harmless_keys() {
  struct sigaction note {};
  note.sa_handler = note_signal;  // and no SA_RESETHAND
  sigemptyset(&note.sa_mask);
  sigaction(SIGINT, &note, nullptr);
}

harmless_keys::~harmless_keys() { watch_for_interrupts(); }

bool wait_for_key() {
  constexpr int longest = 100;  // [ms]; a signal just before poll(), or on another thread, does not end it
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!interrupted()) {
    if (poll(&input, 1, longest) > 0) return true;
  }
  return false;
}

progress_callback until_interrupted() {
  return [](std::uint64_t, std::uint64_t) { return !interrupted(); };
}

progress::progress(std::string what, std::uint64_t total, std::string unit, std::uint64_t before)
    : what_(std::move(what)), total_(total), unit_(std::move(unit)), before_(before), terminal_(terminal_width() > 0) {}

progress::~progress() {
  if (terminal_ && drawn_ && !finished_) write_stderr(std::string(clear_line));
}

void progress::at(std::uint64_t done, std::string_view note) {
  done_ = done;
  note_ = note;
  const auto now = clock::now();
  if (!terminal_) return print_plain(now);
  if (drawn_ && now - shown_at_ < redraw_interval) return;
  shown_at_ = now;
  draw();
}

void progress::print_plain(clock::time_point now) {
  constexpr std::chrono::seconds shortest{2};
  constexpr std::chrono::seconds longest{10};
  const bool far = total_ > 0 && done_ - std::min(done_, shown_done_) >= total_ / 10;
  if (now - shown_at_ < shortest || (!far && now - shown_at_ < longest)) return;
  shown_at_ = now;
  shown_done_ = done_;
  draw();
}

void progress::draw() {
  drawn_ = true;
  const auto seconds = duration<double>(clock::now() - start_).count();
  if (terminal_) {
    // The last column stays free: a full line would wrap in some terminals. So do two before it, for the ^C that a
    // terminal shows behind the line: it would go on in the next one, and only that would then be cleared.
    const auto width = std::max<std::size_t>(terminal_width(), 4) - 3;
    write_stderr(std::string(clear_line) + bar_line(what_, done_, total_, unit_, seconds, note_, width, before_));
  } else {
    write_stderr(bar_line(what_, done_, total_, unit_, seconds, note_, 0, before_) + "\n");
  }
}

void progress::finish() {
  if (finished_ || !drawn_) return;
  if (terminal_ || done_ != shown_done_) draw();
  if (terminal_) write_stderr("\n");
  finished_ = true;
}

progress_callback show_progress(const std::string& what, const std::string& unit) {
  return [=, bar = std::shared_ptr<progress>()](std::uint64_t done, std::uint64_t total) mutable {
    if (!bar) bar = std::make_shared<progress>(what, total, unit);
    bar->at(done);
    if (done == total) bar->finish();
    return !interrupted();
  };
}

progress_function download_bar::function() {
  return [this](const download_progress& state) {
    if (interrupted()) throw cancelled();
    if (url_ != state.url) {
      url_ = state.url;
      bar_ = std::make_unique<progress>(url_.substr(url_.rfind('/') + 1), state.total, "bytes");
    }
    bar_->at(state.received);
    if (state.total > 0 && state.received >= state.total) bar_->finish();
  };
}

void message(std::string_view line, bool is_error) {
  const bool red = is_error && has_colour(STDERR_FILENO);
  write_stderr(fmt::format("{}{}{}{}\n", terminal_width() > 0 ? clear_line : "", red ? "\x1b[1;31m" : "",
                           printable(line), red ? "\x1b[0m" : ""));
}

std::string bar_line(std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit,
                     double seconds, std::string_view note, std::size_t width, std::uint64_t before) {
  constexpr std::size_t longest_bar = 30;
  constexpr std::size_t shortest_bar = 10;
  const bool is_done = total > 0 && done >= total;
  const double rate = seconds > 0 && done > before ? static_cast<double>(done - before) / seconds : 0;
  const auto share = total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
  const auto time = time_text(done, total, seconds, rate);
  const auto line_without = [&](const part_set& left_out) {
    const auto has = [&](part p) { return !left_out.contains(p); };
    std::string numbers;
    if (total > 0 && has(part::percent)) numbers += fmt::format(" {:3}%", static_cast<int>(share * 100));
    if (has(part::count)) numbers += "  " + grouped(done);
    if (has(part::count) && has(part::of_total) && total > 0) numbers += "/" + grouped(total);
    if (has(part::count) && has(part::unit)) numbers += fmt::format(" {}", unit);
    if (has(part::rate) && rate > 0) numbers += "  " + rate_text(rate, unit);
    if (has(part::time) && !time.empty()) numbers += "  " + time;
    if (has(part::note) && !note.empty()) numbers += fmt::format("  {}", note);
    std::string bar;
    if (width > 0 && total > 0 && has(part::bar)) {
      const auto others = std::min(width, printable(what).size() + numbers.size() + 3);
      const auto length = std::clamp(width - others, shortest_bar, longest_bar);
      const auto filled = static_cast<std::size_t>(share * static_cast<double>(length));
      bar = fmt::format(" [{}{}]", std::string(filled, '#'), std::string(length - filled, '.'));
    }
    return printable(what) + bar + numbers;
  };
  part_set left_out;
  auto line = line_without(left_out);
  for (const auto p : is_done ? std::span<const part>(when_done) : std::span<const part>(while_running)) {
    if (width == 0 || line.size() <= width) return line;
    left_out.insert(p);
    line = line_without(left_out);
  }
  if (line.size() > width) line.resize(width);
  return line;
}

}  // namespace firstspike
