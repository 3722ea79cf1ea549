#include "firstspike/apps/inspect_session.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {
namespace {

using words = std::span<const std::string>;

/// A run, the names of its neurons, and whether `quit` was typed.
template <class Real>
struct session {
  inspection<Real> run;
  inspected_names names;
  bool ended = false;
};

// Parsing of a line. Each function throws std::invalid_argument, one line: the word and what is allowed.

/// '#' starts a comment.
std::vector<std::string> words_of(std::string_view line) {
  std::istringstream text{std::string(line.substr(0, line.find('#')))};
  std::vector<std::string> found;
  for (std::string word; text >> word;) found.push_back(word);
  return found;
}

template <class Number>
std::optional<Number> number_in(const std::string& word) {
  Number value = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

double read_number(const std::string& word, std::string_view what) {
  const auto value = number_in<double>(word);
  require(value && std::isfinite(*value), "'{}' is no {}, allowed: a finite number", word, what);
  return *value;
}

double read_time(const std::string& word) {
  const auto value = number_in<double>(word);
  require(value && std::isfinite(*value) && *value >= 0, "'{}' is no time, allowed: a number of steps, 0 or more",
          word);
  return *value;
}

/// The count that words[0] gives, 1 or more, or `otherwise` where there is no word.
std::size_t read_count(words arguments, std::size_t otherwise) {
  if (arguments.empty()) return otherwise;
  const auto count = number_in<std::size_t>(arguments[0]);
  require(count && *count > 0, "'{}' is no count, allowed: a whole number, 1 or more", arguments[0]);
  return *count;
}

/// Refuses another number of words than from `least` to `most`, naming how the verb is used.
void check_words(words arguments, std::size_t least, std::size_t most, std::string_view usage) {
  require(arguments.size() >= least, "something is missing, allowed: {}", usage);
  if (arguments.size() <= most) return;
  throw std::invalid_argument(fmt::format("'{}' is one word too many, allowed: {}", arguments[most], usage));
}

bool is_clear(words arguments) { return !arguments.empty() && arguments[0] == "clear"; }

breakpoint read_break(std::span<const population> populations, const std::string& word) {
  if (word.find(':') != std::string::npos) {
    const auto id = neuron_id(populations, word);
    return {id, id + 1, {}, word};
  }
  if (number_in<double>(word)) return {0, 0, read_time(word), word};
  const auto& layer = populations[population_index(populations, word)];
  const auto first = neuron_id(populations, layer.name, 0);
  return {first, first + layer.size, {}, word};
}

run_goal read_goal(std::span<const population> populations, words arguments) {
  constexpr auto usage = "run [until T | until fired LAYER:ID]";
  check_words(arguments, 0, 3, usage);
  if (arguments.empty()) return {};
  require(arguments[0] == "until" && arguments.size() > 1, "'{}' is no goal, allowed: {}", arguments[0], usage);
  if (arguments[1] != "fired") {
    check_words(arguments, 2, 2, usage);
    return {read_time(arguments[1]), {}};
  }
  check_words(arguments, 3, 3, usage);
  return {never, neuron_id(populations, arguments[2])};
}

// One function for each verb; arguments are the words after it.

template <class Real>
answer verb_next(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "next [N]");
  const auto done = s.run.step(read_count(arguments, 1), until_interrupted());
  return {steps_text(s.names, done, s.run.breakpoints()), steps_json(s.names, done)};
}

template <class Real>
answer verb_run(session<Real>& s, words arguments) {
  const auto goal = read_goal(s.names.populations, arguments);
  const auto done = s.run.go_on(goal, until_interrupted());
  const auto stop = stop_text(s.names, s.run.breakpoints(), goal, done);
  return {run_text(s.names, done, stop), run_json(s.names, done, stop)};
}

template <class Real>
answer place(const session<Real>& s, const std::string& command) {
  const auto at = s.run.point();
  return {place_text(s.names, at), {place_json(s.names, command, at)}};
}

template <class Real>
answer verb_back(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "back [N]");
  s.run.back(read_count(arguments, 1));
  return place(s, "back");
}

template <class Real>
answer verb_goto(session<Real>& s, words arguments) {
  check_words(arguments, 1, 1, "goto T");
  s.run.go_to_time(read_time(arguments[0]));
  return place(s, "goto");
}

template <class Real>
answer verb_break(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "break [LAYER:ID | LAYER | T | clear]");
  if (is_clear(arguments)) {
    s.run.clear_breakpoints();
  } else if (!arguments.empty()) {
    s.run.break_at(read_break(s.names.populations, arguments[0]));
  }
  return {breakpoints_text(s.run.breakpoints()), {breakpoints_json(s.run.breakpoints())}};
}

template <class Real>
answer verb_watch(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "watch [LAYER:ID | clear]");
  if (is_clear(arguments)) {
    s.run.clear_watched();
  } else if (!arguments.empty()) {
    s.run.watch(neuron_id(s.names.populations, arguments[0]));
  }
  return {watched_text(s.names, s.run.watched()), {watched_json(s.names, s.run.watched())}};
}

template <class Real>
answer verb_queue(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "queue [N]");
  const auto events = s.run.queue(read_count(arguments, 10));
  const auto pending = s.run.point().pending;
  return {queue_text(s.names, pending, events), {queue_json(s.names, pending, events)}};
}

template <class Real>
answer verb_state(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "state [LAYER:ID]");
  const auto at = s.run.point();
  if (arguments.empty()) {
    const auto layers = s.run.layers();
    const auto decision = s.run.decision();
    return {layers_text(s.names, at, layers, decision), {layers_json(s.names, at, layers, decision)}};
  }
  const auto state = s.run.state(neuron_id(s.names.populations, arguments[0]));
  return {neuron_text(s.names, at, state), {neuron_json(s.names, state)}};
}

template <class Real>
answer verb_top(session<Real>& s, words arguments) {
  check_words(arguments, 0, 1, "top [N]");
  const auto nearest = s.run.nearest(read_count(arguments, 10));
  return {nearest_text(s.names, nearest), {nearest_json(s.names, nearest)}};
}

template <class Real>
answer verb_why(session<Real>& s, words arguments) {
  check_words(arguments, 1, 2, "why LAYER:ID [all]");
  const bool all = arguments.size() == 2;
  require(!all || arguments[1] == "all", "'{}' after the neuron, allowed: all", arguments.back());
  const auto found = s.run.why(neuron_id(s.names.populations, arguments[0]));
  return {why_text(s.names, found, all), {why_json(s.names, found)}};
}

template <class Real>
answer verb_why_not(session<Real>& s, words arguments) {
  check_words(arguments, 1, 1, "why-not LAYER:ID");
  const auto found = s.run.why_not(neuron_id(s.names.populations, arguments[0]));
  return {why_not_text(s.names, found), {why_not_json(s.names, found)}};
}

answer compared(const inspected_names& names, const std::string& command, const std::string& change,
                const run_comparison& found) {
  return {comparison_text(names, change, found), {comparison_json(names, command, change, found)}};
}

template <class Real>
answer verb_without(session<Real>& s, words arguments) {
  check_words(arguments, 1, 1, "without LAYER:ID");
  const auto id = neuron_id(s.names.populations, arguments[0]);
  return compared(s.names, "without", "without " + arguments[0], s.run.without(id));
}

template <class Real>
answer verb_with(session<Real>& s, words arguments) {
  check_words(arguments, 1, 1, "with LAYER:ID=T");
  const auto equals = arguments[0].find('=');
  require(equals != std::string::npos, "'{}' has no time, allowed: LAYER:ID=T", arguments[0]);
  const auto name = arguments[0].substr(0, equals);
  const auto id = neuron_id(s.names.populations, name);
  const auto t = read_time(arguments[0].substr(equals + 1));
  return compared(s.names, "with", fmt::format("with {} at {}", name, t), s.run.with_spike(id, t));
}

template <class Real>
answer verb_weight(session<Real>& s, words arguments) {
  check_words(arguments, 3, 3, "weight PRE POST W");
  const auto pre = neuron_id(s.names.populations, arguments[0]);
  const auto post = neuron_id(s.names.populations, arguments[1]);
  const auto weight = read_number(arguments[2], "weight");
  const auto found = s.run.with_weight(pre, post, weight);
  std::vector<std::string> were;
  for (const auto w : found.replaced_weights) were.push_back(fmt::format("{:.6g}", w));
  const auto change =
      fmt::format("with {} from {} to {} instead of {}", weight, arguments[0], arguments[1], joined(were));
  return compared(s.names, "weight", change, found);
}

struct verb_words {
  std::string_view name, usage, summary;
};

constexpr std::array verb_table{
    verb_words{"next", "next [N]", "do the next instant, or N of them"},
    verb_words{"run", "run [until T | until fired LAYER:ID]", "go on to a break, the time T (T included) or the end"},
    verb_words{"back", "back [N]", "undo the last instant, or N of them, exactly"},
    verb_words{"goto", "goto T", "to the state after all instants up to T"},
    verb_words{"break", "break [LAYER:ID | LAYER | T | clear]", "stop where it fires, or at T; alone: list"},
    verb_words{"watch", "watch [LAYER:ID | clear]", "show its v_m at every change on the way; alone: list"},
    verb_words{"queue", "queue [N]", "the first N pending events (10)"},
    verb_words{"state", "state [LAYER:ID]", "what has fired by now, or one neuron"},
    verb_words{"top", "top [N]", "the N silent neurons nearest to their threshold (10)"},
    verb_words{"why", "why LAYER:ID [all]", "the spikes that made it fire, and the critical one"},
    verb_words{"why-not", "why-not LAYER:ID", "how close a silent neuron came, and what stopped it"},
    verb_words{"without", "without LAYER:ID", "run again without its spike, and compare"},
    verb_words{"with", "with LAYER:ID=T", "run again with its spike at T, and compare"},
    verb_words{"weight", "weight PRE POST W", "run again with W from PRE to POST, and compare"},
    verb_words{"help", "help", "this list"},
    verb_words{"quit", "quit", "end the session"},
};

template <class Real>
answer verb_help(session<Real>&, words arguments) {
  check_words(arguments, 0, 0, "help");
  auto verbs = json_object::array();
  for (const auto& v : verb_table) verbs.push_back({{"usage", v.usage}, {"summary", v.summary}});
  return {inspect_verbs_text(), {{{"command", "help"}, {"verbs", verbs}}}};
}

template <class Real>
answer verb_quit(session<Real>& s, words arguments) {
  check_words(arguments, 0, 0, "quit");
  s.ended = true;
  return {};
}

/// In the order of verb_table.
template <class Real>
constexpr std::array<answer (*)(session<Real>&, words), verb_table.size()> verb_functions{
    verb_next<Real>,  verb_run<Real>,    verb_back<Real>, verb_goto<Real>, verb_break<Real>,   verb_watch<Real>,
    verb_queue<Real>, verb_state<Real>,  verb_top<Real>,  verb_why<Real>,  verb_why_not<Real>, verb_without<Real>,
    verb_with<Real>,  verb_weight<Real>, verb_help<Real>, verb_quit<Real>};

template <class Real>
answer ask(session<Real>& s, const std::string& line) {
  const auto all = words_of(line);
  if (all.empty()) return {};
  std::vector<std::string> names;
  for (std::size_t v = 0; v < verb_table.size(); ++v) {
    names.emplace_back(verb_table[v].name);
    if (names.back() == all[0]) return verb_functions<Real>[v](s, words(all).subspan(1));
  }
  const auto near = nearest_names(all[0], names);
  throw std::invalid_argument(
      fmt::format("no verb '{}', {}", all[0], near.empty() ? "allowed: " + joined(names) : "nearest: " + near));
}

template <class Real>
session_frame frame_of(const network<Real>& net, const loaded_model& model, std::vector<double> source_times,
                       std::size_t checkpoint_bytes) {
  const auto s = std::make_shared<session<Real>>(
      session<Real>{inspection<Real>(net, std::move(source_times), model.t_max, checkpoint_bytes),
                    {net.populations(), model.label_of_output}});
  const auto at = s->run.point();
  const auto memory = s->run.memory_bound();
  return {[s](const std::string& line) { return ask(*s, line); },
          [s] { return s->ended; },
          {opening_text(s->names, at, model.t_max, memory), {opening_json(s->names, at, model.t_max, memory)}}};
}

}  // namespace

session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes) {
  return std::visit([&](const auto& net) { return frame_of(net, model, std::move(source_times), checkpoint_bytes); },
                    model.net);
}

std::string inspect_verbs_text() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& v : verb_table) rows.push_back({std::string(v.usage), std::string(v.summary)});
  return table_text(rows, false);
}

}  // namespace firstspike
