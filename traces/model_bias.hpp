// Bias neurons of a model file: what of them is in the graph and what in its metadata. Only model_read.cpp includes
// this.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "firstspike/traces/hdf5_file.hpp"
#include "firstspike/traces/model_metadata.hpp"
#include "firstspike/traces/nir_graph.hpp"

namespace firstspike {

/// Some entry of the layer's Affine bias is not zero.
bool has_bias(const nir_layer& layer);

/// Kernels of projections are settled. Each bias neuron has one projection, and weights in the metadata for kernel step
/// only. All these functions throw std::runtime_error that names the field.
void check_biases(const hdf5_object& graph, const model_metadata& m);

/// Each layer hears the one before it and at most one bias neuron, which a bias in the graph asks for.
void check_inputs(const hdf5_object& graph, const model_metadata& m, const nir_layer& layer);

/// A bias in the graph is a constant current, which kernel step has not.
void check_no_step_bias(const nir_chain& chain, const model_metadata& m);

/// In a model of single precision.
void check_step_biases_are_f32(const hdf5_object& graph, const model_metadata& m);

/// [post] of projection `i`, from a bias neuron to `layer`; empty where the graph has none.
std::vector<double> bias_weights(const hdf5_object& graph, const model_metadata& m, std::size_t i,
                                 const nir_layer& layer);

}  // namespace firstspike
