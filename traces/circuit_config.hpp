// The files of a SONATA network: circuit_config.json, and parameters of synapses in JSON. Only traces/ includes this.
#pragma once

#include <string>
#include <vector>

namespace firstspike {

struct sonata_file {
  std::string path;   ///< HDF5, with /nodes or /edges
  std::string types;  ///< node_types.csv or edge_types.csv; empty: none
};

struct sonata_network_files {
  std::vector<sonata_file> nodes, edges;  ///< in the order of the configuration
  std::string synapse_directory;          ///< of dynamics_params in edge types; empty: not known
};

/// Whether the file is JSON: its first character is a brace.
bool is_json(const std::string& path);

/// The files that the configuration lists under `networks`, with the variables of its `manifest` replaced; relative
/// paths start from the directory of the configuration. A configuration with `network`, as config.json or
/// simulation_config.json, names another one. Edges with `enabled` = false are left out. Throws std::runtime_error, one
/// line that names file and key.
sonata_network_files read_circuit_config(const std::string& path);

/// The sign of a synapse, 1 or -1, from a file of dynamics_params. Throws std::runtime_error, one line, for other
/// parameters: a synapse has a step or a ramp kernel, which have no parameters.
double read_synapse_sign(const std::string& path);

}  // namespace firstspike
