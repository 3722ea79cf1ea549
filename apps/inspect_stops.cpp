// firstspike inspect: break and watch.
#include "firstspike/apps/inspect_stops.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "firstspike/apps/inspect_verbs.hpp"
#include "firstspike/inspect/lone_neuron.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {
namespace {

bool is_number(const std::string& word) {
  double value = 0;
  return std::from_chars(word.data(), word.data() + word.size(), value).ptr == word.data() + word.size();
}

breakpoint read_break(std::span<const population> populations, const std::string& word) {
  if (word.find(':') != std::string::npos) {
    const auto id = read_neuron(populations, word);
    return {word, id, id + 1, {}};
  }
  if (is_number(word)) return {word, 0, 0, read_time(word)};
  const auto layer = read_layer(populations, word);
  std::uint32_t first = 0;
  for (std::uint32_t p = 0; p < layer; ++p) first += populations[p].size;
  return {word, first, first + populations[layer].size, {}};
}

/// What one fan-out adds to a neuron in a population, and whether it leads there.
template <class Real>
bool add_weight(const network<Real>& net, std::uint32_t fan_out, std::uint32_t id, double& weight) {
  const auto& out = net.fan_outs()[fan_out];
  const auto first = net.first_id(net.post(out.projection));
  if (id < first || id >= net.first_id(net.post(out.projection) + 1)) return false;
  const auto& p = net.describe(out.projection);
  bool reached = false;
  for (std::uint32_t k = p.sparse ? 0 : id - first; k < (p.sparse ? out.count : id - first + 1); ++k) {
    if (p.sparse && p.synapses[out.first + k].post != id - first) continue;
    const auto added = static_cast<double>(weight_of(net, {fan_out, k}));
    weight += added;
    reached = reached || added != 0;
  }
  return reached;
}

}  // namespace

template <class Real>
std::optional<std::size_t> break_hit(const inspect_session<Real>& session, double before) {
  const auto& run = session.line.run();
  for (std::size_t b = 0; b < session.breaks.size(); ++b) {
    const auto& stop = session.breaks[b];
    if (stop.time && before < *stop.time && run.now() >= *stop.time) return b;
    const auto times = run.spike_times().subspan(stop.first, stop.end - stop.first);
    if (!stop.time && std::ranges::find(times, run.now()) != times.end()) return b;
  }
  return {};
}

template <class Real>
std::string break_text(const inspect_session<Real>& session, std::size_t index) {
  return fmt::format("break {} ({})", index + 1, session.breaks[index].text);
}

template <class Real>
void note_watched(const inspect_session<Real>& session, const instant& now, std::vector<watched_change>& changes) {
  for (const auto id : session.watched) {
    watched_change change{now.time, membrane_of(session.line, id), {}, 0};
    for (const auto f : now.arrived) {
      if (add_weight(session.net, f, id, change.weight)) change.heard.push_back(pre_of(session.net, f));
    }
    const bool fired = change.now.spike_time == now.time;
    // What comes after the spike changes nothing any more.
    const bool listens = fired || change.now.spike_time == never;
    const bool begins = std::ranges::find(now.began, session.net.population_of(id)) != now.began.end();
    if (listens && (fired || begins || !change.heard.empty())) changes.push_back(std::move(change));
  }
}

void add_watched(answer& to, std::span<const population> populations, std::span<const watched_change> changes) {
  if (changes.empty()) return;
  std::vector<std::vector<std::string>> rows{{"time", "watched", "heard", "adds", "v_m", "of v_th", "then"}};
  for (const auto& c : changes) {
    const auto share = c.now.v_m / c.now.v_th;
    const auto then = c.now.spike_time != never ? std::string("fires")
                      : c.now.crossing != never ? fmt::format("would fire at {}", c.now.crossing)
                                                : std::string();
    rows.push_back({fmt::format("{}", c.time), neuron_name(populations, c.now.id), some_names(populations, c.heard, 3),
                    fmt::format("{:.6g}", c.weight), fmt::format("{:.6g}", c.now.v_m), share_text(share), then});
    auto heard = json_object::array();
    for (const auto id : c.heard) heard.push_back(neuron_name(populations, id));
    to.objects.push_back({{"command", "watch"},
                          {"neuron", neuron_name(populations, c.now.id)},
                          {"time", c.time},
                          {"heard", heard},
                          {"weight", c.weight},
                          {"v_m", c.now.v_m},
                          {"v_th", c.now.v_th},
                          {"predicted", time_json(c.now.crossing)},
                          {"spike_time", time_json(c.now.spike_time)}});
  }
  to.text += "\n" + table_text(rows);
}

template <class Real>
answer verb_break(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "break [LAYER:ID | LAYER | T | clear]");
  const bool clear = !arguments.empty() && arguments[0] == "clear";
  if (clear) session.breaks.clear();
  if (!clear && !arguments.empty()) session.breaks.push_back(read_break(session.net.populations(), arguments[0]));
  auto all = json_object::array();
  std::string text;
  for (std::size_t b = 0; b < session.breaks.size(); ++b) {
    text += break_text(session, b) + "\n";
    all.push_back(session.breaks[b].text);
  }
  return {text.empty() ? "no breaks\n" : text, {{{"command", "break"}, {"breaks", all}}}};
}

template <class Real>
answer verb_watch(inspect_session<Real>& session, words arguments) {
  check_words(arguments, 0, 1, "watch [LAYER:ID | clear]");
  const auto populations = session.net.populations();
  const bool clear = !arguments.empty() && arguments[0] == "clear";
  if (clear) session.watched.clear();
  if (!clear && !arguments.empty()) {
    const auto id = read_neuron(populations, arguments[0]);
    lone(session.net, id, session.line.t_max());  // refuses what has no membrane
    if (std::ranges::find(session.watched, id) == session.watched.end()) session.watched.push_back(id);
  }
  auto all = json_object::array();
  std::string text;
  for (const auto id : session.watched) {
    text += fmt::format("watching {}\n", neuron_name(populations, id));
    all.push_back(neuron_name(populations, id));
  }
  return {text.empty() ? "watching nothing\n" : text, {{{"command", "watch"}, {"watched", all}}}};
}

template std::optional<std::size_t> break_hit(const inspect_session<float>&, double);
template std::optional<std::size_t> break_hit(const inspect_session<double>&, double);
template std::string break_text(const inspect_session<float>&, std::size_t);
template std::string break_text(const inspect_session<double>&, std::size_t);
template void note_watched(const inspect_session<float>&, const instant&, std::vector<watched_change>&);
template void note_watched(const inspect_session<double>&, const instant&, std::vector<watched_change>&);
template answer verb_break(inspect_session<float>&, words);
template answer verb_break(inspect_session<double>&, words);
template answer verb_watch(inspect_session<float>&, words);
template answer verb_watch(inspect_session<double>&, words);

}  // namespace firstspike
