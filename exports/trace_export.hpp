// A trace in another format, by one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/engine/progress.hpp"
#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/exports/text_sink.hpp"
#include "firstspike/exports/traced_model.hpp"
#include "firstspike/traces/membrane_report.hpp"

namespace firstspike {

/// A field whose comment begins with names of formats has an effect on these only; other formats refuse it.
struct trace_export_options {
  std::optional<std::string> format{};  ///< one of export_formats(); default: by the ending of the file; csv as text
  spike_selection selection{};          ///< default: everything. `layers`: not for shd
  std::optional<std::string> layer{};   ///< shd: the one layer; default: input, or the only one
  std::optional<std::string> labels{};  ///< shd: idx file, labels of all samples of the trace; default: those in it
  std::optional<std::uint64_t> most_spikes{};  ///< chrome: upper bound of spikes; default: as chrome_limits
  std::optional<std::uint64_t> most_flows{};   ///< chrome: upper bound of causes; default: as chrome_limits
  std::optional<double> dt{};                  ///< membrane: from frame to frame [steps]; default: 1
  std::optional<loaded_model>
      model{};  ///< chrome, membrane: the network that made the trace; default: those in the trace
  std::optional<real_type> precision{};  ///< chrome, membrane: of the networks in the trace; default: as recorded
  bool overwrite = false;                ///< replace a file that exists
  /// chrome: leave out spikes and causes beyond the default bounds. Default: std::invalid_argument names the bound. A
  /// bound that is given allows it too.
  bool lossy = false;
};

struct export_result {
  std::string format{};
  std::size_t models = 0;                   ///< chrome, membrane: networks that made the trace
  std::uint64_t spikes = 0;                 ///< written; 0 for membrane
  std::uint64_t flows = 0;                  ///< chrome: causes written
  std::uint64_t spikes_left_out = 0;        ///< chrome: as in chrome_totals
  std::uint64_t spikes_without_flows = 0;   ///< chrome: as in chrome_totals
  std::uint64_t frames = 0;                 ///< membrane
  std::vector<report_population> layers{};  ///< membrane: the layers in the report
  std::string layer{};                      ///< shd: the layer
  bool labels = false;                      ///< shd: the file has labels
  std::uint64_t repeats = 0;  ///< spikes of the trace that were left out when it was read (spikes_left_out)
};

/// Names of all formats: csv, sonata, nir, shd, chrome, membrane.
std::vector<std::string> export_formats();

/// The format that export_trace would write to the file `out`, or as text without it. Throws std::invalid_argument for
/// an unknown format ("format = 'vcd', allowed: csv, ..."), for fields that have no effect on the format, and, without
/// `out`, for a format that is not text.
std::string export_format_of(const trace_export_options& options, const std::optional<std::string>& out = {});

/// Throws std::invalid_argument unless the field of trace_export_options (or of its selection) has an effect on the
/// format: "layer has no effect on format csv, allowed for: shd". `name` replaces the field in the message.
void check_export_field(const std::string& format, const std::string& field, const std::string& name);

/// Writes a trace to the file `out`, atomically. Throws as export_format_of, before the trace is read;
/// std::runtime_error if the labels do not fit the trace; and as read_trace_file, models_behind and the function of the
/// format (export_csv, export_sonata, export_nir, export_shd, export_chrome, export_membranes) do.
export_result export_trace(const std::string& trace, const std::string& out, const trace_export_options& options = {},
                           const progress_callback& progress = {});

/// The same as text.
export_result export_trace(const std::string& trace, const text_sink& out, const trace_export_options& options = {},
                           const progress_callback& progress = {});

/// The same of a trace that has been read.
export_result export_trace(const trace_file& trace, const std::string& out, const trace_export_options& options = {},
                           const progress_callback& progress = {});
export_result export_trace(const trace_file& trace, const text_sink& out, const trace_export_options& options = {},
                           const progress_callback& progress = {});

}  // namespace firstspike
