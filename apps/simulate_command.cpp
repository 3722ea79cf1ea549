// firstspike simulate: runs a network over images or spikes, counts, and writes a trace.
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/decisions_text.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/training/build_description.hpp"
#include "firstspike/training/sample_runs.hpp"

namespace firstspike {
namespace {

struct simulate_options {
  common_options common;
  model_options model;
  sample_options samples;
  std::optional<std::string> trace;
  std::optional<std::vector<std::string>> record;
  bool potentials = false;
  bool early_exit = false;
};

command_line simulate_line(simulate_options& o) {
  command_line line("simulate", "Run a network over images or spikes.");
  add_model_options(line, o.model, true);
  add_sample_options(line, o.samples, true);
  line.group("Output");
  line.add("trace", o.trace, file_path("OUT.h5"), "write all spikes to a trace");
  line.add("record", o.record, layer_names("LAYERS|none"), "layers that --trace and --potentials hold (default: all)");
  line.flag("potentials", o.potentials, "print times and membrane potentials of one sample");
  line.group("Run");
  line.flag("early-exit", o.early_exit, "stop each run at its first output spike");
  add_common(line, o.common, {.threads = true, .files = true});
  return line;
}

bool parse(command_line& line, const simulate_options& o, std::span<const std::string> arguments) {
  if (!line.parse(arguments)) return false;
  check_network_and_input(line, o.model, o.samples);
  check_early_exit(o.early_exit, o.model.engine);
  const bool none = o.record == std::vector<std::string>{"none"};
  if (none && (o.trace || o.potentials)) {
    throw usage_error(
        fmt::format("--record = 'none' and --{}, allowed: one of them", o.trace ? "trace" : "potentials"));
  }
  if (o.record && !none && !o.trace && !o.potentials) {
    throw usage_error("--record needs --trace or --potentials, which hold the layers");
  }
  if (o.common.overwrite && !o.trace) throw usage_error("--overwrite needs --trace, the file that may be replaced");
  return true;
}

/// The populations that --record names; default: all.
std::vector<std::string> recorded_layers(const simulate_options& o, std::span<const population> populations) {
  std::vector<std::string> names;
  for (const auto& p : populations) names.push_back(p.name);
  if (!o.record) return names;
  auto recorded = *o.record;
  std::erase(recorded, "none");
  try {
    for (const auto& wanted : recorded) population_index(populations, wanted);
  } catch (const std::invalid_argument& unknown) {
    throw usage_error(fmt::format("--record: {}", unknown.what()));
  }
  return recorded;
}

json_object totals_json(const std::string& data, const sample_totals& totals, std::span<const population> populations) {
  json_object object{{"data", data},
                     {"images", totals.samples},
                     {"seconds", totals.seconds},
                     {"scheduler", schedulers().show(totals.engine)},
                     {"spikes", json_object::object()}};
  for (std::size_t p = 0; p < populations.size(); ++p) object["spikes"][populations[p].name] = totals.spikes[p];
  object["synaptic_events"] = totals.synaptic_events;
  if (totals.decisions.images > 0) add_decisions(object, totals);
  return object;
}

std::string totals_text(const std::string& data, const sample_totals& totals, std::span<const population> populations) {
  const auto samples = static_cast<double>(totals.samples);
  std::vector<std::vector<std::string>> rows{{"layer", "neurons", "spikes", "per image"}};
  for (std::size_t p = 0; p < populations.size(); ++p) {
    rows.push_back({populations[p].name, grouped(populations[p].size), grouped(totals.spikes[p]),
                    fmt::format("{:.2f}", static_cast<double>(totals.spikes[p]) / samples)});
  }
  auto text = fmt::format("{}: {}, {} in the engine, {:.4g} images/s\n\n", printable(data), images_text(totals.samples),
                          duration_text(totals.seconds), samples / totals.seconds);
  text += table_text(rows) +
          fmt::format("\nsynaptic events  {}, {:.3g}/s\nscheduler        {}\n", grouped(totals.synaptic_events),
                      static_cast<double>(totals.synaptic_events) / totals.seconds, schedulers().show(totals.engine));
  return totals.decisions.images > 0 ? fmt::format("{}\n{}", text, decisions_text(totals)) : text;
}

struct one_decision_output {
  json_object json;
  std::string text;
};

/// The decision of the only sample of a record with potentials.
one_decision_output decision_of(const spike_record& record, const loaded_model& model,
                                std::span<const std::uint8_t> labels) {
  const auto outputs = model.label_of_output.size();
  const auto times = record.times_of(0).last(outputs), v_m = record.v_m_of(0).last(outputs);
  const auto decided = decide(times, v_m, 0, model.t_max);
  const auto label = labels.empty() ? std::optional<unsigned>() : std::optional<unsigned>(labels[0]);
  return {{{"label", model.label_of_output[decided.output]}, {"time", decided.tau}, {"silent", decided.silent}},
          fmt::format("\nthe network {}\n", decision_text(times, v_m, model.label_of_output, label))};
}

/// Calls visit(population, times [neuron], v_m [neuron]) for each population that is wanted.
template <class Visit>
void for_each_layer(const spike_record& record, std::span<const population> populations,
                    const std::vector<std::string>& layers, const Visit& visit) {
  std::size_t first = 0;
  for (const auto& p : populations) {
    const bool wanted = std::find(layers.begin(), layers.end(), p.name) != layers.end();
    if (wanted && p.kind == population_kind::neurons) {
      visit(p, record.times_of(0).subspan(first, p.size), record.v_m_of(0).subspan(first, p.size));
    }
    first += p.size;
  }
}

json_object potentials_json(const spike_record& record, std::span<const population> populations,
                            const std::vector<std::string>& layers) {
  auto object = json_object::object();
  for_each_layer(record, populations, layers, [&](const population& p, auto times, auto v_m) {
    object[p.name] = {{"time", std::vector(times.begin(), times.end())}, {"v_m", std::vector(v_m.begin(), v_m.end())}};
  });
  return object;
}

std::string potentials_text(const spike_record& record, std::span<const population> populations,
                            const std::vector<std::string>& layers) {
  std::vector<std::vector<std::string>> rows{{"neuron", "time [steps]", "v_m"}};
  for_each_layer(record, populations, layers, [&](const population& p, auto times, auto v_m) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      rows.push_back({neuron_name(p.name, i), times[i] == never ? "silent" : fmt::format("{:.7g}", times[i]),
                      fmt::format("{:.7g}", v_m[i])});
    }
  });
  return table_text(rows);
}

}  // namespace

command_description describe_simulate() { return described<simulate_line>(); }

int run_simulate(std::span<const std::string> arguments) {
  simulate_options o;
  auto line = simulate_line(o);
  if (!parse(line, o, arguments)) return exit_done;
  o.model.import.encodes_images = !o.samples.spikes;
  const auto model = load_model(line, o.model);
  const auto populations = populations_of(model);
  const auto layers = recorded_layers(o, populations);
  const auto input = load_samples(line, o.samples, model);
  if (o.potentials && input.count != 1) {
    throw usage_error(fmt::format("--potentials of {} samples, allowed: one; --samples K:K+1 chooses it", input.count));
  }
  sample_run_options run{{o.model.engine, o.common.threads}, o.potentials, o.early_exit};
  if (o.trace) {
    run.trace = {*o.trace, layers, metadata_of_run(command_text("simulate", arguments), {}, model.t_max),
                 o.common.overwrite};
  }
  spike_record last;
  const bool one_decision = input.count == 1 && !model.label_of_output.empty();
  run.potentials = run.potentials || one_decision;
  if (o.potentials || one_decision) run.on_record = [&last](const spike_record& record) { last = record; };
  const auto totals = run_samples(model, input, run, show_progress("simulate", "images"));
  auto object = totals_json(input.from, totals, populations);
  if (o.samples.first_spikes) object["spikes_left_out"] = input.spikes_left_out;
  auto text = totals_text(input.from, totals, populations);
  if (one_decision) {
    const auto decided = decision_of(last, model, input.labels);
    object["decision"] = decided.json;
    text += decided.text;
  }
  if (o.potentials) {
    object["potentials"] = potentials_json(last, populations, layers);
    text += "\n" + potentials_text(last, populations, layers);
  }
  print_result(o.common.json, object, text);
  return exit_done;
}

}  // namespace firstspike
