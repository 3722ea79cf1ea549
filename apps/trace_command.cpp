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

constexpr auto any_number = std::numeric_limits<std::size_t>::max();

int run_info(std::span<const std::string> arguments) {
  common_options common;
  std::vector<std::string> files;
  command_line line("trace info", "Populations, spikes, samples, metadata and models of spike traces.");
  line.operands("FILE...", files, 1, any_number);
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  auto infos = json_object::array();
  for (const auto& file : files) {
    const auto trace = read_spike_trace(file);
    const auto models = models_in_trace(file);
    if (common.json) {
      infos.push_back(trace_json(file, trace, models));
    } else {
      print(fmt::format("{}{}", &file == &files.front() ? "" : "\n", trace_text(file, trace, models)));
    }
  }
  if (common.json) print_json({{"files", infos}});
  return exit_done;
}

int run_validate(std::span<const std::string> arguments) {
  common_options common;
  std::vector<std::string> files;
  command_line line("trace validate", "Read spike traces whole, with the models inside; say whether they are valid.");
  line.operands("FILE...", files, 1, any_number);
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  auto verdicts = json_object::array();
  for (const auto& file : files) {
    read_spike_trace(file);
    for (const auto& model : models_in_trace(file)) read_model(file, {}, "/models/" + model);
    if (!common.json) print(fmt::format("{}: valid\n", file));
    verdicts.push_back({{"file", file}, {"valid", true}});
  }
  if (common.json) print_json({{"files", verdicts}});
  return exit_done;
}

int run_replay(std::span<const std::string> arguments) {
  common_options common;
  std::vector<std::string> files;
  command_line line("trace replay", "The gradient of a recorded training step, computed again from the trace alone.");
  line.operands("FILE", files, 1, 1);
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  const auto replayed = replay(files[0], common.threads);
  const bool same = replayed.recorded == replayed.recomputed;
  if (common.json) {
    print_json({{"file", files[0]},
                {"step", replayed.step},
                {"recorded", replayed.recorded},
                {"recomputed", replayed.recomputed},
                {"same", same}});
  } else {
    print(fmt::format("{}: gradient of step {} of {}: recorded {}, recomputed {}: {}\n", files[0], replayed.step,
                      replayed.trained_by, replayed.recorded, replayed.recomputed, same ? "the same" : "they differ"));
  }
  return same ? exit_done : exit_failed;
}

int run_diff(std::span<const std::string> arguments) {
  common_options common;
  std::vector<std::string> files;
  std::uint64_t most = 10;
  command_line line("trace diff", "Which spikes differ between two traces, to the bit. Exits 1 where any does.");
  line.operands("A B", files, 2, 2);
  line.add("list", most, whole_number(), "list up to so many spikes of each population that differ");
  add_common(line, common);
  if (!line.parse(arguments)) return exit_done;
  const auto found = difference(read_spike_trace(files[0]), read_spike_trace(files[1]), most);
  if (common.json) {
    auto object = difference_json(found);
    object["a"] = files[0];
    object["b"] = files[1];
    print_json(object);
  } else {
    print(difference_text(found));
  }
  return same_spikes(found) ? exit_done : exit_failed;
}

}  // namespace

int run_trace(std::span<const std::string> arguments) {
  constexpr std::array actions{
      command{"info", "what is in a trace", run_info}, command{"validate", "check traces", run_validate},
      command{"export", "for other tools: CSV, NIR, SHD, Perfetto, membranes", run_trace_export},
      command{"diff", "which spikes differ between two", run_diff},
      command{"replay", "compute a recorded gradient again", run_replay}};
  return run_chosen("firstspike trace", "Spike traces (SONATA in HDF5).", actions, arguments);
}

}  // namespace firstspike
