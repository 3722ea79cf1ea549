// firstspike trace: describes, checks, converts, compares and replays spike traces.
#include <fmt/core.h>

#include <array>
#include <limits>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/traces/trace_comparison.hpp"
#include "firstspike/traces/trace_description.hpp"
#include "firstspike/training/recording.hpp"

namespace firstspike {
namespace {

struct trace_options {
  common_options common{};
  std::vector<std::string> files{};
  std::uint64_t most = 10;  // spikes that `trace diff` lists of each population
  double tolerance = 0;     // of `trace diff` [steps]
  bool first_spikes = false;
};

constexpr auto any_number = std::numeric_limits<std::size_t>::max();

json_object description_json(const std::string& file, const trace_description& trace) {
  auto populations = json_object::array();
  for (const auto& p : trace.populations) {
    populations.push_back({{"name", p.name},
                           {"neurons", p.neurons},
                           {"samples", p.samples},
                           {"spikes", p.spikes},
                           {"t_start", p.t_start},
                           {"t_stop", p.t_stop},
                           {"left_out", p.left_out},
                           {"sorting", p.sorting}});
  }
  auto metadata = json_object::object();
  for (const auto& [name, value] : trace.metadata) {
    std::visit([&, &name = name](const auto& v) { metadata[name] = v; }, value);
  }
  json_object object{{"file", file}, {"populations", populations}, {"facts", metadata}, {"models", trace.models}};
  object["labels"] = trace.labels;
  return object;
}

std::string description_text(const std::string& file, const trace_description& trace) {
  std::vector<std::vector<std::string>> rows{
      {"population", "neurons", "samples", "spikes", "window [steps]", "sorting"}};
  for (const auto& p : trace.populations) {
    rows.push_back({p.name, grouped(p.neurons), grouped(p.samples), grouped(p.spikes),
                    fmt::format("[{}, {})", p.t_start, p.t_stop), p.sorting});
  }
  std::vector<std::vector<std::string>> metadata;
  for (const auto& [name, value] : trace.metadata) metadata.push_back({name, metadata_text(value)});
  auto text = fmt::format("{}\n\n{}", printable(file), table_text(rows));
  if (!metadata.empty()) text += fmt::format("\n{}", table_text(metadata, false));
  for (const auto& p : trace.populations) {
    if (p.left_out > 0)
      text += fmt::format("\n{}: {} later spikes are left out\n", printable(p.name), grouped(p.left_out));
  }
  if (!trace.labels.empty()) text += fmt::format("\nlabels  of {} samples\n", grouped(trace.labels.size()));
  if (!trace.models.empty()) text += fmt::format("\nmodels  {}\n", printable(joined(trace.models)));
  return text;
}

command_line info_line(trace_options& o) {
  command_line line("trace info", "Populations, spikes, samples, metadata and models of spike traces.");
  line.operands(file_path("FILE..."), o.files, 1, any_number);
  line.flag("first-spikes", o.first_spikes, first_spikes_help);
  add_common(line, o.common);
  return line;
}

int run_info(std::span<const std::string> arguments) {
  trace_options o;
  auto line = info_line(o);
  if (!line.parse(arguments)) return exit_done;
  auto infos = json_object::array();
  for (const auto& file : o.files) {
    const auto trace = describe_trace(file, repeats_allowed(o.first_spikes));
    infos.push_back(description_json(file, trace));
    if (!o.common.json) print((infos.size() > 1 ? "\n" : "") + description_text(file, trace));
  }
  if (o.common.json) print_json({{"files", infos}});
  return exit_done;
}

command_line validate_line(trace_options& o) {
  command_line line("trace validate", "Read spike traces whole, with the models inside; say whether they are valid.");
  line.operands(file_path("FILE..."), o.files, 1, any_number);
  add_common(line, o.common);
  return line;
}

int run_validate(std::span<const std::string> arguments) {
  trace_options o;
  auto line = validate_line(o);
  if (!line.parse(arguments)) return exit_done;
  auto verdicts = json_object::array();
  for (const auto& file : o.files) {
    check_trace(file);
    if (!o.common.json) print(fmt::format("{}: valid\n", printable(file)));
    verdicts.push_back({{"file", file}, {"valid", true}});
  }
  if (o.common.json) print_json({{"files", verdicts}});
  return exit_done;
}

command_line replay_line(trace_options& o) {
  command_line line("trace replay", "The gradient of a recorded training step, computed again from the trace alone.");
  line.operands(file_path("FILE"), o.files, 1, 1);
  add_common(line, o.common, {.threads = true});
  return line;
}

int run_replay(std::span<const std::string> arguments) {
  trace_options o;
  auto line = replay_line(o);
  if (!line.parse(arguments)) return exit_done;
  const auto replayed = replay(o.files[0], o.common.threads);
  const bool same = replayed.recorded == replayed.recomputed;
  print_result(
      o.common.json,
      {{"file", o.files[0]},
       {"step", replayed.step},
       {"recorded", replayed.recorded},
       {"recomputed", replayed.recomputed},
       {"same", same}},
      fmt::format("{}: gradient of step {} of {}: recorded {}, recomputed {}: {}\n", o.files[0], replayed.step,
                  replayed.trained_by, replayed.recorded, replayed.recomputed, same ? "the same" : "they differ"));
  return same ? exit_done : exit_failed;
}

json_object comparison_json(const trace_comparison& found) {
  auto all = json_object::array();
  for (const auto& d : found.populations) {
    auto first = json_object::array();
    const auto time = [](const std::optional<double>& t) { return t ? json_object(*t) : json_object(nullptr); };
    for (const auto& c : d.first) {
      first.push_back({{"sample", c.sample}, {"neuron", c.neuron}, {"a", time(c.a)}, {"b", time(c.b)}});
    }
    all.push_back({{"name", d.name},
                   {"in", d.only_in_a   ? "a"
                          : d.only_in_b ? "b"
                                        : "both"},
                   {"equal", d.equal},
                   {"moved", d.moved},
                   {"vanished", d.vanished},
                   {"appeared", d.appeared},
                   {"largest", d.largest},
                   {"first", first}});
  }
  return {{"same", found.same}, {"populations", all}};
}

std::string comparison_text(const trace_comparison& found) {
  std::vector<std::vector<std::string>> rows{{"population", "in", "equal", "moved", "vanished", "appeared"}};
  std::vector<std::vector<std::string>> changes{{"neuron", "sample", "a", "b"}};
  const auto time = [](const std::optional<double>& t) { return t ? fmt::format("{}", *t) : "silent"; };
  for (const auto& d : found.populations) {
    rows.push_back({d.name,
                    d.only_in_a   ? "a only"
                    : d.only_in_b ? "b only"
                                  : "both",
                    grouped(d.equal), grouped(d.moved), grouped(d.vanished), grouped(d.appeared)});
    for (const auto& c : d.first) {
      changes.push_back({neuron_name(d.name, c.neuron), std::to_string(c.sample), time(c.a), time(c.b)});
    }
  }
  auto text = table_text(rows);
  if (changes.size() > 1) text += fmt::format("\nthe first that differ\n{}", table_text(changes));
  return text + (found.same ? "\nthe same spikes\n" : "\nthe spikes differ\n");
}

command_line diff_line(trace_options& o) {
  command_line line("trace diff", "Which spikes differ between two traces. Exits 1 where any does.");
  line.operands(file_path("A B"), o.files, 2, 2);
  line.group("Comparison");
  line.add("tolerance", o.tolerance, real_number(0, longest_window), "times this close [steps] are equal");
  line.flag("first-spikes", o.first_spikes, first_spikes_help);
  line.group("Output");
  line.add("list", o.most, whole_number(), "list up to so many spikes of each population that differ");
  add_common(line, o.common);
  return line;
}

int run_diff(std::span<const std::string> arguments) {
  trace_options o;
  auto line = diff_line(o);
  if (!line.parse(arguments)) return exit_done;
  const auto repeats = repeats_allowed(o.first_spikes);
  const auto a = read_spike_trace(o.files[0], repeats), b = read_spike_trace(o.files[1], repeats);
  const auto found = compare_traces(a, b, o.most, o.tolerance);
  auto object = comparison_json(found);
  auto text = comparison_text(found);
  object["tolerance"] = o.tolerance;
  object["left_out"] = {{"a", spikes_left_out(a)}, {"b", spikes_left_out(b)}};
  if (o.first_spikes) text += fmt::format("later spikes left out: {} and {}\n", spikes_left_out(a), spikes_left_out(b));
  object["a"] = o.files[0];
  object["b"] = o.files[1];
  print_result(o.common.json, object, text);
  return found.same ? exit_done : exit_failed;
}

constexpr std::array trace_actions{
    command{"info", "what is in a trace", run_info, described<info_line>},
    command{"validate", "check traces", run_validate, described<validate_line>},
    command{"export", "for other tools: CSV, NIR, SHD, Perfetto, membranes", run_trace_export, describe_trace_export},
    command{"diff", "which spikes differ between two", run_diff, described<diff_line>},
    command{"replay", "compute a recorded gradient again", run_replay, described<replay_line>}};

}  // namespace

std::span<const command> trace_commands() { return trace_actions; }

int run_trace(std::span<const std::string> arguments) {
  return run_chosen("firstspike trace", "Spike traces (SONATA in HDF5).", trace_actions, arguments);
}

}  // namespace firstspike
