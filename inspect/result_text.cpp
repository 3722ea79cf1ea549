#include "firstspike/inspect/result_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "firstspike/engine/text.hpp"
#include "firstspike/inspect/neuron_names.hpp"

namespace firstspike {
namespace {

using table = std::vector<std::vector<std::string>>;

constexpr std::size_t shown = 10;        // of lists that may be long
constexpr std::size_t shown_of_why = 5;  // of each of its three, so that all of it fits 24 rows
constexpr std::size_t shown_changes = 15;
constexpr std::size_t line_width = 80;

/// Times [steps] of one table or line, as short as tells them apart.
class short_times {
 public:
  explicit short_times(const std::vector<double>& all) : decimals_(decimals_for(all)) {}
  std::string text(double t, const std::string& if_never) const {
    return t == never ? if_never : decimal_text(t, decimals_);
  }
  std::string operator()(double t) const { return text(t, "-"); }

 private:
  int decimals_;
};

std::string share_text(double share) { return fmt::format("{:.2f} %", 100 * share); }
std::string short_text(double value) { return fmt::format("{:.6g}", value); }

std::string time_of(const run_point& at, const short_times& shown_time) {
  if (at.instant == 0) return "the start";
  return fmt::format(fmt::runtime(at.at_end ? "the end (t = {})" : "t = {}"), shown_time(at.time));
}

std::string point_text(const run_point& at, const short_times& shown_time) {
  return fmt::format("{}, after instant {}", time_of(at, shown_time), at.instant);
}

std::string lines_of(const std::string& text) { return fitted(text, line_width); }

/// A table whose first row is marked as its heading.
std::string headed(const table& rows) {
  const auto text = table_text(rows);
  const auto end = text.find('\n');
  return emphasis::begin + text.substr(0, end) + emphasis::end + text.substr(end);
}

/// Inserts columns after `column` for the positions of the neurons of rows 1 and on, where any of them has one. The
/// neuron of row i + 1 is id_of(listed[i]), which may be none.
template <class Listed, class IdOf>
void add_positions(table& rows, std::size_t column, const inspected_names& names, const Listed& listed,
                   const IdOf& id_of) {
  std::vector<std::optional<grid_position>> positions;
  for (const auto& one : listed) {
    const std::optional<std::uint32_t> id = std::invoke(id_of, one);
    positions.push_back(id ? position_of(names.populations, *id) : std::nullopt);
  }
  if (std::ranges::none_of(positions, [](const auto& at) { return at.has_value(); })) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::array<std::string, 3> cells{"-", "-", "-"};
    if (i == 0) cells = {"row", "col", "ch"};
    if (const auto at = i == 0 ? std::nullopt : positions[i - 1]) {
      cells = {std::to_string(at->row), std::to_string(at->column), std::to_string(at->channel)};
    }
    rows[i].insert(rows[i].begin() + static_cast<std::ptrdiff_t>(column) + 1, cells.begin(), cells.end());
  }
}

/// In their order, up to `most` and as many as `room` columns hold, and how many there are if there are more:
/// "a:1 a:2 ... (12)".
std::string some_names(const inspected_names& names, std::span<const std::uint32_t> ids, std::size_t most,
                       std::size_t room) {
  std::string some;
  for (std::size_t count = 0; count < std::min(most, ids.size()); ++count) {
    const auto next = (count > 0 ? " " : "") + neuron_name(names.populations, ids[count]);
    const auto rest = count + 1 < ids.size() ? fmt::format(" ... ({})", ids.size()) : "";
    if (columns_of(some + next + rest) > room) {
      return some + fmt::format("{}({})", some.empty() ? "" : " ... ", ids.size());
    }
    some += next;
  }
  return ids.size() > most ? some + fmt::format(" ... ({})", ids.size()) : some;
}

/// The columns that a table leaves for one more cell in each row.
std::size_t room_beside(const table& rows) {
  const auto text = table_text(rows);
  std::size_t widest = 0;
  for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1) {
    widest = std::max(widest, columns_of(text.substr(start, text.find('\n', start) - start)));
  }
  return line_width - std::min(line_width, widest + 2);
}

bool any_fire_phase(const inspected_names& names) {
  return std::ranges::any_of(names.populations,
                             [](const auto& p) { return p.kind == population_kind::neurons && p.t_fire != never; });
}

std::string decision_text(const inspected_names& names, const run_decision& d, const short_times& shown_time) {
  if (d.state == decision_state::no_outputs) return "none, the last layer has no neurons";
  if (d.state == decision_state::open) return "none yet";
  auto text = output_name(names, d);
  if (!names.label_of_output.empty()) text += fmt::format(" (label {})", names.label_of_output[d.output]);
  return text + (d.time == never ? ", the largest v_m, as no output fired" : " at " + shown_time(d.time));
}

/// The latest ones.
std::string changes_text(const inspected_names& names, std::span<const watched_change> changes) {
  if (changes.empty()) return "";
  const auto earlier = changes.size() - std::min(changes.size(), shown_changes);
  changes = changes.subspan(earlier);
  std::vector<double> times;
  for (const auto& c : changes) times.insert(times.end(), {c.time, c.now.spike_time, c.now.crossing});
  const short_times shown_time(times);
  table rows{{"time", "watched", "adds", "v_m", "of v_th", "predicted"}};
  for (const auto& c : changes) {
    rows.push_back({shown_time(c.time), neuron_name(names.populations, c.now.id), short_text(c.weight),
                    short_text(c.now.v_m), share_text(c.now.v_m / c.now.v_th),
                    c.now.spike_time != never ? "fires" : shown_time(c.now.crossing)});
  }
  const auto room = room_beside(rows);
  rows[0].insert(rows[0].begin() + 2, "received");
  for (std::size_t i = 0; i < changes.size(); ++i) {
    rows[i + 1].insert(rows[i + 1].begin() + 2, some_names(names, changes[i].received, 3, room));
  }
  return "\n" + headed(rows) + (earlier > 0 ? fmt::format("... and {} more before these\n", grouped(earlier)) : "");
}

std::string spikes_text(std::size_t count, std::string_view what) {
  return fmt::format("{} {}spike{}", grouped(count), what, count == 1 ? "" : "s");
}

/// ", the 5 largest contributions:" where not all are listed.
std::string part_text(std::size_t all, std::size_t listed, std::string_view which) {
  return listed < all ? fmt::format(", the {} largest {}:", grouped(listed), which) : ":";
}

/// Those with the largest shares, in the order in which they arrived.
std::vector<cause> largest_of(std::vector<cause> causes, std::size_t most) {
  std::ranges::stable_sort(causes, std::greater<>(), [](const cause& c) { return std::abs(c.share); });
  causes.resize(std::min(most, causes.size()));
  std::ranges::stable_sort(causes, {}, &cause::arrival);
  return causes;
}

std::string causes_text(const inspected_names& names, const explanation& found, std::span<const cause> causes) {
  std::vector<double> times;
  for (const auto& c : causes) times.insert(times.end(), {c.spike_time, c.arrival});
  const short_times shown_time(times);
  table rows{{"spike of", "at", "arrived", "weight", "of v_th", ""}};
  for (const auto& c : causes) {
    rows.push_back({neuron_name(names.populations, c.pre), shown_time(c.spike_time), shown_time(c.arrival),
                    short_text(c.weight), share_text(c.share), c.pre == found.critical ? "critical" : ""});
  }
  add_positions(rows, 0, names, causes, &cause::pre);
  return fmt::format("{} had arrived{}\n{}", spikes_text(found.causes.size(), ""),
                     part_text(found.causes.size(), causes.size(), "contributions"), headed(rows));
}

std::string critical_text(const inspected_names& names, const spike_explanation& found, std::size_t most,
                          const short_times& shown_time) {
  const auto& why = found.why;
  if (!why.critical) return "none is critical: without any one of them it would have fired at this time\n";
  // With a fire phase it is known for good, as nothing arrives any more.
  const auto silent =
      why.t_fire != never ? std::string("not have fired") : "not have fired by t = " + shown_time(found.until);
  const auto instead = why.without_critical == never ? silent : "have fired at " + shown_time(why.without_critical);
  const auto& chain = found.critical_chain;
  const auto left_out = chain.size() - std::min(chain.size(), most);  // before the last, where it began
  std::vector<double> times;
  for (const auto& s : chain) times.push_back(s.time);
  const short_times chain_time(times);
  std::vector<std::string> path;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (left_out > 0 && i == most - 1) {
      path.push_back(fmt::format("... ({} more)", grouped(left_out)));
      i += left_out;
    }
    const auto& s = chain[i];
    const auto at = position_of(names.populations, s.source);
    path.push_back(fmt::format("{}{} at {}", neuron_name(names.populations, s.source),
                               at ? fmt::format(" ({}, {}, {})", at->row, at->column, at->channel) : "",
                               chain_time(s.time)));
  }
  return fmt::format("{}critical{}: {}, without it {} would {}\ncritical chain: {}\n", emphasis::begin, emphasis::end,
                     located_name(names.populations, *why.critical), neuron_name(names.populations, why.id), instead,
                     joined(path, " <- "));
}

/// `listed` of them; none where all stand among the causes above.
std::string roots_text(const inspected_names& names, std::size_t count, std::span<const root> listed, bool repeats) {
  const auto behind = fmt::format("behind it: {}", spikes_text(count, "given "));
  if (listed.empty()) return behind + (count > 0 ? ", listed above\n" : "\n");
  std::vector<double> times;
  for (const auto& r : listed) times.push_back(r.spike_time);
  const short_times shown_time(times);
  table rows{{"given", "at", "of v_th, by all paths"}};
  for (const auto& r : listed) {
    rows.push_back({neuron_name(names.populations, r.id), shown_time(r.spike_time), share_text(r.share)});
  }
  add_positions(rows, 0, names, listed, &root::id);
  return fmt::format("{}{}\n{}", behind,
                     part_text(count, listed.size(), repeats ? "contributions" : "not listed above"), headed(rows));
}

std::string fire_phase_ahead_text(const silence& found, const short_times& shown_time) {
  if (found.t_fire >= found.closes) {
    return fmt::format("the end of the run: its fire phase would have begun at {}, and it would have {}",
                       shown_time(found.t_fire),
                       found.would_fire == never ? "stayed silent" : "fired at " + shown_time(found.would_fire));
  }
  return fmt::format("nothing so far: its fire phase begins at {}; if nothing else arrives it {}",
                     shown_time(found.t_fire),
                     found.predicted == never ? "stays silent" : "fires at " + shown_time(found.predicted));
}

std::string threshold_text(const silence& found, const short_times& shown_time) {
  const auto line = fmt::format("the threshold: it falls no lower than {:.6g}, at the end of the fire phase at {}",
                                found.lowest_threshold, shown_time(found.closes));
  return found.would_fire == never ? line : line + ", and would reach v_m at " + shown_time(found.would_fire);
}

std::string what_stopped_it(const inspected_names& names, const silence& found, const short_times& shown_time) {
  switch (found.what) {
    case stopped_by::nothing_so_far:
      return fmt::format("nothing so far: it fires at {} if nothing else arrives", shown_time(found.predicted));
    case stopped_by::fire_phase_ahead:
      return fire_phase_ahead_text(found, shown_time);
    case stopped_by::nothing_arrived:
      return "no spike reached it";
    case stopped_by::too_little:
      return "too little excitation: it would not have fired without inhibition either";
    case stopped_by::window:
      return fmt::format("the window's end: it would have fired at {}", shown_time(found.would_fire));
    case stopped_by::late_arrivals:
      return fmt::format(
          "late arrivals: {} came after {} and {} lost; had it integrated until {}, it would have fired at {}",
          spikes_text(found.lost, ""), shown_time(found.t_fire), found.lost == 1 ? "was" : "were",
          shown_time(found.until), shown_time(found.would_fire));
    case stopped_by::threshold:
      return threshold_text(found, shown_time);
    case stopped_by::inhibition:
      break;
  }
  const auto line = fmt::format("inhibition: without any it would have fired at {}", shown_time(found.would_fire));
  if (!found.holder) return line + "; no inhibitory spike held it alone";
  return fmt::format("{}; without the spike of {} alone at {}", line, located_name(names.populations, *found.holder),
                     shown_time(found.without_holder));
}

std::string changed_spikes_text(const inspected_names& names, const run_comparison& found) {
  if (found.changed.empty()) return "the same spikes\n";
  table rows{{"layer", "moved", "vanished", "appeared"}};
  for (std::size_t p = 0; p < found.layers.size(); ++p) {
    const auto& layer = found.layers[p];
    rows.push_back({population_name(names.populations[p].name), grouped(layer.moved), grouped(layer.vanished),
                    grouped(layer.appeared)});
  }
  const auto listed = std::span(found.changed).first(std::min(shown, found.changed.size()));
  std::vector<double> times;
  for (const auto& c : listed) times.insert(times.end(), {c.before, c.after});
  const short_times shown_time(times);
  table spikes{{"spike of", "before", "after"}};
  for (const auto& c : listed) {
    spikes.push_back({neuron_name(names.populations, c.id), shown_time.text(c.before, "silent"),
                      shown_time.text(c.after, "silent")});
  }
  add_positions(spikes, 0, names, listed, &changed_spike_time::id);
  auto text = headed(rows) + "\n" + headed(spikes);
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
  return neuron_name(names.populations.back().name, d.output);
}

event_words words_for(const inspected_names& names, const pending_event_info& e) {
  const auto population = population_name(names.populations[e.population].name);
  if (e.kind == pending_kind::arrival) return {"arrival", neuron_name(names.populations, *e.neuron), population};
  if (e.kind == pending_kind::fire_phase) return {"start of fire phase", population, ""};
  return {"prediction", e.neuron ? neuron_name(names.populations, *e.neuron) : "first of " + population, ""};
}

std::string breaktime_of(std::span<const breakpoint> all, std::size_t index) {
  return fmt::format("break {} ({})", index + 1, all[index].name);
}

std::string stop_text(const inspected_names& names, std::span<const breakpoint> all, const run_goal& goal,
                      const run_done& done) {
  if (done.stopped_by == run_stop::breakpoint) return breaktime_of(all, done.breakpoint);
  if (done.stopped_by == run_stop::until) return fmt::format("t = {}", goal.until);
  if (!goal.neuron) return "the end";
  const auto name = neuron_name(names.populations, *goal.neuron);
  return done.stopped_by == run_stop::fired ? name + " fired" : fmt::format("the end, {} silent", name);
}

std::string opening_text(const inspected_names& names, const run_point& at, double t_max, std::size_t memory_bound) {
  table rows{{"layer", "neurons"}};
  for (const auto& p : names.populations) {
    rows.push_back({population_name(p.name), grouped(p.size)});
    if (p.shape == grid{}) continue;
    rows[0] = {"layer", "neurons", "rows x columns x channels"};
    rows.back().push_back(fmt::format("{} x {} x {}", p.shape.rows, p.shape.columns, p.shape.channels));
  }
  const auto gib = static_cast<double>(memory_bound) / (1 << 30);
  const auto memory = gib > 2 ? fmt::format("; going back takes up to {:.1f} GiB of memory", gib) : "";
  return lines_of(
      fmt::format("{}\n{} events pending, window [0, {}){}\n", headed(rows), grouped(at.pending), t_max, memory));
}

std::string steps_text(const inspected_names& names, const steps_done& done, std::span<const breakpoint> breakpoints) {
  const bool phases = any_fire_phase(names);
  std::vector<double> times;
  for (const auto& now : done.instants) times.push_back(now.time);
  const short_times shown_time(times);
  table rows{{"instant", "time", "retracted"}};
  if (phases) rows[0].push_back("fire phase of");
  for (const auto& now : done.instants) {
    rows.push_back({fmt::format("{}", now.position), shown_time(now.time), fmt::format("{}", now.retracted)});
    std::vector<std::string> began;
    for (const auto p : now.began) began.push_back(population_name(names.populations[p].name));
    if (phases) rows.back().push_back(joined(began, " "));
  }
  // Who fired gets up to half of the rest of the line, and who sent what arrived all that is left then.
  const auto add = [&](std::size_t column, const std::string& heading, std::size_t room, auto ids_of) {
    rows[0].insert(rows[0].begin() + static_cast<std::ptrdiff_t>(column), heading);
    for (std::size_t i = 0; i < done.instants.size(); ++i) {
      auto& row = rows[i + 1];
      row.insert(row.begin() + static_cast<std::ptrdiff_t>(column),
                 some_names(names, ids_of(done.instants[i]), 4, room));
    }
  };
  add(3, "fired", room_beside(rows) / 2, [](const instant& now) { return std::span(now.fired); });
  add(2, "arrived", room_beside(rows), [](const instant& now) { return std::span(now.senders); });
  auto text = rows.size() > 1 ? headed(rows) : "";
  text += changes_text(names, done.watched);
  if (done.breakpoint) text += fmt::format("stopped by {}\n", breaktime_of(breakpoints, *done.breakpoint));
  return lines_of(text + (done.at_end ? "the end, nothing is pending\n" : ""));
}

std::string run_text(const inspected_names& names, const run_done& done, const std::string& stop) {
  table rows{{"layer", "spikes", "in all"}};
  for (std::size_t p = 0; p < names.populations.size(); ++p) {
    rows.push_back(
        {population_name(names.populations[p].name), grouped(done.new_spikes[p]), grouped(done.to.spikes[p])});
  }
  const short_times shown_time({done.from.time, done.to.time});
  return lines_of(fmt::format("from {} to {}, after instant {}; stopped by {}\n\n{}{}", time_of(done.from, shown_time),
                              time_of(done.to, shown_time), done.to.instant, stop, headed(rows),
                              changes_text(names, done.watched)));
}

std::string point_text(const run_point& at) { return point_text(at, short_times({at.time})); }

std::string place_text(const inspected_names& names, const run_point& at) {
  std::vector<std::string> spikes;
  for (std::size_t p = 0; p < names.populations.size(); ++p) {
    spikes.push_back(fmt::format("{} {}", population_name(names.populations[p].name), grouped(at.spikes[p])));
  }
  const short_times shown_time({at.time, at.next_time});
  return lines_of(fmt::format("{}; spikes: {}; {}\n", point_text(at, shown_time), joined(spikes),
                              at.at_end ? "nothing is pending" : "next at t = " + shown_time(at.next_time)));
}

std::string breakpoints_text(std::span<const breakpoint> all) {
  std::string text;
  for (std::size_t b = 0; b < all.size(); ++b) text += breaktime_of(all, b) + "\n";
  return text.empty() ? "no breaks\n" : text;
}

std::string watched_text(const inspected_names& names, std::span<const std::uint32_t> ids) {
  std::string text;
  for (const auto id : ids) text += fmt::format("watching {}\n", located_name(names.populations, id));
  return text.empty() ? "watching nothing\n" : text;
}

std::string queue_text(const inspected_names& names, std::size_t pending, std::span<const pending_event_info> events) {
  if (events.empty()) return "nothing is pending\n";
  std::vector<double> times;
  for (const auto& e : events) times.push_back(e.time);
  const short_times shown_time(times);
  table rows{{"time", "event", "of", "to", ""}};
  for (const auto& e : events) {
    const auto what = words_for(names, e);
    rows.push_back({shown_time(e.time), what.kind, what.whose, what.where, e.retracted ? "retracted" : ""});
  }
  add_positions(rows, 2, names, events, &pending_event_info::neuron);
  const auto part = pending > events.size() ? fmt::format(", the first {}:", events.size()) : "";
  return lines_of(fmt::format("{} pending{}\n{}", grouped(pending), part, headed(rows)));
}

std::string layers_text(const inspected_names& names, const run_point& at, std::span<const layer_state> layers,
                        const run_decision& decision) {
  std::vector<double> times;
  for (const auto& layer : layers) times.insert(times.end(), {layer.first, layer.latest});
  times.insert(times.end(), {at.time, decision.time});
  const short_times shown_time(times);
  table rows{{"layer", "neurons", "fired", "first", "latest"}};
  for (std::size_t p = 0; p < layers.size(); ++p) {
    rows.push_back({population_name(names.populations[p].name), grouped(names.populations[p].size),
                    grouped(layers[p].fired), shown_time(layers[p].first), shown_time(layers[p].latest)});
  }
  return lines_of(fmt::format("{}, {} events pending\n\n{}\ndecision: {}\n", point_text(at, shown_time),
                              grouped(at.pending), headed(rows), decision_text(names, decision, shown_time)));
}

std::string neuron_text(const inspected_names& names, const run_point& at, const neuron_state& state) {
  const auto& m = state.now;
  const auto name = located_name(names.populations, m.id);
  const short_times shown_time({at.time, m.spike_time, m.crossing, state.closes});
  const auto spike_time = shown_time.text(m.spike_time, "silent");
  if (state.given) return fmt::format("{} is a source; fires at: {}\n", name, spike_time);
  table rows{{"v_m", short_text(m.v_m), share_text(m.v_m / m.v_th) + " of v_th"},
             {"v_th", short_text(m.v_th), ""},
             {"slope", short_text(m.slope), "per step"},
             {"predicted", shown_time(m.crossing), ""},
             {"spike_time", spike_time, ""}};
  const auto& layer = population_of(names, m.id);
  if (layer.t_fire != never) {
    rows.insert(rows.begin() + 2, {{"threshold", short_text(m.threshold), ""},
                                   {"fire phase", fmt::format("{} to {}", layer.t_fire, shown_time(state.closes)),
                                    fmt::format("threshold falls by {:.6g} per step", layer.threshold_slope)}});
  }
  return lines_of(fmt::format("{} at {}\n{}", name, time_of(at, shown_time), table_text(rows, false)));
}

std::string nearest_text(const inspected_names& names, std::span<const membrane> nearest) {
  if (nearest.empty()) return "no neuron is left below its threshold\n";
  std::vector<double> times;
  for (const auto& m : nearest) times.push_back(m.crossing);
  const short_times shown_time(times);
  table rows{{"neuron", "v_m", "v_th", "of v_th", "predicted"}};
  for (const auto& m : nearest) {
    rows.push_back({neuron_name(names.populations, m.id), short_text(m.v_m), short_text(m.v_th),
                    share_text(m.v_m / m.v_th), shown_time(m.crossing)});
    if (m.threshold < m.v_th) rows.back().push_back(fmt::format("threshold {:.6g}", m.threshold));
  }
  add_positions(rows, 0, names, nearest, &membrane::id);
  return lines_of(headed(rows));
}

std::string why_text(const inspected_names& names, const spike_explanation& found, bool all) {
  const auto& why = found.why;
  const short_times shown_time({why.spike_time, why.without_critical, why.t_fire, found.until});
  const auto most = all ? std::max({why.causes.size(), found.roots.size(), found.critical_chain.size()}) : shown_of_why;
  const auto causes = largest_of(why.causes, most);
  auto roots = found.roots;
  if (!all)
    std::erase_if(roots, [&](const root& r) { return std::ranges::find(causes, r.id, &cause::pre) != causes.end(); });
  const bool repeats = roots.size() == found.roots.size();
  const bool complete =
      causes.size() == why.causes.size() && found.critical_chain.size() <= most && roots.size() <= most;
  roots.resize(std::min(most, roots.size()));
  auto text = fmt::format("{} fired at {}, v_m = {:.6g}, v_th = {:.6g}", located_name(names.populations, why.id),
                          shown_time(why.spike_time), why.v_m, why.v_th);
  if (why.t_fire != never) {
    text += why.spike_time > why.t_fire
                ? fmt::format("; in its fire phase, since {}, the threshold fell to v_m", shown_time(why.t_fire))
                : std::string("; it fired as its fire phase began, v_m was not below v_th");
  }
  const auto more = fmt::format("why {} all shows everything\n", neuron_name(names.populations, why.id));
  return lines_of(fmt::format("{}\n{}\n{}\n{}{}", text, causes_text(names, why, causes),
                              critical_text(names, found, most, shown_time),
                              roots_text(names, found.roots.size(), roots, repeats), complete ? "" : more));
}

std::string why_not_text(const inspected_names& names, const silence& found) {
  const short_times shown_time({found.until, found.peak_time, found.t_fire, found.closes, found.would_fire,
                                found.predicted, found.without_holder});
  const auto* looked_at = found.t_fire == never            ? "closest at"
                          : found.peak_time < found.t_fire ? "integrated up to"
                                                           : "as the fire phase began at";
  return lines_of(fmt::format(
      "{} is silent up to t = {}\n{} {}: v_m = {:.6g}, {} of v_th = {:.6g} (excitation {}, inhibition {})\n"
      "stopped by {}\n",
      located_name(names.populations, found.id), shown_time(found.until), looked_at, shown_time(found.peak_time),
      found.peak_v_m, share_text(found.peak_v_m / found.v_th), found.v_th, share_text(found.excitation),
      share_text(found.inhibition), what_stopped_it(names, found, shown_time)));
}

std::string comparison_text(const inspected_names& names, const std::string& change, const run_comparison& found) {
  const short_times shown_time({found.before.time, found.after.time});
  const auto now = decision_text(names, found.after, shown_time);
  return lines_of(fmt::format("the whole run, {}\n\n{}\ndecision: {}\n", change, changed_spikes_text(names, found),
                              found.before == found.after
                                  ? now + ", as before"
                                  : fmt::format("{}; it was {}", now, decision_text(names, found.before, shown_time))));
}

}  // namespace firstspike
