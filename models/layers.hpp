// Layered networks: a chain of populations, each with its weights and an optional bias neuron.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

class random_stream;

/// One layer of neurons in a network that is a chain.
struct layer {
  std::uint32_t pre = 0;                ///< population index of the layer before
  std::uint32_t population = 0;         ///< its own population index
  std::uint32_t weights = 0;            ///< projection from the layer before, dense
  std::optional<std::uint32_t> bias{};  ///< projection from the layer's bias neuron, dense [1][post]
};

/// The layers of `net`, first to last. Throws std::invalid_argument if it is not one source population followed by
/// dense layers, each with at most one bias neuron.
template <class Real>
std::vector<layer> layers_of(const network<Real>& net);

/// The distribution of initial weights.
struct weight_distribution {
  enum class shape : std::uint8_t { uniform, normal };
  shape form = shape::uniform;
  double a = 0;  ///< uniform: lowest; normal: mean
  double b = 0;  ///< uniform: highest; normal: standard deviation
  /// The fan-in to which a and b refer. With n inputs instead, the standard deviation and both ends of `uniform` are
  /// multiplied by sqrt(fan_in / n), the mean of `normal` by fan_in / n. 0: no scaling.
  double fan_in = 0;
};

/// The distribution for a layer of `inputs` inputs, with a fan_in of 0.
weight_distribution scaled_to(const weight_distribution& d, std::uint32_t inputs);

/// One number of the distribution, without scaling by fan_in.
double draw_weight(random_stream& stream, const weight_distribution& d);

struct bias_description {
  double at = 0;               ///< its firing time [steps]
  weight_distribution init{};  ///< of its weights
};

struct layer_description {
  std::string name;
  std::uint32_t size = 0;
  double v_th = 1;
  double delay = 0;  ///< of its weights, [steps]; the bias neuron's is 0
  weight_distribution init{};
  std::optional<bias_description> bias{};  ///< population `<name>_bias`
  double t_fire = never;                   ///< as in `population`; also the next two
  double threshold_slope = 0;
  double t_close = never;
};

/// A chain: source population `source` of `inputs` neurons, then the layers. Weights are drawn from the stream
/// (seed, draw::initial_weights, number of the layer).
template <class Real>
network<Real> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                           std::span<const layer_description> layers, std::uint64_t seed);

/// Redraws the incoming weights of the postsynaptic neuron `post`, from the stream (seed, draw::dead_neurons, training
/// step, neuron id).
template <class Real>
void redraw_incoming(network<Real>& net, const layer& of, std::uint32_t post, const weight_distribution& init,
                     std::uint64_t seed, std::uint64_t step);

/// A layer that cannot learn, as found on a batch.
struct layer_fault {
  std::string layer;
  bool silent = false;  ///< no neuron fired on any sample; else all fired at the same time on every sample
};

/// The layers that were silent, or whose neurons fired at the same time, on every sample of a record. Throws as
/// layers_of does.
template <class Real>
std::vector<layer_fault> faults_of(const network<Real>& net, const spike_record& record);

}  // namespace firstspike
