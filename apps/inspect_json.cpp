// firstspike inspect: results as JSON.
#include "firstspike/apps/inspect_session.hpp"
#include "firstspike/inspect/neuron_names.hpp"

namespace firstspike {
namespace {

/// Null for never.
json_object time_json(double t) { return t == never ? json_object(nullptr) : json_object(t); }

json_object name_json(const inspected_names& names, std::optional<std::uint32_t> id) {
  return id ? json_object(neuron_name(names.populations, *id)) : json_object(nullptr);
}

/// The object with the position of a neuron in the grid of its population, if that has a shape: the keys row, column
/// and channel after `prefix`.
json_object located(json_object object, const inspected_names& names, std::optional<std::uint32_t> id,
                    const std::string& prefix = "") {
  const auto at = id ? position_of(names.populations, *id) : std::nullopt;
  if (at)
    object.update({{prefix + "row", at->row}, {prefix + "column", at->column}, {prefix + "channel", at->channel}});
  return object;
}

template <class Ids>
json_object names_json(const inspected_names& names, const Ids& ids) {
  auto all = json_object::array();
  for (const auto id : ids) all.push_back(neuron_name(names.populations, id));
  return all;
}

json_object decision_json(const inspected_names& names, const run_decision& d) {
  if (d.state != decision_state::decided) return nullptr;
  json_object object{{"output", output_name(names, d)}};
  if (!names.label_of_output.empty()) object["label"] = names.label_of_output[d.output];
  object["time"] = time_json(d.time);
  return object;
}

void add_watched(std::vector<json_object>& to, const inspected_names& names, std::span<const watched_change> changes) {
  for (const auto& c : changes) {
    to.push_back(located({{"command", "watch"},
                          {"neuron", neuron_name(names.populations, c.now.id)},
                          {"time", c.time},
                          {"heard", names_json(names, c.received)},
                          {"weight", c.weight},
                          {"v_m", c.now.v_m},
                          {"v_th", c.now.v_th},
                          {"predicted", time_json(c.now.crossing)},
                          {"spike_time", time_json(c.now.spike_time)}},
                         names, c.now.id));
  }
}

json_object instant_json(const inspected_names& names, const instant& now) {
  auto began = json_object::array();
  for (const auto p : now.began) began.push_back(names.populations[p].name);
  return {{"command", "next"},          {"instant", now.position},
          {"time", now.time},           {"arrived", names_json(names, now.senders)},
          {"retracted", now.retracted}, {"fired", names_json(names, now.fired)},
          {"fire_phase_began", began}};
}

/// {layer: count}.
json_object counts_json(const inspected_names& names, std::span<const std::size_t> counts) {
  auto object = json_object::object();
  for (std::size_t p = 0; p < counts.size(); ++p) object[names.populations[p].name] = counts[p];
  return object;
}

constexpr std::string_view name_of(stopped_by what) {
  constexpr std::string_view texts[] = {"nothing_so_far", "fire_phase_ahead", "nothing_arrived", "too_little",
                                        "inhibition",     "window",           "late_arrivals",   "threshold"};
  return texts[static_cast<std::size_t>(what)];
}

}  // namespace

json_object opening_json(const inspected_names& names, const run_point& at, double t_max, std::size_t memory_bound) {
  auto layers = json_object::object(), shapes = json_object::object();
  for (const auto& p : names.populations) {
    layers[p.name] = p.size;
    if (p.shape != grid{}) shapes[p.name] = {p.shape.rows, p.shape.columns, p.shape.channels};
  }
  return {{"command", "open"},     {"layers", layers}, {"shapes", shapes},
          {"pending", at.pending}, {"t_max", t_max},   {"memory_bound", memory_bound}};
}

std::vector<json_object> steps_json(const inspected_names& names, const steps_done& done) {
  std::vector<json_object> objects;
  for (const auto& now : done.instants) objects.push_back(instant_json(names, now));
  add_watched(objects, names, done.watched);
  if (objects.empty()) objects.push_back({{"command", "next"}, {"end", true}});
  return objects;
}

std::vector<json_object> run_json(const inspected_names& names, const run_done& done, const std::string& stop) {
  std::vector<json_object> objects{{{"command", "run"},
                                    {"instant", done.to.instant},
                                    {"time", done.to.time},
                                    {"stopped_by", stop},
                                    {"spikes", counts_json(names, done.new_spikes)}}};
  add_watched(objects, names, done.watched);
  return objects;
}

json_object place_json(const inspected_names& names, const std::string& command, const run_point& at) {
  return {{"command", command},
          {"instant", at.instant},
          {"time", at.instant == 0 ? json_object(nullptr) : json_object(at.time)},
          {"spikes", counts_json(names, at.spikes)},
          {"next_time", time_json(at.next_time)}};
}

json_object breakpoints_json(std::span<const breakpoint> all) {
  auto texts = json_object::array();
  for (const auto& b : all) texts.push_back(b.name);
  return {{"command", "break"}, {"breaks", texts}};
}

json_object watched_json(const inspected_names& names, std::span<const std::uint32_t> ids) {
  return {{"command", "watch"}, {"watched", names_json(names, ids)}};
}

json_object queue_json(const inspected_names& names, std::size_t pending, std::span<const pending_event_info> events) {
  auto list = json_object::array();
  for (const auto& e : events) {
    const auto what = words_for(names, e);
    list.push_back(located({{"time", e.time},
                            {"event", what.kind},
                            {"of", what.whose},
                            {"to", what.where.empty() ? json_object(nullptr) : json_object(what.where)},
                            {"retracted", e.retracted}},
                           names, e.neuron));
  }
  return {{"command", "queue"}, {"pending", pending}, {"events", list}};
}

json_object layers_json(const inspected_names& names, const run_point& at, std::span<const layer_state> layers,
                        const run_decision& decision) {
  auto states = json_object::object();
  for (std::size_t p = 0; p < layers.size(); ++p) {
    states[names.populations[p].name] = {{"neurons", names.populations[p].size},
                                         {"fired", layers[p].fired},
                                         {"first", time_json(layers[p].first)},
                                         {"latest", time_json(layers[p].latest)}};
  }
  return {{"command", "state"},
          {"instant", at.instant},
          {"pending", at.pending},
          {"layers", states},
          {"decision", decision_json(names, decision)}};
}

json_object neuron_json(const inspected_names& names, const neuron_state& state) {
  const auto& m = state.now;
  const auto name = neuron_name(names.populations, m.id);
  if (state.given) {
    return located({{"command", "state"}, {"neuron", name}, {"spike_time", time_json(m.spike_time)}}, names, m.id);
  }
  const auto& layer = population_of(names, m.id);
  return located({{"command", "state"},
                  {"neuron", name},
                  {"v_m", m.v_m},
                  {"v_th", m.v_th},
                  {"threshold", m.threshold},
                  {"t_fire", time_json(layer.t_fire)},
                  {"closes", state.closes},
                  {"threshold_slope", layer.threshold_slope},
                  {"slope", m.slope},
                  {"predicted", time_json(m.crossing)},
                  {"spike_time", time_json(m.spike_time)}},
                 names, m.id);
}

json_object nearest_json(const inspected_names& names, std::span<const membrane> nearest) {
  auto all = json_object::array();
  for (const auto& m : nearest) {
    all.push_back(located({{"neuron", neuron_name(names.populations, m.id)},
                           {"v_m", m.v_m},
                           {"v_th", m.v_th},
                           {"threshold", m.threshold},
                           {"predicted", time_json(m.crossing)}},
                          names, m.id));
  }
  return {{"command", "top"}, {"neurons", all}};
}

json_object why_json(const inspected_names& names, const spike_explanation& found) {
  const auto& why = found.why;
  json_object object{{"command", "why"},
                     {"neuron", neuron_name(names.populations, why.id)},
                     {"spike_time", why.spike_time},
                     {"t_fire", time_json(why.t_fire)},
                     {"v_m", why.v_m},
                     {"v_th", why.v_th},
                     {"critical", name_json(names, why.critical)},
                     {"without_critical", time_json(why.without_critical)}};
  object = located(located(object, names, why.id), names, why.critical, "critical_");
  for (const auto* list : {"causes", "critical_chain", "given"}) object[list] = json_object::array();
  for (const auto& c : why.causes) {
    object["causes"].push_back(located({{"pre", neuron_name(names.populations, c.pre)},
                                        {"spike_time", c.spike_time},
                                        {"arrival", c.arrival},
                                        {"weight", c.weight},
                                        {"share", c.share}},
                                       names, c.pre));
  }
  for (const auto& s : found.critical_chain) {
    object["critical_chain"].push_back(
        located({{"neuron", neuron_name(names.populations, s.source)}, {"spike_time", s.time}}, names, s.source));
  }
  for (const auto& r : found.roots) {
    object["given"].push_back(
        located({{"neuron", neuron_name(names.populations, r.id)}, {"spike_time", r.spike_time}, {"share", r.share}},
                names, r.id));
  }
  return object;
}

json_object why_not_json(const inspected_names& names, const silence& found) {
  json_object object{{"command", "why-not"},
                     {"neuron", neuron_name(names.populations, found.id)},
                     {"until", found.until},
                     {"peak_time", found.peak_time},
                     {"peak_v_m", found.peak_v_m},
                     {"v_th", found.v_th},
                     {"t_fire", time_json(found.t_fire)},
                     {"closes", found.closes},
                     {"lowest_threshold", found.lowest_threshold},
                     {"lost", found.lost},
                     {"excitation", found.excitation},
                     {"inhibition", found.inhibition},
                     {"stopped_by", name_of(found.what)},
                     {"predicted", time_json(found.predicted)},
                     {"would_fire", time_json(found.would_fire)},
                     {"holder", name_json(names, found.holder)},
                     {"without_holder", time_json(found.without_holder)}};
  return located(located(object, names, found.id), names, found.holder, "holder_");
}

json_object comparison_json(const inspected_names& names, const std::string& command, const std::string& change,
                            const run_comparison& found) {
  json_object object{{"command", command},
                     {"change", change},
                     {"layers", json_object::object()},
                     {"changed", json_object::array()},
                     {"decision_before", decision_json(names, found.before)},
                     {"decision", decision_json(names, found.after)}};
  for (std::size_t p = 0; p < found.layers.size(); ++p) {
    const auto& layer = found.layers[p];
    object["layers"][names.populations[p].name] = {
        {"moved", layer.moved}, {"vanished", layer.vanished}, {"appeared", layer.appeared}};
  }
  for (const auto& c : found.changed) {
    object["changed"].push_back(located({{"neuron", neuron_name(names.populations, c.id)},
                                         {"before", time_json(c.before)},
                                         {"after", time_json(c.after)}},
                                        names, c.id));
  }
  if (found.synapses > 0) object["synapses"] = found.synapses;
  return object;
}

}  // namespace firstspike
