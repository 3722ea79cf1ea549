// A NIR graph that is a chain of layers, as stored in a file. Only model_read.cpp includes this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

/// An IF node and the linear maps that lead to it.
struct nir_layer {
  std::string name;         ///< of the IF node
  std::string weight_node;  ///< "FILE: /node/nodes/<name>" of the last linear map, for messages
  std::uint32_t size = 0;
  std::vector<double> v_threshold;  ///< [size], finite, > 0
  std::vector<double> weights;      ///< [pre][size], r * w of the product of all maps, finite
  std::vector<double> bias;         ///< [size], r * b, finite; empty without bias
  bool single_precision = false;    ///< weights and bias are stored as f32 or narrower
};

struct nir_chain {
  std::string input;  ///< name of the Input node
  std::uint32_t input_size = 0;
  std::vector<nir_layer> layers;  ///< at least one
};

/// `graph` is the group with type, nodes and edges. Throws std::runtime_error unless the chain is Input, then layers,
/// then Output. A layer is any number of linear maps (nir_linear.hpp), whose product has its weights, and an IF node;
/// one value of its parameters stands for all neurons. Behind the last IF node only Flatten is allowed.
nir_chain read_nir_chain(const hdf5_object& graph);

}  // namespace firstspike
