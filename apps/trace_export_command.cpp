// firstspike trace export.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/interrupt.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/exports/chrome_trace.hpp"
#include "firstspike/exports/membrane_export.hpp"
#include "firstspike/exports/spike_export.hpp"

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
}

void add_selection_options(command_line& line, spike_selection& selection) {
  line.group("Selection");
  line.add("layers", selection.layers, text_list("LAYERS"), "only these (default: all)");
  line.add("samples", selection.samples, index_range(), "only samples A up to, not including, B");
  line.add("from", selection.from, real_number(0), "only what is at this time [steps] or later");
  line.add("until", selection.until, real_number(0, longest_window, false), "only what is before this time [steps]");
}

command_line export_line(export_options& o) {
  command_line line(
      "trace export",
      "A trace for other tools. chrome (Perfetto, with causes) and membrane need its model, inside or named.");
  line.operands(file_path("FILE"), o.files, 1, 1);
  line.group("Output");
  line.add("format", o.format, one_of({"csv", "sonata", "nir", "shd", "chrome", "membrane"}),
           "default: by the ending of --out (.csv, .h5: sonata, .nir, .json: chrome), csv");
  line.add("out", o.out, file_path("FILE"), "file to write (default: stdout, for csv and chrome)");
  add_selection_options(line, o.selection);
  line.group("Formats");
  line.add("layer", o.layer, text("LAYER"), "shd: the one layer (default: input, or the only one)");
  line.add("labels", o.labels, file_path("F.idx[.gz]"),
           "shd: labels of all samples of the trace (default: those in it)");
  line.add("most-spikes", o.limits.most_spikes, whole_number(), "chrome: show so many at most");
  line.add("most-flows", o.limits.most_flows, whole_number(), "chrome: show so many causes at most");
  line.add("dt", o.dt, real_number(shortest_report_step, longest_window), "membrane: from frame to frame [steps]");
  add_model_file_options(line, o.model, true);
  add_common(line, o.common, true);
  return line;
}

bool parse(command_line& line, export_options& o, std::span<const std::string> arguments) {
  if (!line.parse(arguments)) return false;
  if (!o.format) o.format = format_by_name(o.out);
  check_options(line, o);
  return true;
}

/// The labels that --labels names, of all samples of the trace.
std::optional<std::vector<std::uint8_t>> read_labels(const export_options& o, const trace_file& from) {
  if (!o.labels) return {};
  auto labels = read_idx_labels(*o.labels);
  const auto& population = shd_population(from.trace, o.layer);
  if (labels.size() == population.samples()) return labels;
  throw std::runtime_error(fmt::format("{}: {} labels, /spikes/{} of {} has {} samples", *o.labels, labels.size(),
                                       population.name, from.path, population.samples()));
}

json_object shd_json(const export_options& o, const trace_file& from) {
  const shd_options how{o.layer, read_labels(o, from)};
  const auto totals = export_shd(from, o.selection, how, *o.out, o.common.overwrite, until_interrupted());
  return {{"spikes", totals.spikes}, {"layer", totals.layer}, {"labels", totals.labels}};
}

json_object spikes_json(const export_options& o, const trace_file& from) {
  if (!o.out) return {{"spikes", export_csv(from, o.selection, print, until_interrupted())}};
  const std::map<std::string_view, std::uint64_t (*)(const trace_file&, const spike_selection&, const std::string&,
                                                     bool, const progress_callback&)>
      write{{"csv", export_csv}, {"sonata", export_sonata}, {"nir", export_nir}};
  return {{"spikes", write.at(*o.format)(from, o.selection, *o.out, o.common.overwrite, until_interrupted())}};
}

/// The network that the options name, else those in the trace.
std::vector<traced_model> traced_models(const export_options& o, const trace_file& from, const command_line& line) {
  auto options = o.model;
  if (!options.model && !options.network) return models_behind(from, options.precision);
  if (!options.precision) options.precision = recorded_precision(from.trace);
  return models_behind(from, load_model(line, options));
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

json_object chrome_json(const export_options& o, const trace_file& from, const command_line& line) {
  const auto models = traced_models(o, from, line);
  const auto totals =
      o.out ? export_chrome(from, models, o.selection, o.limits, *o.out, o.common.overwrite, until_interrupted())
            : export_chrome(from, models, o.selection, o.limits, print, until_interrupted());
  if (models.empty()) message(from.path + ": holds no model, so no causes are shown; --model gives one");
  say_what_was_left_out(o, totals);
  return {{"spikes", totals.spikes},
          {"flows", totals.flows},
          {"spikes_left_out", totals.spikes_left_out},
          {"spikes_without_flows", totals.spikes_without_flows}};
}

json_object membranes_json(const export_options& o, const trace_file& from, const command_line& line) {
  const auto models = traced_models(o, from, line);
  const auto totals =
      export_membranes(from, models, o.selection, o.dt, *o.out, o.common.overwrite, until_interrupted());
  auto layers = json_object::object();
  for (const auto& layer : totals.layers) layers[layer.name] = layer.size;
  return {{"frames", totals.frames}, {"layers", layers}};
}

json_object run(const export_options& o, const command_line& line) {
  const auto from = read_trace_file(o.files[0]);
  if (*o.format == "shd") return shd_json(o, from);
  if (*o.format == "chrome") return chrome_json(o, from, line);
  if (*o.format == "membrane") return membranes_json(o, from, line);
  return spikes_json(o, from);
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

command_description describe_trace_export() { return described<export_line>(); }

int run_trace_export(std::span<const std::string> arguments) {
  export_options o;
  auto line = export_line(o);
  if (!parse(line, o, arguments)) return exit_done;
  const auto result = with_options_named(line, [&] { return run(o, line); });
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
