// What a run directory says of its training: metrics and sample grids.
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

/// Throws std::runtime_error, one line with file and row, for a file that is no table of numbers with a header.
metrics_table read_metrics(const std::string& path);

/// A picture of samples, drawn while the run went on.
struct sample_grid {
  std::uint64_t step = 0;
  std::string png;  ///< the file
};

struct sample_grids {
  std::vector<sample_grid> kept;  ///< by step: up to most_sample_grids, first and last among them, evenly chosen
  std::size_t there_are = 0;
};

/// More would make the page slow to open.
inline constexpr std::size_t most_sample_grids = 16;

/// The files samples-STEP.png of a run directory. Throws std::runtime_error where one cannot be read or is no PNG.
sample_grids read_sample_grids(const std::string& directory);

}  // namespace firstspike
