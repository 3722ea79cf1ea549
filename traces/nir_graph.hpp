// A NIR graph that is a chain of layers, as stored in a file. Only model_read.cpp includes this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/engine/convolution.hpp"
#include "firstspike/traces/hdf5_file.hpp"

namespace firstspike {

/// An IF node and the linear maps that lead to it.
struct nir_layer {
  std::string name;         ///< of the IF node
  std::string weight_node;  ///< "FILE: /node/nodes/<name>" of the last linear map, for messages
  std::uint32_t size = 0;
  grid shape{};                         ///< (channel, row, column) signals, else 0 x 0 x 0
  std::optional<convolution> shared{};  ///< the maps are pools and a convolution, or a matrix behind pools
  std::vector<double> v_threshold;      ///< [size], finite, > 0
  std::vector<double> weights;  ///< [pre][size], r * w of the product of all maps, finite; as in `projection` if shared
  std::vector<double> bias;     ///< [size], or [channel] if shared; r * b, finite; empty without bias
  bool single_precision = false;  ///< weights and bias are stored as f32 or narrower
};

struct nir_chain {
  std::string input;  ///< name of the Input node
  std::uint32_t input_size = 0;
  grid input_shape{};             ///< as in nir_layer
  std::vector<nir_layer> layers;  ///< at least one
};

/// `graph` is the group with type, nodes and edges. Throws std::runtime_error unless the chain is Input, then layers,
/// then Output. A layer is any number of linear maps (nir_linear.hpp), whose product has its weights, and an IF node;
/// one value of its parameters stands for all neurons. Neurons with a shape are in the order of `grid`, (row, column,
/// channel), and not in NIR's (channel, row, column). Behind the last IF node only Flatten is allowed.
nir_chain read_nir_chain(const hdf5_object& graph);

}  // namespace firstspike
