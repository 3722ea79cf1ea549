// firstspike trace export.
#include <fmt/core.h>
#include <unistd.h>

#include <optional>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/exports/chrome_trace.hpp"
#include "firstspike/exports/trace_export.hpp"

namespace firstspike {
namespace {

struct export_run {
  common_options common;
  std::vector<std::string> files;
  std::optional<std::string> out;
  trace_export_options options;
  model_options model;
  bool first_spikes = false;
};

command_line export_line(export_run& run) {
  command_line line(
      "trace export",
      "A trace for other tools. chrome (Perfetto, with causes) and membrane need its model, inside or named.");
  auto& o = run.options;
  line.operands(file_path("FILE"), run.files, 1, 1);
  line.group("Output");
  line.add("format", o.format, one_of(export_formats()),
           "default: by the ending of --out (.csv, .h5: sonata, .nir, .json: chrome), csv");
  line.add("out", run.out, file_path("FILE"), "file to write (default, or -: stdout, for csv and chrome)");
  line.group("Selection");
  line.add("layers", o.selection.layers, layer_names("LAYERS"), "only these (default: all)");
  line.add("samples", o.selection.samples, index_range(), "only samples A up to, not including, B");
  line.add("from", o.selection.from, real_number(0), "only what is at this time [steps] or later");
  line.add("until", o.selection.until, real_number(0, longest_window, false), "only what is before this time [steps]");
  line.group("Formats");
  line.add("layer", o.layer, layer_name("LAYER"), "shd: the one layer (default: input, or the only one)");
  line.flag("first-spikes", run.first_spikes, first_spikes_help);
  line.flag("lossy", o.lossy, "chrome: leave out what exceeds the default bounds");
  line.add("labels", o.labels, file_path("F.idx[.gz]"),
           "shd: labels of all samples of the trace (default: those in it)");
  line.add("most-spikes", o.most_spikes, whole_number(), "chrome: show so many at most");
  line.show_default("most-spikes", std::to_string(chrome_limits().most_spikes));
  line.add("most-flows", o.most_flows, whole_number(), "chrome: show so many causes at most");
  line.show_default("most-flows", std::to_string(chrome_limits().most_flows));
  line.add("dt", o.dt, real_number(shortest_report_step, longest_window), "membrane: from frame to frame [steps]");
  line.show_default("dt", "1");
  add_model_file_options(line, run.model, true);
  add_common(line, run.common, {.files = true});
  return line;
}

/// The options of the group "Model" together are the field `model`.
void check_model_options(const command_line& line, const std::string& format) {
  const bool named = line.given("model") || line.given("network");
  for (const auto& option : line.description().options) {
    if (option.group != "Model" || !line.given(option.name)) continue;
    check_export_field(format, "model", option.name);
    if (!named && option.name != "precision")
      throw usage_error(fmt::format("--{} needs --model or --network", option.name));
  }
}

export_result write(const export_run& run, const command_line& line) {
  auto options = run.options;
  check_model_options(line, export_format_of(options, run.out));
  const auto from = read_trace_file(run.files[0], repeats_allowed(run.first_spikes));
  auto model = run.model;
  model.import.encodes_images = false;
  if (model.model || model.network) {
    if (!model.precision) model.precision = recorded_precision(from.trace);
    options.model = load_model(line, model);
  } else {
    options.precision = model.precision;
  }
  options.overwrite = run.common.overwrite;
  return run.out ? export_trace(from, *run.out, options, until_interrupted())
                 : export_trace(from, takes_escapes(STDOUT_FILENO) ? print : print_raw, options, until_interrupted());
}

void say_what_was_left_out(const export_run& run, const export_result& done) {
  if (done.format != "chrome") return;
  if (done.models == 0) message(run.files[0] + ": holds no model, so no causes are shown; --model gives one");
  if (done.spikes_left_out > 0) {
    message(
        fmt::format("--most-spikes {}: {} later spikes are left out; choose by --layers, --samples, --from, --until",
                    run.options.most_spikes.value_or(chrome_limits().most_spikes), grouped(done.spikes_left_out)));
  }
  if (done.spikes_without_flows > 0) {
    message(fmt::format("--most-flows {}: the causes of the last {} spikes are left out",
                        run.options.most_flows.value_or(chrome_limits().most_flows),
                        grouped(done.spikes_without_flows)));
  }
}

json_object result_json(const export_result& done) {
  if (done.format == "membrane") {
    auto layers = json_object::object();
    for (const auto& layer : done.layers) layers[layer.name] = layer.size;
    return {{"frames", done.frames}, {"layers", layers}};
  }
  json_object object{{"spikes", done.spikes}};
  if (done.format == "shd") object.update({{"layer", done.layer}, {"labels", done.labels}});
  if (done.format == "chrome") {
    object["flows"] = done.flows;
    object["spikes_left_out"] = done.spikes_left_out;
    object["spikes_without_flows"] = done.spikes_without_flows;
  }
  return object;
}

std::string result_text(const export_result& done) {
  if (done.format == "chrome") return fmt::format("{} spikes, {} flows", done.spikes, done.flows);
  if (done.format != "membrane") return fmt::format("{} spikes", done.spikes);
  std::vector<std::string> layers;
  for (const auto& layer : done.layers) layers.push_back(fmt::format("{} ({})", printable(layer.name), layer.size));
  return fmt::format("{} frames of {}", done.frames, joined(layers));
}

}  // namespace

command_description describe_trace_export() { return described<export_line>(); }

int run_trace_export(std::span<const std::string> arguments) {
  export_run run;
  auto line = export_line(run);
  if (!line.parse(arguments)) return exit_done;
  if (run.out == "-") run.out.reset();  // standard output, as without it
  if (!run.out && run.common.json) throw usage_error("--json needs --out FILE, as stdout then holds the spikes");
  if (!run.out && run.common.overwrite) {
    throw usage_error("--overwrite needs --out FILE, the file that may be replaced");
  }
  const auto done = with_options_named(line, [&] { return write(run, line); });
  if (run.first_spikes) message(fmt::format("{}: {} later spikes are left out", run.files[0], grouped(done.repeats)));
  say_what_was_left_out(run, done);
  if (!run.out) return exit_done;
  json_object object{{"file", *run.out}, {"format", done.format}};
  if (run.first_spikes) object["left_out"] = done.repeats;
  object.update(result_json(done));
  print_result(run.common.json, object, fmt::format("{}: {}\n", printable(*run.out), result_text(done)));
  return exit_done;
}

}  // namespace firstspike
