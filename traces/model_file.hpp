// Layered networks as NIR graphs in HDF5 (docs/formats.md, "Model file"; format: github.com/neuromorphs/NIR).
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/traces/run_metadata.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"

namespace firstspike {

/// A layered network and the data that a run needs to reproduce its training conditions.
struct stored_model {
  network<double> net;
  bool single_precision = false;              ///< runs as network<float>; then every weight is exactly an f32
  double t_in = 256;                          ///< length of the input code [steps], finite, > 0
  double t_max = 256;                         ///< the window is [0, t_max) [steps], in (0, 2^32]
  std::vector<std::uint8_t> label_of_output;  ///< [size of the last layer]; empty: the outputs are not classes
  run_metadata metadata;
  /// How layers turn potential into spike times: "free", "relu", "binary"; empty: unknown, as in files by other tools.
  std::string regime{};
  /// [populations] 0 or 1: whether the weights of that bias neuron are trained; ignored for other populations. Empty:
  /// all are trained.
  std::vector<std::uint8_t> trainable{};
};

/// Values that a NIR or SONATA file by other tools does not contain. Each is required only if the file lacks it,
/// label_map never. For a model it otherwise must agree with the metadata; for a network (network_file.hpp) it must be
/// left out.
struct import_options {
  bool one_spike = false;                              ///< neurons fire at most once
  std::optional<synapse_kernel> kernel;                ///< of every projection
  std::optional<double> delay;                         ///< of every projection from one layer to the next [steps]
  std::optional<double> t_in;                          ///< [steps]
  std::optional<double> t_max;                         ///< [steps]
  std::optional<std::vector<std::uint8_t>> label_map;  ///< label_of_output; empty: outputs are not classes
  std::optional<double> v_th{};                        ///< of every neuron, finite, > 0; only of a network
  bool encodes_images = true;                          ///< t_in is required; without it, t_in is t_max
};

/// A member of import_options is missing or out of range, or contradicts the file. what() is one line that begins with
/// its name: "kernel is needed: m.h5: ...", "t_in = 7, but m.h5: ...".
struct incomplete_model : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Writes PATH.tmp, then renames it. The network must be a chain: one source population, layers of neurons whose
/// weights are dense or shared, each with at most one projection from bias neurons of its own: from one bias neuron,
/// or, where its weights are shared, from one in each cell by a kernel of 1 x 1. One layer may also have a projection
/// from a second source population, such as classes: dense or, where its weights are shared, by a kernel of 1 x 1
/// between single cells. Throws std::invalid_argument that names the parts outside of such a chain (write_network takes
/// any network), std::runtime_error if the file cannot be written, or PATH exists and `overwrite` is false.
void write_model(const std::string& path, const stored_model& model, bool overwrite = false);

/// Reads a NIR graph of Input, IF and Output nodes and linear maps in a chain; edges may come in any order. `group` is
/// its path in the file. Weights are r * w; v_reset is ignored, because neurons fire only once. Signals of three
/// dimensions, (channel, row, column), become grids. Weights are shared where the maps of a layer are pools and a
/// convolution, or pools and a matrix; else they are dense. A bias becomes bias neurons; unless the metadata name them,
/// they are LAYER_bias, fire at 0 and have no delay. A file of firstspike 0.1.0 has regime "free"; one with bias
/// neurons (kind "reference") or a t_open above 0 is rejected. Throws incomplete_model, and std::runtime_error (one
/// line: file, field, value) for other graphs.
stored_model read_model(const std::string& path, const import_options& options = {}, const std::string& group = "/");

/// Adds a model to a trace that is being written, at /models/NAME.
void add_model(spike_trace_writer& writer, const std::string& name, const stored_model& model);

/// Names of the models in a trace, each readable with read_model(path, {}, "/models/" + name).
std::vector<std::string> models_in_trace(const std::string& path);

}  // namespace firstspike
