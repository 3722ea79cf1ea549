// `firstspike report`
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/output.hpp"
#include "apps/run_report.hpp"
#include "models/idx.hpp"
#include "traces/model_file.hpp"

namespace firstspike {
namespace {

namespace fs = std::filesystem;

// More would make the page slow to open; the first, the last and evenly spaced ones between tell the story.
constexpr std::size_t most_pictures = 8;

// The sample grids of a run by step, thinned out.
std::vector<std::string> sample_grids(const std::string& directory) {
  std::vector<std::string> all, kept;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("samples-") && name.ends_with(".png")) all.push_back(entry.path().string());
  }
  std::ranges::sort(all, [](const auto& a, const auto& b) { return std::pair(a.size(), a) < std::pair(b.size(), b); });
  if (all.size() <= most_pictures) return all;
  for (std::size_t k = 0; k < most_pictures; ++k) kept.push_back(all[k * (all.size() - 1) / (most_pictures - 1)]);
  return kept;
}

}  // namespace

int run_report(std::span<const std::string> arguments) {
  common_options common;
  std::vector<std::string> directories;
  std::string out = "report.html";
  command_line line("report", "Writes one self-contained HTML page about a training run: metrics, samples, facts.");
  line.operands("RUN_DIR", directories, 1, 1);
  line.add("out", out, text("F.html"), "the page");
  line.flag("json", common.json, "print one JSON object");
  line.flag("overwrite", common.overwrite, "replace a file that exists");
  if (!line.parse(arguments)) return exit_done;
  const auto& directory = directories[0];
  if (!fs::is_directory(directory)) throw std::runtime_error(fmt::format("{}: no such run directory", directory));
  const auto metrics = read_metrics(directory + "/metrics.csv");
  const auto model = read_model(directory + "/model.h5");
  const auto pictures = sample_grids(directory);
  const auto page = report_page("firstspike: " + directory, model.facts, metrics, pictures);
  const std::vector<std::uint8_t> bytes(page.begin(), page.end());
  write_whole_file(out, bytes, common.overwrite);
  const auto rows = metrics.columns.empty() ? 0 : metrics.columns[0].size();
  if (common.json) {
    print_json({{"out", out}, {"rows", rows}, {"pictures", pictures.size()}, {"bytes", page.size()}});
  } else {
    print(fmt::format("{}: {} rows of metrics, {} pictures, {} bytes\n", out, rows, pictures.size(), page.size()));
  }
  return exit_done;
}

}  // namespace firstspike
