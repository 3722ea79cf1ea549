// Layered networks, as learning sees them: a chain of populations, each with its weights and, maybe, a reference
// neuron.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/network.hpp"

namespace firstspike {

/// One layer of neurons in a network that is a chain.
struct layer {
  std::uint32_t pre = 0;         ///< population index of the layer before
  std::uint32_t population = 0;  ///< its own population index
  std::uint32_t weights = 0;     ///< projection from the layer before, dense
  /// Projections from the layer's reference neurons, dense [1][post] each; a neuron may have several, of other delays.
  std::vector<std::uint32_t> references{};
};

/// The layers of `net`, first to last. Throws std::invalid_argument where it is not one source population followed by
/// dense layers, each with any number of reference neurons.
template <class Real>
std::vector<layer> layers_of(const network<Real>& net);

/// How initial weights are drawn.
struct weight_distribution {
  enum class shape : std::uint8_t { uniform, normal };
  shape form = shape::uniform;
  double a = 0;  ///< uniform: lowest; normal: mean
  double b = 0;  ///< uniform: highest; normal: standard deviation
};

struct delayed_weight {
  double delay = 0;  ///< [steps]
  double weight = 0;
};

struct reference_description {
  double at = 0;                        ///< when it fires [steps]
  double weight = 0;                    ///< at first, to every neuron of its layer, on average
  double spread = 0;                    ///< standard deviation of that
  std::vector<delayed_weight> later{};  ///< further synapses from it, each to every neuron of its layer
};

struct layer_description {
  std::string name;
  std::uint32_t size = 0;
  double v_th = 1;
  double delay = 0;  ///< of its weights, [steps]; the reference neuron's is 0
  weight_distribution init{};
  std::vector<reference_description> references{};  ///< populations `<name>_reference`, `<name>_reference2`, ...
  double t_open = 0;                                ///< [steps]
  double t_close = never;                           ///< [steps]
};

/// A chain: source population `source` of `inputs` neurons, then the layers. Weights are drawn from the stream
/// (seed, draw::initial_weights, number of the layer).
template <class Real>
network<Real> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                           std::span<const layer_description> layers, std::uint64_t seed);

/// Draws the incoming weights of post neuron `post` anew, from the stream (seed, draw::dead_neurons, step,
/// neuron id).
template <class Real>
void redraw_incoming(network<Real>& net, const layer& of, std::uint32_t post, const weight_distribution& init,
                     std::uint64_t seed, std::uint64_t step);

}  // namespace firstspike
