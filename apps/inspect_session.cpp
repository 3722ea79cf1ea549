#include "firstspike/apps/inspect_session.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "firstspike/apps/inspect_verbs.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/models/option_kinds.hpp"

namespace firstspike {
namespace {

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
answer verb_help(inspect_session<Real>&, words arguments) {
  check_words(arguments, 0, 0, "help");
  auto verbs = json_object::array();
  for (const auto& v : verb_table) verbs.push_back({{"usage", v.usage}, {"summary", v.summary}});
  return {inspect_verbs_text(), {{{"command", "help"}, {"verbs", verbs}}}};
}

template <class Real>
answer verb_quit(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 0, "quit");
  session.ended = true;
  return {};
}

template <class Real>
using verb = answer (*)(inspect_session<Real>&, words);

/// In the order of verb_table.
template <class Real>
constexpr std::array<verb<Real>, verb_table.size()> verb_functions{
    verb_next<Real>,  verb_run<Real>,    verb_back<Real>, verb_goto<Real>, verb_break<Real>,   verb_watch<Real>,
    verb_queue<Real>, verb_state<Real>,  verb_top<Real>,  verb_why<Real>,  verb_why_not<Real>, verb_without<Real>,
    verb_with<Real>,  verb_weight<Real>, verb_help<Real>, verb_quit<Real>};

template <class Real>
answer ask(inspect_session<Real>& session, const std::string& line) {
  const auto all = words_of(line);
  if (all.empty()) return {};
  std::vector<std::string> names;
  for (std::size_t v = 0; v < verb_table.size(); ++v) {
    names.emplace_back(verb_table[v].name);
    if (names.back() == all[0]) return verb_functions<Real>[v](session, words(all).subspan(1));
  }
  const auto near = nearest_names(all[0], names);
  throw std::invalid_argument(
      fmt::format("no verb '{}', {}", all[0], near.empty() ? "allowed: " + joined(names) : "nearest: " + near));
}

template <class Real>
answer opening_of(const inspect_session<Real>& session) {
  const auto memory = session.line.memory();
  std::vector<std::vector<std::string>> rows{{"layer", "neurons"}};
  auto layers = json_object::object();
  for (const auto& p : session.net.populations()) {
    rows.push_back({p.name, grouped(p.size)});
    layers[p.name] = p.size;
  }
  constexpr double mib = 1 << 20;
  const auto pending = session.line.run().pending().size();
  const auto most = std::max(memory.most, memory.held) + most_bytes_of_run(session.net);
  return {fmt::format("{}\n{} events pending, window [0, {}); moving takes up to {} MiB beside the network\n",
                      table_text(rows), grouped(pending), session.line.t_max(),
                      grouped(static_cast<std::uint64_t>(std::ceil(static_cast<double>(most) / mib)))),
          {{{"command", "open"},
            {"layers", layers},
            {"pending", pending},
            {"t_max", session.line.t_max()},
            {"memory_bound", most}}}};
}

template <class Real>
session_frame frame_of(const network<Real>& net, const loaded_model& model, std::vector<double> source_times,
                       std::size_t checkpoint_bytes) {
  timeline<Real> line(net, source_times, model.t_max, checkpoint_bytes);
  const auto session = std::make_shared<inspect_session<Real>>(
      inspect_session<Real>{net, std::move(source_times), model.label_of_output, std::move(line)});
  return {[session](const std::string& text) { return ask(*session, text); }, [session] { return session->ended; },
          opening_of(*session)};
}

}  // namespace

template <class Real>
double present(const inspect_session<Real>& session) {
  if (session.line.at_end()) return session.line.t_max();
  return session.line.position() == 0 ? -1 : session.line.run().now();
}

template <class Real>
std::string present_text(const inspect_session<Real>& session) {
  if (session.line.position() == 0) return "the start";
  const auto time = fmt::format("t = {}", session.line.run().now());
  return session.line.at_end() ? fmt::format("the end ({})", time) : time;
}

template <class Real>
observed_run<Real> observed(inspect_session<Real>& session) {
  require(session.line.position() > 0 || session.line.at_end(),
          "nothing has happened yet, which could be explained; go on with next, run or goto");
  if (!session.incoming) session.incoming = list_incoming(session.net);
  return {session.net, *session.incoming, session.line.run().spike_times(), present(session), session.line.t_max()};
}

std::string time_text(double t) { return t == never ? "silent" : fmt::format("{}", t); }

json_object time_json(double t) { return t == never ? json_object(nullptr) : json_object(t); }

std::string share_text(double share) { return fmt::format("{:.2f} %", 100 * share); }

session_frame open_session(const loaded_model& model, std::vector<double> source_times, std::size_t checkpoint_bytes) {
  return std::visit([&](const auto& net) { return frame_of(net, model, std::move(source_times), checkpoint_bytes); },
                    model.net);
}

std::string inspect_verbs_text() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& v : verb_table) rows.push_back({std::string(v.usage), std::string(v.summary)});
  return table_text(rows, false);
}

template double present(const inspect_session<float>&);
template double present(const inspect_session<double>&);
template std::string present_text(const inspect_session<float>&);
template std::string present_text(const inspect_session<double>&);
template observed_run<float> observed(inspect_session<float>&);
template observed_run<double> observed(inspect_session<double>&);

}  // namespace firstspike
