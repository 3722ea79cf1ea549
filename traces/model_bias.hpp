// Bias neurons of a model file: their data in the graph and in its metadata. Only model_read.cpp includes this.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"
#include "firstspike/traces/model_metadata.hpp"
#include "firstspike/traces/nir_graph.hpp"

namespace firstspike {

/// Whether some entry of the layer's Affine bias is not zero.
bool has_bias(const nir_layer& layer);

/// Requires the kernels of all projections. Checks that each bias neuron has one projection, and weights in the
/// metadata only with the step kernel. All these functions throw std::runtime_error that names the field.
void check_biases(const hdf5_object& graph, const model_metadata& m);

/// Checks that each layer has input from the layer before it and from at most one bias neuron, or exactly one if the
/// graph has a bias.
void check_inputs(const hdf5_object& graph, const model_metadata& m, const nir_layer& layer);

/// Checks that the graph has no bias with the step kernel: it is a constant current.
void check_no_step_bias(const nir_chain& chain, const model_metadata& m);

/// Checks that the weights in the metadata are exact in f32, in a model of single precision.
void check_metadata_is_f32(const hdf5_object& graph, const model_metadata& m);

/// Weights [post], or [channel] if shared, of projection `i`, from a bias neuron to `layer`; empty if the graph has
/// none.
std::vector<double> bias_weights(const hdf5_object& graph, const model_metadata& m, std::size_t i,
                                 const nir_layer& layer);

}  // namespace firstspike
