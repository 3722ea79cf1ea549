// firstspike inspect: without, with and weight.
#include <fmt/core.h>

#include <algorithm>

#include "firstspike/apps/inspect_decision.hpp"
#include "firstspike/apps/inspect_verbs.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/inspect/what_if.hpp"

namespace firstspike {
namespace {

constexpr std::size_t shown = 10;

struct change_counts {
  std::size_t moved = 0, vanished = 0, appeared = 0;
};

template <class Real>
std::vector<change_counts> by_layer(const network<Real>& net, std::span<const changed_spike_time> changed) {
  std::vector<change_counts> counts(net.populations().size());
  for (const auto& c : changed) {
    auto& layer = counts[net.population_of(c.id)];
    ++(c.before == never ? layer.appeared : c.after == never ? layer.vanished : layer.moved);
  }
  return counts;
}

std::string changes_text(std::span<const population> populations, std::span<const changed_spike_time> changed,
                         std::span<const change_counts> counts) {
  if (changed.empty()) return "the same spikes\n";
  std::vector<std::vector<std::string>> rows{{"layer", "moved", "vanished", "appeared"}};
  for (std::size_t p = 0; p < populations.size(); ++p) {
    rows.push_back(
        {populations[p].name, grouped(counts[p].moved), grouped(counts[p].vanished), grouped(counts[p].appeared)});
  }
  std::vector<std::vector<std::string>> spikes{{"spike of", "before", "after"}};
  for (const auto& c : changed.first(std::min(shown, changed.size()))) {
    spikes.push_back({neuron_name(populations, c.id), time_text(c.before), time_text(c.after)});
  }
  auto text = table_text(rows) + "\n" + table_text(spikes);
  if (changed.size() > shown) text += fmt::format("and {} more\n", grouped(changed.size() - shown));
  return text;
}

/// Compares the whole run as it is with that of the change.
template <class Real>
answer compare(inspect_session<Real>& session, std::string_view command, const std::string& change,
               const spike_record& after) {
  const auto& line = session.line;
  const auto& net = session.net;
  if (!session.unchanged) session.unchanged = run_clamped(net, session.source_times, line.t_max(), {});
  const auto changed = changed_spikes(session.unchanged->times, after.times);
  const auto counts = by_layer(net, changed);
  const auto was = decision_of(session, *session.unchanged), is = decision_of(session, after);
  const bool same = was.object == is.object;
  answer a;
  a.text =
      fmt::format("the whole run, {}\n\n{}\ndecision: {}\n", change, changes_text(net.populations(), changed, counts),
                  same ? was.text + ", as before" : fmt::format("{}; it was {}", is.text, was.text));
  json_object object{{"command", command},
                     {"change", change},
                     {"layers", json_object::object()},
                     {"changed", json_object::array()},
                     {"decision_before", was.object},
                     {"decision", is.object}};
  for (std::size_t p = 0; p < counts.size(); ++p) {
    object["layers"][net.populations()[p].name] = {
        {"moved", counts[p].moved}, {"vanished", counts[p].vanished}, {"appeared", counts[p].appeared}};
  }
  for (const auto& c : changed) {
    object["changed"].push_back({{"neuron", neuron_name(net.populations(), c.id)},
                                 {"before", time_json(c.before)},
                                 {"after", time_json(c.after)}});
  }
  a.objects.push_back(std::move(object));
  return a;
}

template <class Real>
answer compare_clamped(inspect_session<Real>& session, std::string_view command, const std::string& change,
                       const spike& clamped) {
  const auto after = run_clamped(session.net, session.source_times, session.line.t_max(), std::span(&clamped, 1));
  return compare(session, command, change, after);
}

}  // namespace

template <class Real>
answer verb_without(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 1, 1, "without LAYER:ID");
  const auto id = read_neuron(session.net.populations(), arguments[0]);
  return compare_clamped(session, "without", "without " + arguments[0], {id, never});
}

template <class Real>
answer verb_with(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 1, 1, "with LAYER:ID=T");
  const auto equals = arguments[0].find('=');
  require(equals != std::string::npos, "'{}' has no time, allowed: LAYER:ID=T", arguments[0]);
  const auto id = read_neuron(session.net.populations(), arguments[0].substr(0, equals));
  const auto t = read_time(arguments[0].substr(equals + 1));
  require(t < session.line.t_max(), "t = {}, allowed: within the window, 0 up to, not including, {}", t,
          session.line.t_max());
  const auto change = fmt::format("with {} at {}", arguments[0].substr(0, equals), t);
  return compare_clamped(session, "with", change, {id, t});
}

template <class Real>
answer verb_weight(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 3, 3, "weight PRE POST W");
  const auto pre = read_neuron(session.net.populations(), arguments[0]);
  const auto post = read_neuron(session.net.populations(), arguments[1]);
  const auto weight = read_number(arguments[2], "weight");
  const auto changed = with_weight(session.net, pre, post, weight);
  std::string were;
  for (const auto& place : synapses_between(session.net, pre, post)) {
    were += fmt::format("{}{:.6g}", were.empty() ? "" : ", ", weight_of(session.net, place));
  }
  const auto change = fmt::format("with {} from {} to {} instead of {}", weight, arguments[0], arguments[1], were);
  return compare(session, "weight", change, run_clamped(changed, session.source_times, session.line.t_max(), {}));
}

template answer verb_without(inspect_session<float>&, words);
template answer verb_without(inspect_session<double>&, words);
template answer verb_with(inspect_session<float>&, words);
template answer verb_with(inspect_session<double>&, words);
template answer verb_weight(inspect_session<float>&, words);
template answer verb_weight(inspect_session<double>&, words);

}  // namespace firstspike
