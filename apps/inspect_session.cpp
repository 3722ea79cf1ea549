#include "firstspike/apps/inspect_session.hpp"

#include <fmt/core.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {
namespace {

/// A run, the names of its neurons, and whether `quit` was typed.
template <class Real>
struct session {
  inspection<Real> run;
  inspected_names names;
  bool ended = false;
};

bool is_clear(words arguments) { return !arguments.empty() && arguments[0] == "clear"; }

// One function for each verb; arguments are the words after it.

template <class Real>
answer verb_next(session<Real>& s, words arguments) {
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
  s.run.back(read_count(arguments, 1), until_interrupted());
  return place(s, "back");
}

template <class Real>
answer verb_goto(session<Real>& s, words arguments) {
  s.run.go_to_time(read_time(arguments[0]), until_interrupted());
  return place(s, "goto");
}

template <class Real>
answer verb_break(session<Real>& s, words arguments) {
  if (is_clear(arguments)) {
    s.run.clear_breakpoints();
  } else if (!arguments.empty()) {
    s.run.break_at(read_break(s.names.populations, arguments[0]));
  }
  return {breakpoints_text(s.run.breakpoints()), {breakpoints_json(s.run.breakpoints())}};
}

template <class Real>
answer verb_watch(session<Real>& s, words arguments) {
  if (is_clear(arguments)) {
    s.run.clear_watched();
  } else if (!arguments.empty()) {
    s.run.watch(neuron_id(s.names.populations, arguments[0]));
  }
  return {watched_text(s.names, s.run.watched()), {watched_json(s.names, s.run.watched())}};
}

template <class Real>
answer verb_queue(session<Real>& s, words arguments) {
  const auto events = s.run.queue(read_count(arguments, 10));
  const auto pending = s.run.point().pending;
  return {queue_text(s.names, pending, events), {queue_json(s.names, pending, events)}};
}

template <class Real>
answer verb_state(session<Real>& s, words arguments) {
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
  const auto nearest = s.run.nearest(read_count(arguments, 10));
  return {nearest_text(s.names, nearest), {nearest_json(s.names, nearest)}};
}

template <class Real>
answer verb_why(session<Real>& s, words arguments) {
  const bool all = arguments.size() == 2;
  require(!all || arguments[1] == "all", "'{}' after the neuron, allowed: all", arguments.back());
  const auto found = s.run.why(neuron_id(s.names.populations, arguments[0]), until_interrupted());
  return {why_text(s.names, found, all), {why_json(s.names, found)}};
}

template <class Real>
answer verb_why_not(session<Real>& s, words arguments) {
  const auto found = s.run.why_not(neuron_id(s.names.populations, arguments[0]), until_interrupted());
  return {why_not_text(s.names, found), {why_not_json(s.names, found)}};
}

answer compared(const inspected_names& names, const std::string& command, const std::string& change,
                const run_comparison& found) {
  return {comparison_text(names, change, found), {comparison_json(names, command, change, found)}};
}

template <class Real>
answer verb_without(session<Real>& s, words arguments) {
  const auto id = neuron_id(s.names.populations, arguments[0]);
  return compared(s.names, "without", "without " + arguments[0], s.run.without(id, until_interrupted()));
}

template <class Real>
answer verb_with(session<Real>& s, words arguments) {
  const auto asked = read_neuron_and_time(s.names.populations, arguments[0]);
  return compared(s.names, "with", fmt::format("with {} at {}", asked.name, asked.time),
                  s.run.with_spike(asked.id, asked.time, until_interrupted()));
}

template <class Real>
answer verb_weight(session<Real>& s, words arguments) {
  const auto pre = neuron_id(s.names.populations, arguments[0]);
  const auto post = neuron_id(s.names.populations, arguments[1]);
  const auto weight = read_number(arguments[2], "weight");
  const auto found = s.run.with_weight(pre, post, weight, until_interrupted());
  std::vector<std::string> were;
  for (const auto w : found.replaced_weights) were.push_back(fmt::format("{:.6g}", w));
  auto change = fmt::format("with {} from {} to {} instead of {}", weight, arguments[0], arguments[1], joined(were));
  if (found.synapses > were.size())
    change += fmt::format(", in all {} synapses that share it", grouped(found.synapses));
  return compared(s.names, "weight", change, found);
}

template <class Real>
answer verb_help(session<Real>&, words) {
  auto verbs = json_object::array();
  for (const auto& v : inspect_verbs()) {
    verbs.push_back({{"letter", v.letter}, {"usage", v.usage}, {"summary", v.summary}});
  }
  return {inspect_verbs_text(), {{{"command", "help"}, {"verbs", verbs}}}};
}

template <class Real>
answer verb_quit(session<Real>& s, words) {
  s.ended = true;
  return {};
}

/// In the order of inspect_verbs().
template <class Real>
constexpr std::array<answer (*)(session<Real>&, words), 16> verb_functions{
    verb_next<Real>,  verb_run<Real>,    verb_back<Real>, verb_goto<Real>, verb_break<Real>,   verb_watch<Real>,
    verb_queue<Real>, verb_state<Real>,  verb_top<Real>,  verb_why<Real>,  verb_why_not<Real>, verb_without<Real>,
    verb_with<Real>,  verb_weight<Real>, verb_help<Real>, verb_quit<Real>};

template <class Real>
answer ask(session<Real>& s, const std::string& line) {
  const auto all = words_of(line);
  if (all.empty()) return {};
  const auto verbs = inspect_verbs();
  const auto verb = verb_index(verbs, all[0]);
  if (verb < verbs.size()) {
    return verb_functions<Real>[verb](s, arguments_of(verbs[verb], words(all).subspan(1)));
  }
  std::vector<std::string> names;
  for (const auto& v : verbs) names.emplace_back(v.name);
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
          [s] { return point_text(s->run.point()); },
          [s](const std::string& line) { return complete(inspect_verbs(), s->names.populations, line); },
          {opening_text(s->names, at, model.t_max, memory), {opening_json(s->names, at, model.t_max, memory)}}};
}

}  // namespace

session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes) {
  return std::visit([&](const auto& net) { return frame_of(net, model, std::move(source_times), checkpoint_bytes); },
                    model.net);
}

}  // namespace firstspike
