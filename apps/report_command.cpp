// `firstspike report`
#include <fmt/core.h>

#include <optional>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/json_output.hpp"
#include "firstspike/apps/model_input.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/report/report.hpp"

namespace firstspike {
namespace {

struct report_run {
  report_options options{};
  std::string out = "report.html";
  sample_options samples{};
  common_options common{};
  std::vector<std::string> directories{};
};

command_line report_line(report_run& run) {
  command_line line("report", "One HTML page about a training run: loss, rates, samples, spikes, membranes.");
  auto& o = run.options;
  line.operands(directory_path("RUN_DIR"), run.directories, 1, 1);
  line.group("Output");
  line.add("out", run.out, file_path("F.html"), "the page; -: stdout");
  line.add("shown", o.shown, whole_number(1, 100), "samples that can be chosen in the page");
  line.add("neurons", o.neurons, layer_neurons(), "draw their membranes too");
  line.group("Input");
  line.add("trace", o.trace, file_path("F.h5"), "also show the spikes of this trace (default: the run's trace.h5)");
  add_sample_options(line, run.samples, false);
  line.group("General");
  line.flag("json", run.common.json, "print one JSON object");
  line.flag("overwrite", run.common.overwrite, "replace a file that exists");
  return line;
}

bool parse(command_line& line, report_run& run, std::span<const std::string> arguments) {
  if (!line.parse(arguments)) return false;
  auto& o = run.options;
  o.run_directory = run.directories[0];
  o.images = run.samples.images;
  o.labels = run.samples.labels;
  o.data = run.samples.data;
  if (line.given("set")) o.set = run.samples.set;
  o.count = run.samples.count;
  o.threads = run.common.threads;
  return true;
}

}  // namespace

command_description describe_report() { return described<report_line>(); }

int run_report(std::span<const std::string> arguments) {
  report_run run;
  auto line = report_line(run);
  if (!parse(line, run, arguments)) return exit_done;
  download_bar download;
  if (run.out == "-") {
    if (run.common.json) throw usage_error("--json needs --out FILE, as stdout then holds the page");
    if (run.common.overwrite) throw usage_error("--overwrite needs --out FILE, the file that may be replaced");
    const auto made = with_options_named(
        line, [&] { return make_report(run.options, show_progress("report", "images"), download.function()); });
    print_raw(made.page);
    return exit_done;
  }
  const auto made = with_options_named(line, [&] {
    return write_report(run.options, run.out, run.common.overwrite, show_progress("report", "images"),
                        download.function());
  });
  for (const auto& note : made.notes) message(note);
  print_result(run.common.json,
               {{"out", run.out},
                {"rows", made.metric_rows},
                {"pictures", made.pictures},
                {"samples", made.samples},
                {"bytes", made.page.size()}},
               fmt::format("{}: {} samples, {} rows of metrics, {} pictures, {} bytes\n", run.out, made.samples,
                           made.metric_rows, made.pictures, grouped(made.page.size())));
  return exit_done;
}

}  // namespace firstspike
