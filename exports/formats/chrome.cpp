// Chrome trace: spikes as slices, causes as arrows.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/exports/chrome_trace.hpp"
#include "firstspike/exports/formats.hpp"
#include "firstspike/inspect/causes.hpp"

namespace firstspike {
namespace {

using json_object = nlohmann::ordered_json;

constexpr double microseconds = 1000;  // one step

std::string quoted(const std::string& text) {
  return json_object(text).dump(-1, ' ', false, json_object::error_handler_t::replace);
}

/// Collects events and writes them in large pieces.
class event_list {
 public:
  event_list(const text_sink& out, std::string head) : out_(&out), text_(std::move(head)) {}

  template <class... Values>
  void add(fmt::format_string<Values...> form, Values&&... values) {
    constexpr std::size_t enough = 1 << 16;
    text_ += first_ ? "\n" : ",\n";
    first_ = false;
    text_ += fmt::format(form, std::forward<Values>(values)...);
    if (text_.size() >= enough) flush();
  }
  void finish() {
    text_ += "\n]}\n";
    flush();
  }

 private:
  void flush() {
    (*out_)(text_);
    text_.clear();
  }
  const text_sink* out_;
  std::string text_;
  bool first_ = true;
};

struct shown_spike {
  std::size_t population;  // of the selected spikes
  std::uint64_t neuron;
  double time;  // [steps]
  std::uint64_t track = 0;
};

/// State common to all samples.
struct chrome_export {
  const trace_file& from;
  const spike_trace& chosen;  // its samples are counted from first_sample
  std::span<const traced_model> models;
  std::vector<incoming_synapses> incoming;  // [model]
  std::vector<std::size_t> layer_order;     // [population of chosen]
  chrome_limits limits;
  std::size_t first_sample;
  std::uint64_t next_track;
  event_list events;
  chrome_totals totals{};
  bool flows_full = false;
};

/// Spikes by time, up to the remaining limit.
std::vector<shown_spike> spikes_of_sample(chrome_export& e, std::size_t row) {
  std::vector<shown_spike> spikes;
  for (std::size_t i = 0; i < e.chosen.populations.size(); ++i) {
    const auto& p = e.chosen.populations[i];
    if (row >= p.samples()) continue;
    for (const auto at : events_by_time(p, row)) spikes.push_back({i, p.node_ids[at], p.timestamps[at]});
  }
  std::ranges::stable_sort(spikes, {}, &shown_spike::time);
  const auto shown = std::min<std::uint64_t>(spikes.size(), e.limits.most_spikes - e.totals.spikes);
  e.totals.spikes_left_out += spikes.size() - shown;
  e.totals.spikes += shown;
  spikes.resize(shown);
  return spikes;
}

std::uint64_t process_of(std::size_t sample) { return sample + 1; }  // process 0 is the idle one

void add_name(chrome_export& e, const char* what, std::uint64_t process, std::uint64_t track, const std::string& name) {
  e.events.add(R"({{"ph":"M","name":"{}_name","pid":{},"tid":{},"args":{{"name":{}}}}})", what, process, track,
               quoted(name));
  e.events.add(R"({{"ph":"M","name":"{}_sort_index","pid":{},"tid":{},"args":{{"sort_index":{}}}}})", what, process,
               track, what[0] == 'p' ? process : track);
}

/// Layers in the order of the networks; layers of no network come last.
std::vector<std::size_t> order_of_layers(const spike_trace& chosen, std::span<const traced_model> models) {
  std::vector<std::string> names;
  for (const auto& m : models) {
    for (const auto& p : populations_of(m.model)) names.push_back(m.prefix + p.name);
  }
  for (const auto& p : chosen.populations) names.push_back(p.name);
  std::vector<std::size_t> order;
  for (const auto& p : chosen.populations) {
    order.push_back(static_cast<std::size_t>(std::ranges::find(names, p.name) - names.begin()));
  }
  return order;
}

/// Numbers tracks by layer, then neuron. A number is used once in the file, because readers identify threads by it.
void add_tracks(chrome_export& e, std::size_t sample, std::vector<shown_spike>& spikes) {
  const auto process = process_of(sample);
  std::vector<shown_spike*> by_neuron;
  for (auto& s : spikes) by_neuron.push_back(&s);
  std::ranges::sort(by_neuron, {},
                    [&](const shown_spike* s) { return std::tuple(e.layer_order[s->population], s->neuron); });
  if (!spikes.empty()) add_name(e, "process", process, 0, fmt::format("sample {}", sample));
  if (!spikes.empty() && sample < e.from.trace.labels.size()) {
    e.events.add(R"({{"ph":"M","name":"process_labels","pid":{},"tid":0,"args":{{"labels":"label {}"}}}})", process,
                 e.from.trace.labels[sample]);
  }
  for (auto* s : by_neuron) {
    s->track = e.next_track++;
    add_name(e, "thread", process, s->track, fmt::format("{}:{}", e.chosen.populations[s->population].name, s->neuron));
  }
}

void add_spike(chrome_export& e, std::size_t sample, const shown_spike& s) {
  const auto& layer = e.chosen.populations[s.population].name;
  e.events.add(R"({{"ph":"X","cat":"spike","name":{},"pid":{},"tid":{},"ts":{},"dur":{},)"
               R"("args":{{"layer":{},"neuron":{},"sample":{},"time":{}}}}})",
               quoted(fmt::format("{}:{}", layer, s.neuron)), process_of(sample), s.track, s.time * microseconds,
               microseconds, quoted(layer), s.neuron, sample, s.time);
}

void add_flow(chrome_export& e, std::size_t sample, const cause& c, std::uint64_t from, const shown_spike& to) {
  const auto id = ++e.totals.flows;
  e.events.add(R"({{"ph":"s","cat":"cause","name":"cause","id":{},"pid":{},"tid":{},"ts":{}}})", id, process_of(sample),
               from, c.spike_time * microseconds);
  e.events.add(R"({{"ph":"f","bp":"e","cat":"cause","name":"cause","id":{},"pid":{},"tid":{},"ts":{},)"
               R"("args":{{"arrival":{},"weight":{},"share":{}}}}})",
               id, process_of(sample), to.track, to.time * microseconds, c.arrival, c.weight, c.share);
}

/// Flows into one spike, from neurons with tracks [neuron] that are not 0. Returns false if they exceed the limit.
template <class Real>
bool add_flows_into(chrome_export& e, std::size_t sample, const observed_run<Real>& run, std::uint32_t id,
                    const shown_spike& spike, std::span<const std::uint64_t> tracks) {
  auto causes = explain_causes(run, id).causes;
  std::erase_if(causes, [&](const cause& c) { return tracks[c.pre] == 0; });
  if (causes.size() > e.limits.most_flows - e.totals.flows) return false;
  for (const auto& c : causes) add_flow(e, sample, c, tracks[c.pre], spike);
  return true;
}

/// The written spikes of a network, and the track of each of its neurons, 0 without a written spike.
struct shown_of_model {
  std::vector<std::pair<std::uint32_t, const shown_spike*>> effects;  // of neurons, by time
  std::vector<std::uint64_t> tracks;                                  // [neuron]
};

template <class Real>
shown_of_model shown_in(const chrome_export& e, const network<Real>& net, const std::string& prefix,
                        const std::vector<shown_spike>& spikes) {
  shown_of_model shown{{}, std::vector<std::uint64_t>(net.neuron_count())};
  for (const auto& s : spikes) {
    for (std::size_t p = 0; p < net.populations().size(); ++p) {
      if (prefix + net.populations()[p].name != e.chosen.populations[s.population].name) continue;
      const auto id = net.first_id(p) + static_cast<std::uint32_t>(s.neuron);
      shown.tracks[id] = s.track;
      if (net.populations()[p].kind == population_kind::neurons) shown.effects.emplace_back(id, &s);
    }
  }
  return shown;
}

template <class Real>
void add_flows(chrome_export& e, const network<Real>& net, std::size_t model, std::size_t sample,
               const std::vector<shown_spike>& spikes) {
  const auto& traced = e.models[model];
  const auto shown = shown_in(e, net, traced.prefix, spikes);
  event_simulation<Real> run(net);
  run.start(recorded_sources(e.from.trace, traced, sample), traced.model.t_max);
  while (!e.flows_full && run.step()) {
  }
  if (!e.flows_full) check_same_spikes(e.from, traced, sample, run.spike_times());
  const observed_run<Real> observed{net, e.incoming[model], run.spike_times(), traced.model.t_max, traced.model.t_max};
  for (const auto& [id, spike] : shown.effects) {
    e.flows_full = e.flows_full || !add_flows_into(e, sample, observed, id, *spike, shown.tracks);
    e.totals.spikes_without_flows += e.flows_full;
  }
}

void add_sample(chrome_export& e, std::size_t row) {
  const auto sample = e.first_sample + row;
  auto spikes = spikes_of_sample(e, row);
  add_tracks(e, sample, spikes);
  for (const auto& s : spikes) add_spike(e, sample, s);
  if (spikes.empty()) return;
  for (std::size_t m = 0; m < e.models.size(); ++m) {
    if (sample >= samples_of(e.from.trace, e.models[m])) continue;
    std::visit([&](const auto& net) { add_flows(e, net, m, sample, spikes); }, e.models[m].model.net);
  }
}

std::string heading(const trace_file& from) {
  auto metadata = json_object::object();
  metadata["trace"] = from.path;
  for (const auto& [name, value] : from.trace.metadata) metadata[name] = metadata_text(value);
  return fmt::format(R"({{"displayTimeUnit":"ms","otherData":{},"traceEvents":[)",
                     metadata.dump(-1, ' ', false, json_object::error_handler_t::replace));
}

export_result export_as_chrome(const export_call& call, const text_sink& out) {
  const auto& o = call.options;
  const auto models = models_of(call);
  chrome_limits limits;
  limits.most_spikes = o.most_spikes.value_or(limits.most_spikes);
  limits.most_flows = o.most_flows.value_or(limits.most_flows);
  const auto totals = export_chrome(call.from, models, o.selection, limits, out, call.progress);
  require(
      o.lossy || o.most_spikes || totals.spikes_left_out == 0,
      "most_spikes = {}, but {} spikes are chosen; give another bound, choose fewer spikes, or allow a lossy export",
      limits.most_spikes, totals.spikes + totals.spikes_left_out);
  require(
      o.lossy || o.most_flows || totals.spikes_without_flows == 0,
      "most_flows = {}, and {} spikes are left without their causes; give another bound, choose fewer spikes, or allow "
      "a lossy export",
      limits.most_flows, totals.spikes_without_flows);
  return {.models = models.size(),
          .spikes = totals.spikes,
          .flows = totals.flows,
          .spikes_left_out = totals.spikes_left_out,
          .spikes_without_flows = totals.spikes_without_flows};
}

}  // namespace

chrome_totals export_chrome(const trace_file& from, std::span<const traced_model> models,
                            const spike_selection& selection, const chrome_limits& limits, const text_sink& out,
                            const progress_callback& progress) {
  const auto [first, end] = chosen_samples(from.trace, selection);
  const auto chosen = chosen_spikes(from, selection);
  std::vector<incoming_synapses> incoming;
  for (const auto& m : models) {
    incoming.push_back(std::visit([](const auto& net) { return list_incoming(net); }, m.model.net));
  }
  chrome_export e{.from = from,
                  .chosen = chosen,
                  .models = models,
                  .incoming = std::move(incoming),
                  .layer_order = order_of_layers(chosen, models),
                  .limits = limits,
                  .first_sample = first,
                  .next_track = process_of(end),
                  .events = event_list(out, heading(from))};
  for (std::size_t row = 0; row < end - first; ++row) {
    report_progress(progress, row, end - first);
    add_sample(e, row);
  }
  e.events.finish();
  report_progress(progress, end - first, end - first);
  return e.totals;
}

chrome_totals export_chrome(const trace_file& from, std::span<const traced_model> models,
                            const spike_selection& selection, const chrome_limits& limits, const std::string& path,
                            bool overwrite, const progress_callback& progress) {
  chrome_totals totals;
  write_text_file(path, overwrite, [&](const text_sink& sink) {
    totals = export_chrome(from, models, selection, limits, sink, progress);
  });
  return totals;
}

export_format chrome_format() {
  return {.name = "chrome",
          .fields = {"layers", "most_spikes", "most_flows", "model", "precision", "lossy"},
          .endings = {".json"},
          .to_text = export_as_chrome};
}

}  // namespace firstspike
