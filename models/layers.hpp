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
  std::uint32_t pre = 0;         ///< population index of the layer before
  std::uint32_t population = 0;  ///< its own population index
  std::uint32_t weights = 0;     ///< projection from the layer before, dense or with shared weights
  /// Projection from the layer's bias neurons. Dense [1][post] from one neuron, or, where `weights` is shared, one
  /// weight for each channel: a shared kernel of 1 x 1 from a bias neuron in each cell.
  std::optional<std::uint32_t> bias{};
  /// Projection from a source population of its own, whose weights are biases that depend on the class: dense or, where
  /// `weights` is shared, a shared kernel of 1 x 1 between single cells, with the same weights.
  std::optional<std::uint32_t> classes{};
};

/// The layers of `net`, first to last. Throws std::invalid_argument if it is not one source population followed by
/// layers without sparse projections, each with bias neurons as in `layer` or none, one of them with a second source
/// population as in `layer` or none. The first of two source populations is the one that the chain begins with.
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
  grid shape{};                         ///< as in `population`
  std::optional<convolution> shared{};  ///< as in `projection`, of its weights; none: dense
  /// Size of the source population "class", which follows the first source population and projects to this layer
  /// without delay, with weights from `init`. 0: none. Only one layer has it; where weights are shared, one of one
  /// cell.
  std::uint32_t classes = 0;
};

/// A chain: source population `source` of `inputs` neurons with the arrangement `shape`, then the layers. Weights are
/// drawn from the stream (seed, draw::initial_weights, number of the layer).
template <class Real>
network<Real> make_layered(const std::string& source, std::uint32_t inputs, synapse_kernel kernel,
                           std::span<const layer_description> layers, std::uint64_t seed, const grid& shape = {});

/// The number of weights of each neuron of a layer, without its bias: presynaptic neurons or, where weights are shared,
/// presynaptic channels times the kernel.
template <class Real>
std::uint32_t fan_in(const network<Real>& net, const layer& of);

/// The units of a layer that have weights of their own: its neurons or, where weights are shared, its channels.
template <class Real>
std::uint32_t unit_count(const network<Real>& net, const layer& of);

/// Redraws the incoming weights of a unit, from the stream (seed, draw::dead_neurons, training step, id of its first
/// neuron).
template <class Real>
void redraw_incoming(network<Real>& net, const layer& of, std::uint32_t unit, const weight_distribution& init,
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
