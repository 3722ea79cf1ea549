// Data without a field in NIR: the group `metadata` of a model's graph. Only model_read.cpp and model_write.cpp include
// this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/traces/hdf5_file.hpp"
#include "firstspike/traces/hdf5_read.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {

struct source_weights {
  std::uint32_t sources = 0;
  std::vector<double> weights;  ///< [source][post]
};

/// Fields that are not in the file are absent; vectors of populations and projections are in the network's order.
struct model_metadata {
  std::optional<std::int64_t> max_spikes;
  std::optional<std::string> precision;  ///< "f32" or "f64"
  std::optional<double> t_in;            ///< [steps]
  std::optional<double> t_max;           ///< [steps]
  std::optional<std::vector<std::uint8_t>> label_of_output;
  std::optional<std::vector<std::string>> populations;           ///< names
  std::vector<population_kind> kinds;                            ///< as many as populations
  std::vector<double> t_fire;                                    ///< [steps], as many as populations, or none
  std::vector<double> threshold_slope;                           ///< [1 / step], as many as populations, or none
  std::vector<double> t_close;                                   ///< [steps], as many as populations, or none
  std::vector<std::uint8_t> trainable;                           ///< 0 or 1, as many as populations, or none
  std::string regime;                                            ///< empty if unknown
  std::vector<std::pair<std::string, std::string>> projections;  ///< (pre, post), given with populations
  std::optional<std::vector<synapse_kernel>> kernels;            ///< one, or as many as projections
  std::optional<std::vector<double>> delays;                     ///< [steps], one, or as many as projections
  std::map<std::string, std::vector<double>> biases;  ///< [post] weights, by the name of a bias neuron of kernel step
  std::map<std::string, source_weights> sources;      ///< by the name of a source population beside the graph's input
  run_metadata metadata;
};

/// Reads the group `metadata` in `graph`; all fields are absent if there is none. Throws std::runtime_error for invalid
/// values.
model_metadata read_metadata(const hdf5_object& graph);

/// Whether the projection (index) comes from a bias neuron.
bool is_bias(const model_metadata& m, std::size_t projection);

/// The data set of a bias neuron's weights with the step kernel. For ramp they are the bias of NIR's Affine node.
std::string bias_field(const std::string& population);

/// The data set of the weights from a source population beside the graph's input, for which NIR has no field.
std::string source_field(const std::string& population);

/// Writes all fields except the weights of bias neurons and of such sources. Returns the group `metadata`.
hdf5_object write_metadata(const hdf5_object& graph, const stored_model& model);

}  // namespace firstspike
