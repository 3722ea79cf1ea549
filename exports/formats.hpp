// The formats of export_trace. Each is one file in formats/ and one name in meson.build, from which the table is made.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "firstspike/exports/trace_export.hpp"

namespace firstspike {

/// The arguments of export_trace.
struct export_call {
  const trace_file& from;
  const trace_export_options& options;
  const progress_callback& progress;
};

struct export_format {
  std::string name;
  std::vector<std::string> fields{};   ///< of trace_export_options that this format reads and not all do
  std::vector<std::string> endings{};  ///< of its files; the endings of no two formats are equal
  /// Writes a file; null for a format that is text. The caller has checked the fields, and sets `format` of the result.
  export_result (*to_file)(const export_call& call, const std::string& path) = nullptr;
  /// Writes a text, to a file too; null for a format that is none.
  export_result (*to_text)(const export_call& call, const text_sink& out) = nullptr;
};

/// In the order of meson.build.
std::span<const export_format> all_export_formats();

/// The network of the options, else those in the trace.
std::vector<traced_model> models_of(const export_call& call);

}  // namespace firstspike
