// One self-contained HTML page about a training run.
#pragma once

#include <string>
#include <vector>

#include "traces/run_facts.hpp"

namespace firstspike {

/// metrics.csv, column by column.
struct metrics_table {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;  ///< [name][row], all of one length
};

/// Throws std::runtime_error, one line with file and row, for a file that is no table of numbers with a header.
metrics_table read_metrics(const std::string& path);

/// The page: facts, a chart for each metric over the first column, sample grids from first to last. Needs nothing
/// outside of itself; follows the reader's light or dark setting. `pictures` are PNG files.
std::string report_page(const std::string& title, const run_facts& facts, const metrics_table& metrics,
                        const std::vector<std::string>& pictures);

}  // namespace firstspike
