// firstspike inspect: next, run, back and goto.
#include <fmt/core.h>

#include <algorithm>

#include "firstspike/apps/inspect_stops.hpp"
#include "firstspike/apps/inspect_verbs.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

/// Neurons that fired later than `from` and up to the present, of one population; sources and bias neurons by
/// their times.
template <class Real>
std::size_t spikes_since(const inspect_session<Real>& session, std::size_t population, double from) {
  const auto first = session.net.first_id(population), end = session.net.first_id(population + 1);
  const auto times = session.line.run().spike_times().subspan(first, end - first);
  const auto now = present(session);
  return static_cast<std::size_t>(
      std::ranges::count_if(times, [&](double t) { return t > from && t <= now && t != never; }));
}

/// Where the run stands after a jump, and what is next.
template <class Real>
answer place(const inspect_session<Real>& session, std::string_view command) {
  const auto& line = session.line;
  const double next = line.at_end() ? never : line.run().pending().next().time;
  std::string spikes;
  json_object counts;
  for (std::size_t p = 0; p < session.net.populations().size(); ++p) {
    const auto count = spikes_since(session, p, -1);
    const auto& name = session.net.populations()[p].name;
    spikes += fmt::format("{}{} {}", p == 0 ? "" : ", ", name, grouped(count));
    counts[name] = count;
  }
  answer a;
  a.text = fmt::format("{}, after instant {}; spikes: {}; {}\n", present_text(session), line.position(), spikes,
                       next == never ? "nothing is pending" : fmt::format("next at t = {}", next));
  a.objects.push_back({{"command", command},
                       {"instant", line.position()},
                       {"time", line.position() == 0 ? json_object(nullptr) : json_object(line.run().now())},
                       {"spikes", counts},
                       {"next_time", time_json(next)}});
  return a;
}

template <class Real>
bool any_fire_phase(const network<Real>& net) {
  for (std::size_t p = 0; p < net.populations().size(); ++p) {
    if (net.has_fire_phase(p)) return true;
  }
  return false;
}

template <class Real>
void add_instant(answer& to, std::vector<std::vector<std::string>>& rows, const inspect_session<Real>& session,
                 const instant& now) {
  const auto populations = session.net.populations();
  std::vector<std::uint32_t> arrived;
  for (const auto f : now.arrived) arrived.push_back(pre_of(session.net, f));
  arrived.erase(std::unique(arrived.begin(), arrived.end()), arrived.end());
  rows.push_back({fmt::format("{}", now.position), fmt::format("{}", now.time), some_names(populations, arrived, 4),
                  fmt::format("{}", now.retracted), some_names(populations, now.fired, 4)});
  auto began = json_object::array();
  for (const auto p : now.began) began.push_back(populations[p].name);
  if (any_fire_phase(session.net)) rows.back().push_back(joined(began.template get<std::vector<std::string>>(), " "));
  const auto names = [&](const std::vector<std::uint32_t>& ids) {
    auto all = json_object::array();
    for (const auto id : ids) all.push_back(neuron_name(populations, id));
    return all;
  };
  to.objects.push_back({{"command", "next"},
                        {"instant", now.position},
                        {"time", now.time},
                        {"arrived", names(arrived)},
                        {"retracted", now.retracted},
                        {"fired", names(now.fired)},
                        {"fire_phase_began", began}});
}

struct goal {
  std::string text;
  double until = never;                 // [steps]
  std::optional<std::uint32_t> neuron;  // that shall fire
};

template <class Real>
goal read_goal(const inspect_session<Real>& session, words arguments) {
  constexpr auto usage = "run [until T | until fired LAYER:ID]";
  check_words(arguments, 0, 3, usage);
  if (arguments.empty()) return {};
  require(arguments[0] == "until" && arguments.size() > 1, "'{}' is no goal, allowed: {}", arguments[0], usage);
  const auto now = present(session);
  if (arguments[1] != "fired") {
    check_words(arguments, 2, 2, usage);
    const auto t = read_time(arguments[1]);
    require(t >= now, "t = {} has passed, it is {}; goto takes you back", t, present_text(session));
    return {fmt::format("t = {}", t), t, {}};
  }
  check_words(arguments, 3, 3, usage);
  const auto id = read_neuron(session.net.populations(), arguments[2]);
  const auto fired = session.line.run().spike_times()[id];
  require(!(fired <= now), "{} has fired, at t = {}; goto or back takes you before that", arguments[2], fired);
  return {arguments[2] + " fired", never, id};
}

/// Goes on until something stops the run, and says what.
template <class Real>
std::string run_on(inspect_session<Real>& session, const goal& to, std::vector<watched_change>& changes) {
  auto& line = session.line;
  std::string stopped;
  auto before = line.position() == 0 ? -1 : line.run().now();
  const auto look = [&] {
    if (interrupted()) throw interruption();
    if (const auto hit = break_hit(session, before)) stopped = break_text(session, *hit);
    if (to.neuron && line.run().spike_times()[*to.neuron] <= line.run().now()) stopped = to.text;
    before = line.run().now();
    return !stopped.empty();
  };
  if (session.watched.empty()) {
    line.run_on(to.until, look);
  } else {
    while (!line.at_end() && line.run().pending().next().time <= to.until) {
      note_watched(session, *next_instant(line), changes);
      if (look()) break;
    }
  }
  if (!stopped.empty()) return stopped;
  if (to.neuron) return fmt::format("the end, {} silent", neuron_name(session.net.populations(), *to.neuron));
  return line.at_end() ? "the end" : to.text;
}

}  // namespace

template <class Real>
answer verb_next(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "next [N]");
  const auto count = read_count(arguments, 1);
  answer a;
  std::vector<std::vector<std::string>> rows{{"instant", "time", "arrived", "retracted", "fired"}};
  if (any_fire_phase(session.net)) rows[0].push_back("fire phase of");
  std::vector<watched_change> changes;
  std::string stopped;
  for (std::size_t i = 0; i < count && stopped.empty(); ++i) {
    if (interrupted()) throw interruption();
    const auto before = session.line.position() == 0 ? -1 : session.line.run().now();
    const auto now = next_instant(session.line);
    if (!now) break;
    add_instant(a, rows, session, *now);
    note_watched(session, *now, changes);
    if (const auto hit = break_hit(session, before)) stopped = break_text(session, *hit);
  }
  if (rows.size() > 1) a.text = table_text(rows);
  add_watched(a, session.net.populations(), changes);
  if (!stopped.empty()) a.text += "stopped by " + stopped + "\n";
  if (session.line.at_end()) a.text += "the end, nothing is pending\n";
  if (a.objects.empty()) a.objects.push_back({{"command", "next"}, {"end", true}});
  return a;
}

template <class Real>
answer verb_run(inspect_session<Real>& session, words arguments) {
  const auto to = read_goal(session, arguments);
  const auto from = present(session);
  const auto from_text = present_text(session);
  std::vector<watched_change> changes;
  const auto stopped = run_on(session, to, changes);
  std::vector<std::vector<std::string>> rows{{"layer", "spikes", "in all"}};
  auto spikes = json_object::object();
  for (std::size_t p = 0; p < session.net.populations().size(); ++p) {
    const auto& name = session.net.populations()[p].name;
    const auto since = spikes_since(session, p, from);
    rows.push_back({name, grouped(since), grouped(spikes_since(session, p, -1))});
    spikes[name] = since;
  }
  answer a;
  a.text = fmt::format("from {} to {}, after instant {}; stopped by {}\n\n{}", from_text, present_text(session),
                       session.line.position(), stopped, table_text(rows));
  a.objects.push_back({{"command", "run"},
                       {"instant", session.line.position()},
                       {"time", session.line.run().now()},
                       {"stopped_by", stopped},
                       {"spikes", spikes}});
  add_watched(a, session.net.populations(), changes);
  return a;
}

template <class Real>
answer verb_back(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "back [N]");
  const auto count = read_count(arguments, 1);
  const auto position = session.line.position();
  require(count <= position, "back {}: only {} instants have been done, allowed: up to that many", count, position);
  session.line.go_to(position - count);
  return place(session, "back");
}

template <class Real>
answer verb_goto(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 1, 1, "goto T");
  session.line.go_to_time(read_time(arguments[0]));
  return place(session, "goto");
}

template answer verb_next(inspect_session<float>&, words);
template answer verb_next(inspect_session<double>&, words);
template answer verb_run(inspect_session<float>&, words);
template answer verb_run(inspect_session<double>&, words);
template answer verb_back(inspect_session<float>&, words);
template answer verb_back(inspect_session<double>&, words);
template answer verb_goto(inspect_session<float>&, words);
template answer verb_goto(inspect_session<double>&, words);

}  // namespace firstspike
