// Any network, including sparse and recurrent networks, in SONATA's nodes and edges layout (docs/formats.md, "Network
// file").
#pragma once

#include <string>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// Reads one file with both /nodes and /edges:
///   /nodes/<population>     attributes kind ("source", "bias", "neurons"; absent: neurons), n_nodes, t_fire [steps]
///                           (absent: never, of a bias neuron 0), threshold_slope [1 / step] (absent: 0), t_close
///                           [steps] (absent: never), index (place in the network's order; absent: alphabetical)
///     node_type_id [n]      SONATA's, only its length is used; may be absent where n_nodes or 0/v_th gives the size
///     0/v_th [n]            thresholds, of neurons only
///   /edges/<projection>     attributes kernel ("step", "ramp"), layout ("dense", "sparse"; absent: sparse), index
///     source_node_id [e], target_node_id [e]   0-based; attribute node_population names the population
///     0/syn_weight [e]
///     0/delay [e] [steps]   or one attribute `delay` on /edges/<projection> for all of them
/// A dense projection lists every pair, source by source, with one delay. Files of firstspike 0.1.0 have kind
/// "reference" and t_open, read as a bias neuron and its t_fire; layers of neurons with t_open > 0 are rejected. Throws
/// std::runtime_error, one line that names file, data set and value, for other contents.
network<double> read_network(const std::string& path);

/// Writes PATH.tmp, then renames it. What is read back describes itself exactly like `net`. Throws
/// std::invalid_argument for population names that HDF5 cannot store, std::runtime_error if the file cannot be written,
/// or PATH exists and `overwrite` is false.
void write_network(const std::string& path, const network<double>& net, bool overwrite = false);

}  // namespace firstspike
