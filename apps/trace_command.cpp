// firstspike trace: looks into, checks and converts spike traces.
#include <fmt/core.h>

#include <array>
#include <limits>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/trace_diff.hpp"
#include "firstspike/apps/trace_export_command.hpp"
#include "firstspike/apps/trace_info.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/spike_trace.hpp"
#include "firstspike/training/recording.hpp"

namespace firstspike {
namespace {

struct trace_options {
  common_options common{};
  std::vector<std::string> files{};
  std::uint64_t most = 10;  // spikes that `trace diff` lists of each population
};

constexpr auto any_number = std::numeric_limits<std::size_t>::max();

command_line info_line(trace_options& o) {
  command_line line("trace info", "Populations, spikes, samples, metadata and models of spike traces.");
  line.operands(file_path("FILE..."), o.files, 1, any_number);
  add_common(line, o.common);
  return line;
}

int run_info(std::span<const std::string> arguments) {
  trace_options o;
  auto line = info_line(o);
  if (!line.parse(arguments)) return exit_done;
  auto infos = json_object::array();
  for (const auto& file : o.files) {
    const auto trace = read_spike_trace(file);
    const auto models = models_in_trace(file);
    if (o.common.json) {
      infos.push_back(trace_json(file, trace, models));
    } else {
      print(fmt::format("{}{}", &file == &o.files.front() ? "" : "\n", trace_text(file, trace, models)));
    }
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
    read_spike_trace(file);
    for (const auto& model : models_in_trace(file)) read_model(file, {}, "/models/" + model);
    if (!o.common.json) print(fmt::format("{}: valid\n", file));
    verdicts.push_back({{"file", file}, {"valid", true}});
  }
  if (o.common.json) print_json({{"files", verdicts}});
  return exit_done;
}

command_line replay_line(trace_options& o) {
  command_line line("trace replay", "The gradient of a recorded training step, computed again from the trace alone.");
  line.operands(file_path("FILE"), o.files, 1, 1);
  add_common(line, o.common);
  return line;
}

int run_replay(std::span<const std::string> arguments) {
  trace_options o;
  auto line = replay_line(o);
  if (!line.parse(arguments)) return exit_done;
  const auto replayed = replay(o.files[0], o.common.threads);
  const bool same = replayed.recorded == replayed.recomputed;
  if (o.common.json) {
    print_json({{"file", o.files[0]},
                {"step", replayed.step},
                {"recorded", replayed.recorded},
                {"recomputed", replayed.recomputed},
                {"same", same}});
  } else {
    print(fmt::format("{}: gradient of step {} of {}: recorded {}, recomputed {}: {}\n", o.files[0], replayed.step,
                      replayed.trained_by, replayed.recorded, replayed.recomputed, same ? "the same" : "they differ"));
  }
  return same ? exit_done : exit_failed;
}

command_line diff_line(trace_options& o) {
  command_line line("trace diff", "Which spikes differ between two traces, to the bit. Exits 1 where any does.");
  line.operands(file_path("A B"), o.files, 2, 2);
  line.group("Output");
  line.add("list", o.most, whole_number(), "list up to so many spikes of each population that differ");
  add_common(line, o.common);
  return line;
}

int run_diff(std::span<const std::string> arguments) {
  trace_options o;
  auto line = diff_line(o);
  if (!line.parse(arguments)) return exit_done;
  const auto found = difference(read_spike_trace(o.files[0]), read_spike_trace(o.files[1]), o.most);
  if (o.common.json) {
    auto object = difference_json(found);
    object["a"] = o.files[0];
    object["b"] = o.files[1];
    print_json(object);
  } else {
    print(difference_text(found));
  }
  return same_spikes(found) ? exit_done : exit_failed;
}

constexpr std::array actions{
    command{"info", "what is in a trace", run_info, described<info_line>},
    command{"validate", "check traces", run_validate, described<validate_line>},
    command{"export", "for other tools: CSV, NIR, SHD, Perfetto, membranes", run_trace_export, describe_trace_export},
    command{"diff", "which spikes differ between two", run_diff, described<diff_line>},
    command{"replay", "compute a recorded gradient again", run_replay, described<replay_line>}};

}  // namespace

std::span<const command> trace_commands() { return actions; }

int run_trace(std::span<const std::string> arguments) {
  return run_chosen("firstspike trace", "Spike traces (SONATA in HDF5).", actions, arguments);
}

}  // namespace firstspike
