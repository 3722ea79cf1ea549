#include "firstspike/apps/trace_export_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "firstspike/apps/chrome_trace.hpp"
#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/membrane_export.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/trace_export.hpp"
#include "firstspike/apps/trace_info.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/traces/nir_data_write.hpp"
#include "firstspike/traces/shd_write.hpp"
#include "firstspike/traces/trace_labels.hpp"

namespace firstspike {
namespace {

struct export_options {
  common_options common;
  std::vector<std::string> files;
  std::optional<std::string> format;
  std::optional<std::string> out;
  spike_selection selection;
  std::optional<std::string> layer, labels;
  chrome_limits limits;
  double dt = 1;
  model_options model;
};

/// Options that go with some formats only.
struct restricted_options {
  std::vector<std::string> formats;
  std::vector<std::string> names;
};
std::vector<restricted_options> restrictions() {
  return {{{"csv", "sonata", "nir", "chrome", "membrane"}, {"layers"}},
          {{"shd"}, {"layer", "labels"}},
          {{"chrome"}, {"most-spikes", "most-flows"}},
          {{"membrane"}, {"dt"}},
          {{"chrome", "membrane"},
           {"model", "network", "precision", "t-max", "t-in", "label-map", "one-spike", "kernel", "delay"}}};
}

void refuse_what_means_nothing(const command_line& line, const std::string& format) {
  for (const auto& [formats, names] : restrictions()) {
    if (std::ranges::find(formats, format) != formats.end()) continue;
    for (const auto& name : names) {
      if (!line.given(name)) continue;
      throw usage_error(
          fmt::format("--{} means nothing to --format {}, allowed for: {}", name, format, joined(formats)));
    }
  }
}

/// By the ending of the file to write; CSV where that says nothing.
std::string format_by_name(const std::optional<std::string>& out) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> endings{
      {{".csv", "csv"}, {".json", "chrome"}, {".h5", "sonata"}, {".hdf5", "sonata"}, {".nir", "nir"}}};
  for (const auto& [ending, format] : endings) {
    if (out && out->ends_with(ending)) return std::string(format);
  }
  return "csv";
}

void check_options(const command_line& line, const export_options& o) {
  const auto& format = *o.format;
  refuse_what_means_nothing(line, format);
  if (!o.out && format != "csv" && format != "chrome") throw usage_error("--format " + format + " needs --out FILE");
  if (!o.out && o.common.json) throw usage_error("--json needs --out FILE, as stdout then holds the spikes");
  if (!o.out && o.common.overwrite) throw usage_error("--overwrite needs --out FILE, the file that may be replaced");
  check_window(o.selection);
}

bool parse(command_line& line, export_options& o, std::span<const std::string> arguments) {
  line.operands("FILE", o.files, 1, 1);
  line.add("format", o.format, one_of({"csv", "sonata", "nir", "shd", "chrome", "membrane"}),
           "default: by the ending of --out (.csv, .h5: sonata, .nir, .json: chrome), csv");
  line.add("out", o.out, text("FILE"), "file to write (default: stdout, for csv and chrome)");
  add_selection_options(line, o.selection);
  line.add("layer", o.layer, text("LAYER"), "shd: the one layer (default: input, or the only one)");
  line.add("labels", o.labels, text("F.idx[.gz]"), "shd: labels of all samples of the trace (default: those in it)");
  line.add("most-spikes", o.limits.most_spikes, whole_number(), "chrome: show so many at most");
  line.add("most-flows", o.limits.most_flows, whole_number(), "chrome: show so many causes at most");
  line.add("dt", o.dt, real_number(shortest_report_step, longest_window), "membrane: from frame to frame [steps]");
  add_model_file_options(line, o.model, true);
  add_common(line, o.common, true);
  if (!line.parse(arguments)) return false;
  if (!o.format) o.format = format_by_name(o.out);
  check_options(line, o);
  return true;
}

void stop_if_interrupted() {
  if (interrupted()) throw interruption();
}

const population_spikes& population_for_shd(const spike_trace& trace, const std::optional<std::string>& layer) {
  std::vector<std::string> names;
  for (const auto& p : trace.populations) {
    if (p.name == layer.value_or("input") || (!layer && trace.populations.size() == 1)) return p;
    names.push_back(p.name);
  }
  if (!layer) throw usage_error("--layer is needed, allowed: " + joined(names));
  throw usage_error(fmt::format("--layer: no layer '{}', allowed: {}", *layer, joined(names)));
}

/// Of the samples [first, end) of the trace; none where they are not known.
std::vector<std::uint8_t> labels_for_shd(const export_options& o, const spike_trace& trace,
                                         const population_spikes& population, std::size_t first, std::size_t end) {
  const std::vector<std::uint8_t> none;
  const auto samples = population.samples();
  auto labels = o.labels ? read_idx_labels(*o.labels) : recorded_labels(o.files[0], trace.facts).value_or(none);
  if (o.labels && labels.size() != samples) {
    throw std::runtime_error(fmt::format("{}: {} labels, /spikes/{} of {} has {} samples", *o.labels, labels.size(),
                                         population.name, o.files[0], samples));
  }
  if (labels.size() != samples) return none;
  return {labels.begin() + static_cast<std::ptrdiff_t>(first), labels.begin() + static_cast<std::ptrdiff_t>(end)};
}

json_object export_shd(export_options o, const spike_trace& trace) {
  const auto& population = population_for_shd(trace, o.layer);
  const auto [first, end] = chosen_samples(trace, o.selection);
  const auto labels = labels_for_shd(o, trace, population, first, end);
  o.selection.layers = {population.name};
  const auto chosen = chosen_spikes(o.files[0], trace, o.selection);
  write_shd(*o.out, chosen.populations[0], labels, first, o.common.overwrite, stop_if_interrupted);
  return {{"spikes", spike_count(chosen)}, {"layer", population.name}, {"labels", !labels.empty()}};
}

json_object export_spikes(const export_options& o, const spike_trace& trace) {
  const auto first = chosen_samples(trace, o.selection).first;
  const auto chosen = chosen_spikes(o.files[0], trace, o.selection);
  if (*o.format == "csv" && !o.out) write_csv(chosen, first, print);
  if (*o.format == "csv" && o.out) {
    write_text_file(*o.out, o.common.overwrite, [&](const text_sink& sink) { write_csv(chosen, first, sink); });
  }
  if (*o.format == "sonata") write_sonata(o.files[0], chosen, *o.out, o.common.overwrite);
  if (*o.format == "nir") write_nir_data(*o.out, chosen, first, o.common.overwrite, stop_if_interrupted);
  return {{"spikes", spike_count(chosen)}};
}

void say_what_was_left_out(const export_options& o, const chrome_totals& totals) {
  if (totals.spikes_left_out > 0) {
    message(
        fmt::format("--most-spikes {}: {} later spikes are left out; choose by --layers, --samples, --from, --until",
                    o.limits.most_spikes, grouped(totals.spikes_left_out)));
  }
  if (totals.spikes_without_flows > 0) {
    message(fmt::format("--most-flows {}: the causes of the last {} spikes are left out", o.limits.most_flows,
                        grouped(totals.spikes_without_flows)));
  }
}

json_object export_chrome(const export_options& o, const spike_trace& trace, const command_line& line) {
  const auto models = models_behind(o.files[0], trace, line, o.model);
  chrome_totals totals;
  const auto write = [&](const text_sink& sink) {
    totals = write_chrome_trace(o.files[0], trace, models, o.selection, o.limits, sink);
  };
  if (o.out) write_text_file(*o.out, o.common.overwrite, write);
  if (!o.out) write(print);
  if (models.empty()) message(o.files[0] + ": holds no model, so no causes are shown; --model gives one");
  say_what_was_left_out(o, totals);
  return {{"spikes", totals.spikes},
          {"flows", totals.flows},
          {"spikes_left_out", totals.spikes_left_out},
          {"spikes_without_flows", totals.spikes_without_flows}};
}

json_object export_membranes(const export_options& o, const spike_trace& trace, const command_line& line) {
  const auto models = models_behind(o.files[0], trace, line, o.model);
  if (models.empty()) throw usage_error("--format membrane needs --model, as " + o.files[0] + " holds no model");
  const auto totals = write_membranes(o.files[0], trace, models, o.selection, o.dt, *o.out, o.common.overwrite);
  auto layers = json_object::object();
  for (const auto& layer : totals.layers) layers[layer.name] = layer.size;
  return {{"frames", totals.frames}, {"layers", layers}};
}

json_object run(const export_options& o, const spike_trace& trace, const command_line& line) {
  if (*o.format == "shd") return export_shd(o, trace);
  if (*o.format == "chrome") return export_chrome(o, trace, line);
  if (*o.format == "membrane") return export_membranes(o, trace, line);
  return export_spikes(o, trace);
}

std::string result_text(const json_object& result) {
  if (!result.contains("frames")) {
    const auto flows = result.contains("flows") ? fmt::format(", {} flows", result["flows"].get<std::uint64_t>()) : "";
    return fmt::format("{} spikes{}", result["spikes"].get<std::uint64_t>(), flows);
  }
  std::vector<std::string> layers;
  for (const auto& [name, size] : result["layers"].items()) {
    layers.push_back(fmt::format("{} ({})", name, size.get<std::uint64_t>()));
  }
  return fmt::format("{} frames of {}", result["frames"].get<std::uint64_t>(), joined(layers));
}

}  // namespace

int run_trace_export(std::span<const std::string> arguments) {
  export_options o;
  command_line line(
      "trace export",
      "A trace for other tools. chrome (Perfetto, with causes) and membrane need its model, inside or named.");
  if (!parse(line, o, arguments)) return exit_done;
  const auto result = run(o, read_spike_trace(o.files[0]), line);
  if (!o.out) return exit_done;
  if (o.common.json) {
    json_object object{{"file", *o.out}, {"format", *o.format}};
    object.update(result);
    print_json(object);
  } else {
    print(fmt::format("{}: {}\n", *o.out, result_text(result)));
  }
  return exit_done;
}

}  // namespace firstspike
