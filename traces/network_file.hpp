// Any network, including sparse and recurrent networks, in SONATA's nodes and edges layout (docs/formats.md, "Network
// file").
#pragma once

#include <string>

#include "firstspike/engine/network.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

/// Reads one file with both /nodes and /edges, or a circuit_config.json that names several, with their types:
///   /nodes/POPULATION       attributes kind ("source", "bias", "neurons"; absent: by model_type, else neurons),
///                           n_nodes, t_fire [steps] (absent: never, of a bias neuron 0), threshold_slope [1 / step]
///                           (absent: 0), t_close [steps] (absent: never), index (place in the network's order; absent:
///                           alphabetical)
///     node_id [n]           row i is neuron node_id[i]; each of 0 to n - 1 once (absent: i)
///     GROUP/v_th            thresholds, of neurons only
///   /edges/PROJECTION       attributes kernel ("step", "ramp"), layout ("dense", "sparse"; absent: sparse), index
///     source_node_id [e], target_node_id [e]   0-based; attribute node_population names the population
///     GROUP/syn_weight, GROUP/delay [steps]   delay may be one attribute on /edges/PROJECTION for all of them
///   /shared_edges/PROJECTION  beside /edges, not part of SONATA: projections with shared weights. Attributes
///     source_population, target_population, kernel, delay, index (over both), and those of `convolution`;
///     data set weight [source channel][row][column][target channel]. The populations have attributes rows, columns
///     and channels.
/// The values of node or edge i stand in group KIND_group_id[i], row KIND_group_index[i]; without these columns in
/// group 0, row i. What a group does not have is taken from row KIND_type_id[i] of the types file. A weight is
/// syn_weight, times nsyns if there is one, times the sign in the file of dynamics_params. Nodes of model_type
/// "virtual" are sources. Other parts of SONATA's models are rejected by name: biophysical neurons, synapses with
/// parameters, weight functions.
///
/// `import` gives what stands nowhere in the file: one_spike (read SONATA's point neurons, whatever their model, as
/// integrate-and-fire neurons that fire at most once), kernel, delay, v_th; its other members are ignored. A dense
/// projection lists every pair, source by source, with one delay. Files of firstspike 0.1.0 have kind "reference" and
/// t_open, read as a bias neuron and its t_fire; layers of neurons with t_open > 0 are rejected. Throws
/// incomplete_model for an answer that is missing or has no effect, std::runtime_error, one line that names file, data
/// set and value, for other contents.
network<double> read_network(const std::string& path, const import_options& import = {});

/// The same in either precision. Takes 9 bytes for each edge of a sparse projection in f32, 13 in f64 (up to 256
/// distinct delays; 7 more for many), and no other memory that grows with the edges, if the file has them in one group,
/// in order, without nsyns and dynamics_params.
template <class Real>
network<Real> read_network_in(const std::string& path, const import_options& import = {});

/// Writes PATH.tmp, then renames it. What is read back describes itself exactly like `net`. Throws
/// std::invalid_argument for population names that HDF5 cannot store, std::runtime_error if the file cannot be written,
/// or PATH exists and `overwrite` is false. `expand`: writes expanded(net), so that other readers of SONATA see the
/// synapses of projections with shared weights.
void write_network(const std::string& path, const network<double>& net, bool overwrite = false, bool expand = false);

}  // namespace firstspike
