// The attributes of types of nodes or edges: SONATA's node_types.csv and edge_types.csv. Only traces/ includes this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

/// Throws std::runtime_error if the attribute `magic` says that the file is not SONATA, or `version`, [major, minor],
/// that it is of another major version than 0; files may lack both.
void check_sonata(const hdf5_object& root);

/// The types of one population.
struct sonata_types {
  std::string path;  ///< of the file; empty: there is none
  std::vector<std::string> columns;
  std::map<std::int64_t, std::vector<std::string>> rows;  ///< by type id; a row may be shorter than `columns`
};

/// Reads a file with a header line and one line for each type. Columns are separated by one space each, and may be
/// quoted. `kind` is "node" or "edge". If there is a column `population`, lines of other populations are left out. An
/// empty path gives no types. Throws std::runtime_error, one line that names file and line.
sonata_types read_sonata_types(const std::string& path, const std::string& kind, const std::string& population);

/// The value in a column; none if there is no such column, or the value is empty, NULL, NONE or NaN.
std::optional<std::string> find_type_value(const sonata_types& types, std::int64_t id, const std::string& column);

}  // namespace firstspike
