// NIR data: padded arrays of spikes.
#include "firstspike/exports/formats.hpp"
#include "firstspike/exports/spike_export.hpp"
#include "firstspike/traces/nir_data_write.hpp"

namespace firstspike {
namespace {

export_result export_as_nir(const export_call& call, const std::string& path) {
  return {.spikes = export_nir(call.from, call.options.selection, path, call.options.overwrite, call.progress)};
}

}  // namespace

std::uint64_t export_nir(const trace_file& from, const spike_selection& selection, const std::string& path,
                         bool overwrite, const progress_callback& progress) {
  const auto first = chosen_samples(from.trace, selection).first;
  const auto chosen = chosen_spikes(from, selection);
  write_nir_data(path, chosen, first, overwrite, progress);
  return spike_count(chosen);
}

export_format nir_format() {
  return {.name = "nir", .fields = {"layers"}, .endings = {".nir"}, .to_file = export_as_nir};
}

}  // namespace firstspike
