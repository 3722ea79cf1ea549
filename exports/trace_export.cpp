#include "firstspike/exports/trace_export.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "firstspike/engine/text.hpp"
#include "firstspike/exports/formats.hpp"

namespace firstspike {
namespace {

bool reads(const export_format& format, const std::string& field) {
  return std::ranges::find(format.fields, field) != format.fields.end();
}

/// Names of the formats for which `holds(format)`.
template <class Holds>
std::string formats_that(const Holds& holds) {
  std::vector<std::string> names;
  for (const auto& format : all_export_formats()) {
    if (holds(format)) names.push_back(format.name);
  }
  return joined(names);
}

const export_format& format_called(const std::string& name) {
  const auto found = std::ranges::find(all_export_formats(), name, &export_format::name);
  if (found != all_export_formats().end()) return *found;
  throw std::invalid_argument(fmt::format("format = '{}', allowed: {}", name, joined(export_formats())));
}

const export_format& format_by_ending(const std::string& out) {
  if (out.empty()) return format_called("csv");  // as text
  std::string endings;
  for (const auto& format : all_export_formats()) {
    for (const auto& ending : format.endings) {
      if (out.ends_with(ending)) return format;
      endings += fmt::format("{}{} ({})", endings.empty() ? "" : ", ", ending, format.name);
    }
  }
  throw std::invalid_argument(
      fmt::format("out = '{}' names no format by its ending, allowed: {}; or choose format", out, endings));
}

void check_fields(const export_format& format, const trace_export_options& o) {
  const std::pair<const char*, bool> given[]{{"layers", o.selection.layers.has_value()},
                                             {"layer", o.layer.has_value()},
                                             {"labels", o.labels.has_value()},
                                             {"most_spikes", o.most_spikes.has_value()},
                                             {"most_flows", o.most_flows.has_value()},
                                             {"dt", o.dt.has_value()},
                                             {"model", o.model.has_value()},
                                             {"precision", o.precision.has_value()},
                                             {"lossy", o.lossy}};
  for (const auto& [field, is_given] : given) {
    if (is_given) check_export_field(format.name, field, field);
  }
  if (o.lossy && o.most_spikes && o.most_flows) {
    throw std::invalid_argument(
        "lossy has no effect with most_spikes and most_flows, which replace the default bounds");
  }
  if (o.model && o.precision) throw std::invalid_argument("precision has no effect with model, which has its own");
}

/// The format of the options, to a file `out` or as text. Throws as export_format_of.
const export_format& checked_format(const trace_export_options& options, const std::optional<std::string>& out) {
  const auto& format = options.format ? format_called(*options.format) : format_by_ending(out.value_or(""));
  check_fields(format, options);
  if (out || format.to_text != nullptr) return format;
  throw std::invalid_argument(fmt::format("out is needed for format {}, a file; as text, allowed: {}", format.name,
                                          formats_that([](const auto& f) { return f.to_text != nullptr; })));
}

}  // namespace

std::vector<std::string> export_formats() {
  std::vector<std::string> names;
  for (const auto& format : all_export_formats()) names.push_back(format.name);
  return names;
}

std::string export_format_of(const trace_export_options& options, const std::optional<std::string>& out) {
  return checked_format(options, out).name;
}

void check_export_field(const std::string& format, const std::string& field, const std::string& name) {
  if (reads(format_called(format), field)) return;
  throw std::invalid_argument(fmt::format("{} has no effect on format {}, allowed for: {}", name, format,
                                          formats_that([&](const auto& f) { return reads(f, field); })));
}

std::vector<traced_model> models_of(const export_call& call) {
  if (call.options.model) return models_behind(call.from, *call.options.model);
  return models_behind(call.from, call.options.precision);
}

export_result export_trace(const trace_file& trace, const std::string& out, const trace_export_options& options,
                           const progress_callback& progress) {
  const auto& format = checked_format(options, out);
  const export_call call{trace, options, progress};
  export_result result;
  if (format.to_text == nullptr) {
    result = format.to_file(call, out);
  } else {
    write_text_file(out, options.overwrite, [&](const text_sink& sink) { result = format.to_text(call, sink); });
  }
  result.format = format.name;
  result.repeats = spikes_left_out(trace.trace);
  return result;
}

export_result export_trace(const trace_file& trace, const text_sink& out, const trace_export_options& options,
                           const progress_callback& progress) {
  const auto& format = checked_format(options, {});
  auto result = format.to_text({trace, options, progress}, out);
  result.format = format.name;
  result.repeats = spikes_left_out(trace.trace);
  return result;
}

export_result export_trace(const std::string& trace, const std::string& out, const trace_export_options& options,
                           const progress_callback& progress) {
  checked_format(options, out);  // before the trace is read
  return export_trace(read_trace_file(trace), out, options, progress);
}

export_result export_trace(const std::string& trace, const text_sink& out, const trace_export_options& options,
                           const progress_callback& progress) {
  checked_format(options, {});
  return export_trace(read_trace_file(trace), out, options, progress);
}

}  // namespace firstspike
