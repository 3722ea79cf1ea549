#include "firstspike/apps/trace_info.hpp"

#include <fmt/core.h>

#include <array>

#include "firstspike/apps/progress.hpp"

namespace firstspike {
namespace {

std::string sorting_text(spike_sorting sorting) {
  constexpr std::array names{"none", "by_id", "by_time"};
  return names[static_cast<std::size_t>(sorting)];
}

}  // namespace

json_object trace_json(const std::string& file, const spike_trace& trace, const std::vector<std::string>& models) {
  auto populations = json_object::array();
  for (const auto& p : trace.populations) {
    populations.push_back({{"name", p.name},
                           {"neurons", p.n_nodes},
                           {"samples", p.samples()},
                           {"spikes", p.timestamps.size()},
                           {"t_start", p.t_start},
                           {"t_stop", p.t_stop},
                           {"sorting", sorting_text(p.sorting)}});
  }
  auto metadata = json_object::object();
  for (const auto& [name, value] : trace.metadata) {
    std::visit([&, &name = name](const auto& v) { metadata[name] = v; }, value);
  }
  return {{"file", file}, {"populations", populations}, {"facts", metadata}, {"models", models}};
}

std::string trace_text(const std::string& file, const spike_trace& trace, const std::vector<std::string>& models) {
  std::vector<std::vector<std::string>> rows{
      {"population", "neurons", "samples", "spikes", "window [steps]", "sorting"}};
  for (const auto& p : trace.populations) {
    rows.push_back({p.name, grouped(p.n_nodes), grouped(p.samples()), grouped(p.timestamps.size()),
                    fmt::format("[{}, {})", p.t_start, p.t_stop), sorting_text(p.sorting)});
  }
  std::vector<std::vector<std::string>> metadata;
  for (const auto& [name, value] : trace.metadata) metadata.push_back({name, metadata_text(value)});
  auto text = fmt::format("{}\n\n{}", file, table_text(rows));
  if (!metadata.empty()) text += fmt::format("\n{}", table_text(metadata, false));
  if (!models.empty()) text += fmt::format("\nmodels  {}\n", joined(models));
  return text;
}

}  // namespace firstspike
