// Metrics and sample grids of a training run, from its directory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace firstspike {

/// metrics.csv, column by column.
struct metrics_table {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;  ///< [name][row], all of one length
};

/// Throws std::runtime_error, one line with file and row, if the file is not a table of numbers with a header.
metrics_table read_metrics(const std::string& path);

/// A sample grid that was drawn during the run.
struct sample_grid {
  std::uint64_t step = 0;
  std::string png;  ///< the file
};

struct sample_grids {
  std::vector<sample_grid>
      kept;  ///< by training step: up to most_sample_grids, evenly spaced, including the first and the last
  std::size_t there_are = 0;
};

/// Limits the size of the page.
inline constexpr std::size_t most_sample_grids = 16;

/// The files samples-STEP.png of a run directory. Throws std::runtime_error if one cannot be read or is not a PNG.
sample_grids read_sample_grids(const std::string& directory);

}  // namespace firstspike
