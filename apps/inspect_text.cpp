// firstspike inspect: results for people.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "firstspike/apps/inspect_session.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/inspect/neuron_names.hpp"

namespace firstspike {
namespace {

using table = std::vector<std::vector<std::string>>;

constexpr std::size_t shown = 10;  // of lists that may be long

std::string time_text(double t) { return t == never ? "silent" : fmt::format("{}", t); }
std::string known_text(double t) { return t == never ? "-" : fmt::format("{}", t); }
std::string share_text(double share) { return fmt::format("{:.2f} %", 100 * share); }
std::string short_text(double value) { return fmt::format("{:.6g}", value); }

std::string point_text(const run_point& at) {
  if (at.instant == 0) return "the start";
  return fmt::format(fmt::runtime(at.at_end ? "the end (t = {})" : "t = {}"), at.time);
}

/// In their order, up to `most`, and how many there are if there are more: "a:1 a:2 ... (12)".
std::string some_names(const inspected_names& names, std::span<const std::uint32_t> ids, std::size_t most) {
  std::vector<std::string> some;
  for (const auto id : ids.first(std::min(most, ids.size()))) some.push_back(neuron_name(names.populations, id));
  if (ids.size() > most) some.push_back(fmt::format("... ({})", ids.size()));
  return joined(some, " ");
}

bool any_fire_phase(const inspected_names& names) {
  return std::ranges::any_of(names.populations,
                             [](const auto& p) { return p.kind == population_kind::neurons && p.t_fire != never; });
}

std::string decision_text(const inspected_names& names, const run_decision& d) {
  if (d.state == decision_state::no_outputs) return "none, the last layer has no neurons";
  if (d.state == decision_state::open) return "none yet";
  auto text = output_name(names, d);
  if (!names.label_of_output.empty()) text += fmt::format(" (label {})", names.label_of_output[d.output]);
  return text + (d.time == never ? ", the largest v_m, as no output fired" : fmt::format(" at {}", d.time));
}

std::string changes_text(const inspected_names& names, std::span<const watched_change> changes) {
  if (changes.empty()) return "";
  table rows{{"time", "watched", "received", "adds", "v_m", "of v_th", "then"}};
  for (const auto& c : changes) {
    const auto then = c.now.spike_time != never ? std::string("fires")
                      : c.now.crossing != never ? fmt::format("would fire at {}", c.now.crossing)
                                                : std::string();
    rows.push_back({fmt::format("{}", c.time), neuron_name(names.populations, c.now.id),
                    some_names(names, c.received, 3), short_text(c.weight), short_text(c.now.v_m),
                    share_text(c.now.v_m / c.now.v_th), then});
  }
  return "\n" + table_text(rows);
}

std::string spikes_text(std::size_t count, std::string_view what) {
  return fmt::format("{} {}spike{}", grouped(count), what, count == 1 ? "" : "s");
}

std::string more_text(std::size_t all, std::size_t rows) {
  return all <= rows ? "" : fmt::format("and {} more with smaller shares\n", grouped(all - rows));
}

/// The causes with the largest shares, in the order in which they arrived.
std::string causes_text(const inspected_names& names, const explanation& found, std::size_t most) {
  auto causes = found.causes;
  std::ranges::stable_sort(causes, std::greater<>(), [](const cause& c) { return std::abs(c.share); });
  causes.resize(std::min(most, causes.size()));
  std::ranges::stable_sort(causes, {}, &cause::arrival);
  table rows{{"spike of", "at", "arrived", "weight", "of v_th", ""}};
  for (const auto& c : causes) {
    rows.push_back({neuron_name(names.populations, c.pre), fmt::format("{}", c.spike_time),
                    fmt::format("{}", c.arrival), short_text(c.weight), share_text(c.share),
                    c.pre == found.critical ? "critical" : ""});
  }
  return table_text(rows) + more_text(found.causes.size(), causes.size());
}

std::string critical_text(const inspected_names& names, const spike_explanation& found) {
  const auto& why = found.why;
  if (!why.critical) return "none is critical: without any one of them it would have fired at this time\n";
  // With a fire phase it is known for good, as nothing arrives any more.
  const auto silent =
      why.t_fire != never ? std::string("not have fired") : fmt::format("not have fired by t = {}", found.until);
  const auto instead = why.without_critical == never ? silent : fmt::format("have fired at {}", why.without_critical);
  std::vector<std::string> path;
  for (const auto& s : found.critical_chain) {
    path.push_back(fmt::format("{} at {}", neuron_name(names.populations, s.source), s.time));
  }
  return fmt::format("critical: {}, without it {} would {}\ncritical chain: {}\n",
                     neuron_name(names.populations, *why.critical), neuron_name(names.populations, why.id), instead,
                     joined(path, " <- "));
}

std::string roots_text(const inspected_names& names, std::span<const root> roots, std::size_t most) {
  table rows{{"given", "at", "of v_th, by all paths"}};
  for (const auto& r : roots.first(std::min(most, roots.size()))) {
    rows.push_back({neuron_name(names.populations, r.id), fmt::format("{}", r.spike_time), share_text(r.share)});
  }
  return table_text(rows) + more_text(roots.size(), most);
}

std::string fire_phase_ahead_text(const silence& found) {
  if (found.t_fire >= found.closes) {
    return fmt::format("the end of the run: its fire phase would have begun at {}, and it would have {}", found.t_fire,
                       found.would_fire == never ? "stayed silent" : fmt::format("fired at {}", found.would_fire));
  }
  return fmt::format("nothing so far: its fire phase begins at {}; if nothing else arrives it {}", found.t_fire,
                     found.predicted == never ? "stays silent" : fmt::format("fires at {}", found.predicted));
}

std::string threshold_text(const silence& found) {
  const auto line = fmt::format("the threshold: it falls no lower than {:.6g}, at the end of the fire phase at {}",
                                found.lowest_threshold, found.closes);
  return found.would_fire == never ? line : fmt::format("{}, and would reach v_m at {}", line, found.would_fire);
}

std::string what_stopped_it(const inspected_names& names, const silence& found) {
  switch (found.what) {
    case stopped_by::nothing_so_far:
      return fmt::format("nothing so far: it fires at {} if nothing else arrives", found.predicted);
    case stopped_by::fire_phase_ahead:
      return fire_phase_ahead_text(found);
    case stopped_by::nothing_arrived:
      return "no spike reached it";
    case stopped_by::too_little:
      return "too little excitation: it would not have fired without inhibition either";
    case stopped_by::window:
      return fmt::format("the window's end: it would have fired at {}", found.would_fire);
    case stopped_by::late_arrivals:
      return fmt::format(
          "late arrivals: {} came after {} and {} lost; had it integrated until {}, it would have fired at {}",
          spikes_text(found.lost, ""), found.t_fire, found.lost == 1 ? "was" : "were", found.until, found.would_fire);
    case stopped_by::threshold:
      return threshold_text(found);
    case stopped_by::inhibition:
      break;
  }
  const auto line = fmt::format("inhibition: without any it would have fired at {}", found.would_fire);
  if (!found.holder) return line + "; no inhibitory spike held it alone";
  return fmt::format("{}; without the spike of {} alone at {}", line, neuron_name(names.populations, *found.holder),
                     found.without_holder);
}

std::string changed_spikes_text(const inspected_names& names, const run_comparison& found) {
  if (found.changed.empty()) return "the same spikes\n";
  table rows{{"layer", "moved", "vanished", "appeared"}};
  for (std::size_t p = 0; p < found.layers.size(); ++p) {
    const auto& layer = found.layers[p];
    rows.push_back({names.populations[p].name, grouped(layer.moved), grouped(layer.vanished), grouped(layer.appeared)});
  }
  table spikes{{"spike of", "before", "after"}};
  for (const auto& c : std::span(found.changed).first(std::min(shown, found.changed.size()))) {
    spikes.push_back({neuron_name(names.populations, c.id), time_text(c.before), time_text(c.after)});
  }
  auto text = table_text(rows) + "\n" + table_text(spikes);
  if (found.changed.size() > shown) text += fmt::format("and {} more\n", grouped(found.changed.size() - shown));
  return text;
}

}  // namespace

const population& population_of(const inspected_names& names, std::uint32_t id) {
  auto p = names.populations.begin();
  while (id >= p->size) id -= (p++)->size;
  return *p;
}

std::string output_name(const inspected_names& names, const run_decision& d) {
  return fmt::format("{}:{}", names.populations.back().name, d.output);
}

event_words words_for(const inspected_names& names, const pending_event_info& e) {
  const auto& population = names.populations[e.population].name;
  if (e.kind == pending_kind::arrival) return {"arrival", neuron_name(names.populations, *e.neuron), population};
  if (e.kind == pending_kind::fire_phase) return {"start of fire phase", population, ""};
  return {"prediction", e.neuron ? neuron_name(names.populations, *e.neuron) : "first of " + population, ""};
}

std::string breakpoint_text(std::span<const breakpoint> all, std::size_t index) {
  return fmt::format("break {} ({})", index + 1, all[index].name);
}

std::string stop_text(const inspected_names& names, std::span<const breakpoint> all, const run_goal& goal,
                      const run_done& done) {
  if (done.stopped_by == run_stop::breakpoint) return breakpoint_text(all, done.breakpoint);
  if (done.stopped_by == run_stop::until) return fmt::format("t = {}", goal.until);
  if (!goal.neuron) return "the end";
  const auto name = neuron_name(names.populations, *goal.neuron);
  return done.stopped_by == run_stop::fired ? name + " fired" : fmt::format("the end, {} silent", name);
}

std::string opening_text(const inspected_names& names, const run_point& at, double t_max, std::size_t memory_bound) {
  table rows{{"layer", "neurons"}};
  for (const auto& p : names.populations) rows.push_back({p.name, grouped(p.size)});
  constexpr double mib = 1 << 20;
  return fmt::format("{}\n{} events pending, window [0, {}); moving takes up to {} MiB beside the network\n",
                     table_text(rows), grouped(at.pending), t_max,
                     grouped(static_cast<std::uint64_t>(std::ceil(static_cast<double>(memory_bound) / mib))));
}

std::string steps_text(const inspected_names& names, const steps_done& done, std::span<const breakpoint> breakpoints) {
  const bool phases = any_fire_phase(names);
  table rows{{"instant", "time", "arrived", "retracted", "fired"}};
  if (phases) rows[0].push_back("fire phase of");
  for (const auto& now : done.instants) {
    rows.push_back({fmt::format("{}", now.position), fmt::format("{}", now.time), some_names(names, now.senders, 4),
                    fmt::format("{}", now.retracted), some_names(names, now.fired, 4)});
    std::vector<std::string> began;
    for (const auto p : now.began) began.push_back(names.populations[p].name);
    if (phases) rows.back().push_back(joined(began, " "));
  }
  auto text = rows.size() > 1 ? table_text(rows) : "";
  text += changes_text(names, done.watched);
  if (done.breakpoint) text += fmt::format("stopped by {}\n", breakpoint_text(breakpoints, *done.breakpoint));
  return text + (done.at_end ? "the end, nothing is pending\n" : "");
}

std::string run_text(const inspected_names& names, const run_done& done, const std::string& stop) {
  table rows{{"layer", "spikes", "in all"}};
  for (std::size_t p = 0; p < names.populations.size(); ++p) {
    rows.push_back({names.populations[p].name, grouped(done.new_spikes[p]), grouped(done.to.spikes[p])});
  }
  return fmt::format("from {} to {}, after instant {}; stopped by {}\n\n{}{}", point_text(done.from),
                     point_text(done.to), done.to.instant, stop, table_text(rows), changes_text(names, done.watched));
}

std::string place_text(const inspected_names& names, const run_point& at) {
  std::vector<std::string> spikes;
  for (std::size_t p = 0; p < names.populations.size(); ++p) {
    spikes.push_back(fmt::format("{} {}", names.populations[p].name, grouped(at.spikes[p])));
  }
  return fmt::format("{}, after instant {}; spikes: {}; {}\n", point_text(at), at.instant, joined(spikes),
                     at.at_end ? "nothing is pending" : fmt::format("next at t = {}", at.next_time));
}

std::string breakpoints_text(std::span<const breakpoint> all) {
  std::string text;
  for (std::size_t b = 0; b < all.size(); ++b) text += breakpoint_text(all, b) + "\n";
  return text.empty() ? "no breaks\n" : text;
}

std::string watched_text(const inspected_names& names, std::span<const std::uint32_t> ids) {
  std::string text;
  for (const auto id : ids) text += fmt::format("watching {}\n", neuron_name(names.populations, id));
  return text.empty() ? "watching nothing\n" : text;
}

std::string queue_text(const inspected_names& names, std::size_t pending, std::span<const pending_event_info> events) {
  if (events.empty()) return "nothing is pending\n";
  table rows{{"time", "event", "of", "to", ""}};
  for (const auto& e : events) {
    const auto what = words_for(names, e);
    rows.push_back({fmt::format("{}", e.time), what.kind, what.whose, what.where, e.retracted ? "retracted" : ""});
  }
  const auto part = pending > events.size() ? fmt::format(", the first {}:", events.size()) : "";
  return fmt::format("{} pending{}\n{}", grouped(pending), part, table_text(rows));
}

std::string layers_text(const inspected_names& names, const run_point& at, std::span<const layer_state> layers,
                        const run_decision& decision) {
  table rows{{"layer", "neurons", "fired", "first", "latest"}};
  for (std::size_t p = 0; p < layers.size(); ++p) {
    rows.push_back({names.populations[p].name, grouped(names.populations[p].size), grouped(layers[p].fired),
                    known_text(layers[p].first), known_text(layers[p].latest)});
  }
  return fmt::format("{}, after instant {}, {} events pending\n\n{}\ndecision: {}\n", point_text(at), at.instant,
                     grouped(at.pending), table_text(rows), decision_text(names, decision));
}

std::string neuron_text(const inspected_names& names, const run_point& at, const neuron_state& state) {
  const auto& m = state.now;
  const auto name = neuron_name(names.populations, m.id);
  if (state.given) return fmt::format("{} is a source; fires at: {}\n", name, time_text(m.spike_time));
  table rows{{"v_m", short_text(m.v_m), share_text(m.v_m / m.v_th) + " of v_th"},
             {"v_th", short_text(m.v_th), ""},
             {"slope", short_text(m.slope), "per step"},
             {"predicted", known_text(m.crossing), ""},
             {"spike_time", time_text(m.spike_time), ""}};
  const auto& layer = population_of(names, m.id);
  if (layer.t_fire != never) {
    rows.insert(rows.begin() + 2, {{"threshold", short_text(m.threshold), ""},
                                   {"fire phase", fmt::format("{} to {}", layer.t_fire, state.closes),
                                    fmt::format("threshold falls by {:.6g} per step", layer.threshold_slope)}});
  }
  return fmt::format("{} at {}\n{}", name, point_text(at), table_text(rows, false));
}

std::string nearest_text(const inspected_names& names, std::span<const membrane> nearest) {
  if (nearest.empty()) return "no neuron is left below its threshold\n";
  table rows{{"neuron", "v_m", "v_th", "of v_th", "predicted"}};
  for (const auto& m : nearest) {
    rows.push_back({neuron_name(names.populations, m.id), short_text(m.v_m), short_text(m.v_th),
                    share_text(m.v_m / m.v_th), known_text(m.crossing)});
    if (m.threshold < m.v_th) rows.back().push_back(fmt::format("threshold {:.6g}", m.threshold));
  }
  return table_text(rows);
}

std::string why_text(const inspected_names& names, const spike_explanation& found, bool all) {
  const auto& why = found.why;
  const auto most = all ? std::max(why.causes.size(), found.roots.size()) : shown;
  auto text = fmt::format("{} fired at {}, v_m = {:.6g}, v_th = {:.6g}", neuron_name(names.populations, why.id),
                          why.spike_time, why.v_m, why.v_th);
  if (why.t_fire != never) {
    text += why.spike_time > why.t_fire
                ? fmt::format("; in its fire phase, since {}, the threshold fell to v_m", why.t_fire)
                : std::string("; it fired as its fire phase began, v_m was not below v_th");
  }
  return fmt::format("{}\n{} had arrived\n\n{}\n{}\nbehind it: {}\n\n{}", text, spikes_text(why.causes.size(), ""),
                     causes_text(names, why, most), critical_text(names, found),
                     spikes_text(found.roots.size(), "given "), roots_text(names, found.roots, most));
}

std::string why_not_text(const inspected_names& names, const silence& found) {
  const auto* looked_at = found.t_fire == never            ? "closest at"
                          : found.peak_time < found.t_fire ? "integrated up to"
                                                           : "as the fire phase began at";
  return fmt::format(
      "{} is silent up to t = {}\n{} {}: v_m = {:.6g}, {} of v_th = {:.6g} (excitation {}, inhibition {})\n"
      "stopped by {}\n",
      neuron_name(names.populations, found.id), found.until, looked_at, found.peak_time, found.peak_v_m,
      share_text(found.peak_v_m / found.v_th), found.v_th, share_text(found.excitation), share_text(found.inhibition),
      what_stopped_it(names, found));
}

std::string comparison_text(const inspected_names& names, const std::string& change, const run_comparison& found) {
  const auto now = decision_text(names, found.after);
  return fmt::format("the whole run, {}\n\n{}\ndecision: {}\n", change, changed_spikes_text(names, found),
                     found.before == found.after
                         ? now + ", as before"
                         : fmt::format("{}; it was {}", now, decision_text(names, found.before)));
}

}  // namespace firstspike
