#include "firstspike/apps/inspect_terminal.hpp"

#include <editline/readline.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <memory>

#include "firstspike/apps/progress.hpp"
#include "firstspike/inspect/line_history.hpp"

namespace firstspike {
namespace {

// libedit calls back without a context, so what it needs is kept here for the one session of the program.
std::function<completions(const std::string& line)> complete_line;

char* copied(const std::string& text) { return strdup(text.c_str()); }

/// The bytes of the first `count` characters of what was typed.
std::size_t bytes_of(int count) {
  std::size_t bytes = 0;
  for (; count > 0 && rl_line_buffer[bytes] != '\0'; --count) {
    bytes += static_cast<std::size_t>(std::max(1, std::mblen(rl_line_buffer + bytes, MB_CUR_MAX)));
  }
  return bytes;
}

/// What libedit takes the last word to be begins at `start`, after the last space, even in quotes [characters].
char** completed(const char*, int start, int end) {
  rl_attempted_completion_over = 1;  // no names of files
  const std::string line(rl_line_buffer, bytes_of(end));
  const auto found = complete_line(line);
  const auto skipped = std::max(bytes_of(start), found.start) - found.start;
  std::vector<std::string> ends;
  for (const auto& word : found.words) {
    if (word.starts_with(line.substr(found.start, skipped))) ends.push_back(word.substr(skipped));
  }
  if (ends.empty()) return nullptr;
  rl_completion_append_character = ends[0].ends_with(':') ? '\0' : ' ';
  auto same = ends[0].size();  // the first entry is what all have in common
  for (const auto& word : ends) {
    while (!word.starts_with(ends[0].substr(0, same))) --same;
  }
  auto** list = static_cast<char**>(std::calloc(ends.size() + 2, sizeof(char*)));  // libedit frees it
  list[0] = copied(ends[0].substr(0, same));
  for (std::size_t i = 0; i < ends.size() && ends.size() > 1; ++i) list[i + 1] = copied(ends[i]);
  return list;
}

/// The next character typed; EOF at the end and once interrupted(), as libedit's own reading misses a signal that comes
/// just before it. What is no character is left out.
int next_key(FILE*) {
  std::mbstate_t state{};
  for (;;) {
    if (!wait_for_key()) return EOF;
    char byte = 0;
    const auto count = read(STDIN_FILENO, &byte, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count != 1) return EOF;
    wchar_t key = 0;
    const auto used = std::mbrtowc(&key, &byte, 1, &state);
    if (used == static_cast<std::size_t>(-1)) state = {};
    if (used <= 1) return static_cast<int>(key);
  }
}

}  // namespace

std::string history_path() {
  const auto* state = std::getenv("XDG_STATE_HOME");
  const auto* home = std::getenv("HOME");
  if (state != nullptr && *state == '/') return fmt::format("{}/firstspike/inspect_history", state);
  if (home == nullptr || *home == '\0') return "";
  return fmt::format("{}/.local/state/firstspike/inspect_history", home);
}

void complete_with(std::function<completions(const std::string& line)> complete) {
  complete_line = std::move(complete);
}

typed_lines::typed_lines(bool quiet) {
  if (quiet || isatty(STDOUT_FILENO) == 0) rl_outstream = stderr;
  std::setlocale(LC_CTYPE, "");  // for characters of several bytes
  static char spaces[] = " \t\n";
  rl_basic_word_break_characters = spaces;
  rl_completer_word_break_characters = spaces;
  rl_attempted_completion_function = completed;
  rl_getc_function = next_key;
  using_history();
  for (const auto& line : saved_lines(history_path())) add_history(line.c_str());
}

typed_lines::~typed_lines() {
  try {
    save_lines(history_path(), typed_);
  } catch (const std::exception& failed) {
    message(fmt::format("the history is not kept: {}", failed.what()));
  }
}

std::optional<std::string> typed_lines::next() {
  const harmless_keys while_typing;
  for (;;) {
    if (interrupted() && !forget_key()) throw cancelled();
    // Null at the end and once interrupted().
    const std::unique_ptr<char, void (*)(void*)> line(readline(inspect_prompt), std::free);
    if (forget_key() && !line) {  // that came with a whole line was pressed before it
      std::fputc('\n', rl_outstream);
      std::fflush(rl_outstream);
      continue;
    }
    if (interrupted()) throw cancelled();
    if (!line) std::fputc('\n', rl_outstream);  // what comes next is not for the line of the prompt
    if (!line) return {};
    if (*line != '\0') {
      add_history(line.get());
      typed_.emplace_back(line.get());
    }
    return line.get();
  }
}

}  // namespace firstspike
