// firstspike inspect: queue, state and top.
#include <fmt/core.h>

#include <algorithm>

#include "firstspike/apps/inspect_decision.hpp"
#include "firstspike/apps/inspect_verbs.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/inspect/instants.hpp"

namespace firstspike {
namespace {

/// What an event will do: its kind, whose it is, and where it leads.
struct event_words {
  std::string kind, whose, where;
};

template <class Real>
event_words words_for(const inspect_session<Real>& session, const event& e) {
  const auto& net = session.net;
  const auto populations = net.populations();
  if (e.kind() == event_kind::delivery) {
    const auto& out = net.fan_outs()[e.id()];
    return {"arrival", neuron_name(populations, pre_of(net, e.id())), populations[net.post(out.projection)].name};
  }
  if (e.kind() == event_kind::fire_phase) return {"start of fire phase", populations[e.id()].name, ""};
  if (e.kind() == event_kind::neuron_crossing) return {"prediction", neuron_name(populations, e.id()), ""};
  // One entry stands for the first of a layer; where it still holds, its neuron is known.
  const auto first = net.first_id(e.id());
  const auto crossings = session.line.run().crossings().subspan(first, populations[e.id()].size);
  const auto found = std::ranges::find(crossings, e.time);
  const bool known = session.line.run().still_holds(e) && found != crossings.end();
  const auto id = first + static_cast<std::uint32_t>(found - crossings.begin());
  return {"prediction", known ? neuron_name(populations, id) : fmt::format("first of {}", populations[e.id()].name),
          ""};
}

template <class Real>
answer state_of_neuron(inspect_session<Real>& session, std::uint32_t id) {
  const auto populations = session.net.populations();
  const auto name = neuron_name(populations, id);
  const auto fires = session.line.run().spike_times()[id];
  if (populations[session.net.population_of(id)].kind != population_kind::neurons) {
    return {fmt::format("{} is told to fire at: {}\n", name, time_text(fires)),
            {{{"command", "state"}, {"neuron", name}, {"spike_time", time_json(fires)}}}};
  }
  const auto m = membrane_of(session.line, id);
  const auto predicted = m.crossing == never ? "-" : fmt::format("{}", m.crossing);
  std::vector<std::vector<std::string>> rows{
      {"v_m", fmt::format("{:.6g}", m.v_m), share_text(m.v_m / m.v_th) + " of v_th"},
      {"v_th", fmt::format("{:.6g}", m.v_th), ""},
      {"slope", fmt::format("{:.6g}", m.slope), "per step"},
      {"predicted", predicted, ""},
      {"spike_time", time_text(m.spike_time), ""}};
  const auto& layer = populations[session.net.population_of(id)];
  const auto closes = session.net.end_of_firing(session.net.population_of(id), session.line.t_max());
  if (layer.t_fire != never) {
    rows.insert(rows.begin() + 2, {{"threshold", fmt::format("{:.6g}", m.threshold), ""},
                                   {"fire phase", fmt::format("{} to {}", layer.t_fire, closes),
                                    fmt::format("threshold falls by {:.6g} per step", layer.threshold_slope)}});
  }
  return {fmt::format("{} at {}\n{}", name, present_text(session), table_text(rows, false)),
          {{{"command", "state"},
            {"neuron", name},
            {"v_m", m.v_m},
            {"v_th", m.v_th},
            {"threshold", m.threshold},
            {"t_fire", time_json(layer.t_fire)},
            {"closes", closes},
            {"threshold_slope", layer.threshold_slope},
            {"slope", m.slope},
            {"predicted", time_json(m.crossing)},
            {"spike_time", time_json(m.spike_time)}}}};
}

template <class Real>
answer state_of_layers(inspect_session<Real>& session) {
  const auto now = present(session);
  std::vector<std::vector<std::string>> rows{{"layer", "neurons", "fired", "first", "latest"}};
  auto layers = json_object::object();
  for (std::size_t p = 0; p < session.net.populations().size(); ++p) {
    const auto& layer = session.net.populations()[p];
    std::size_t fired = 0;
    double first = never, latest = -1;
    for (const auto t : session.line.run().spike_times().subspan(session.net.first_id(p), layer.size)) {
      if (!(t <= now)) continue;
      ++fired;
      first = std::min(first, t);
      latest = std::max(latest, t);
    }
    if (fired == 0) latest = never;
    const auto text = [](double t) { return t == never ? std::string("-") : fmt::format("{}", t); };
    rows.push_back({layer.name, grouped(layer.size), grouped(fired), text(first), text(latest)});
    layers[layer.name] = {
        {"neurons", layer.size}, {"fired", fired}, {"first", time_json(first)}, {"latest", time_json(latest)}};
  }
  const auto decided = decision_so_far(session);
  return {fmt::format("{}, after instant {}, {} events pending\n\n{}\ndecision: {}\n", present_text(session),
                      session.line.position(), grouped(session.line.run().pending().size()), table_text(rows),
                      decided.text),
          {{{"command", "state"},
            {"instant", session.line.position()},
            {"pending", session.line.run().pending().size()},
            {"layers", layers},
            {"decision", decided.object}}}};
}

}  // namespace

template <class Real>
answer verb_queue(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "queue [N]");
  auto left = read_count(arguments, 10);
  const auto& run = session.line.run();
  std::vector<std::vector<std::string>> rows{{"time", "event", "of", "to", ""}};
  auto events = json_object::array();
  for (const auto& e : run.pending()) {
    if (left-- == 0) break;
    const auto what = words_for(session, e);
    const bool holds = run.still_holds(e);
    rows.push_back({fmt::format("{}", e.time), what.kind, what.whose, what.where, holds ? "" : "retracted"});
    events.push_back({{"time", e.time},
                      {"event", what.kind},
                      {"of", what.whose},
                      {"to", what.where.empty() ? json_object(nullptr) : json_object(what.where)},
                      {"retracted", !holds}});
  }
  const auto pending = run.pending().size();
  const auto head = fmt::format("{} pending{}\n", grouped(pending),
                                pending >= rows.size() ? fmt::format(", the first {}:", rows.size() - 1) : "");
  return {rows.size() > 1 ? head + table_text(rows) : "nothing is pending\n",
          {{{"command", "queue"}, {"pending", pending}, {"events", events}}}};
}

template <class Real>
answer verb_state(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "state [LAYER:ID]");
  if (arguments.empty()) return state_of_layers(session);
  return state_of_neuron(session, read_neuron(session.net.populations(), arguments[0]));
}

template <class Real>
answer verb_top(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "top [N]");
  const auto populations = session.net.populations();
  std::vector<std::vector<std::string>> rows{{"neuron", "v_m", "v_th", "of v_th", "predicted"}};
  auto all = json_object::array();
  for (const auto& m : nearest_to_threshold(session.line, read_count(arguments, 10))) {
    rows.push_back({neuron_name(populations, m.id), fmt::format("{:.6g}", m.v_m), fmt::format("{:.6g}", m.v_th),
                    share_text(m.v_m / m.v_th), m.crossing == never ? "-" : fmt::format("{}", m.crossing)});
    if (m.threshold < m.v_th) rows.back().push_back(fmt::format("threshold {:.6g}", m.threshold));
    all.push_back({{"neuron", neuron_name(populations, m.id)},
                   {"v_m", m.v_m},
                   {"v_th", m.v_th},
                   {"threshold", m.threshold},
                   {"predicted", time_json(m.crossing)}});
  }
  return {rows.size() > 1 ? table_text(rows) : "no neuron is left below its threshold\n",
          {{{"command", "top"}, {"neurons", all}}}};
}

template answer verb_queue(inspect_session<float>&, words);
template answer verb_queue(inspect_session<double>&, words);
template answer verb_state(inspect_session<float>&, words);
template answer verb_state(inspect_session<double>&, words);
template answer verb_top(inspect_session<float>&, words);
template answer verb_top(inspect_session<double>&, words);

}  // namespace firstspike
