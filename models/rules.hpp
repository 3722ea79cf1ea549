// Learning rules: how one layer turns dL/dt of its spikes into dL/dw and dL/dt of the layer before, from recorded spike
// times only. They need no potentials, so a trace from a file gives the same gradient. Each is one file in rules/, with
// its forward assumptions and `backward`, and one name in meson.build.
#pragma once

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/models/gradients.hpp"
#include "firstspike/models/layers.hpp"

namespace firstspike {

struct rule_options {
  double t_max = 256;  ///< of the run [steps]
  /// s4nn, soft_step: divide each layer's dL/dV by its L2 norm (S4NN); a zero stays zero.
  bool normalise = true;
  /// soft_step: the response of a synapse rises over this many steps, above 0.
  double jump_length = 256;
  /// soft_step: how many of these steps lie after the firing time, 0 to jump_length.
  double jump_ahead = 0;
  /// soft_step, exact_ramp: minimum slope at the threshold, so that a crossing with a small slope does not cause a
  /// large update.
  double min_slope = 0;
  /// straight_through: gradients are propagated for hidden neurons whose potential differs from v_th by less than this.
  double surrogate_width = 0;
  /// Adds this, divided by the number of hidden layers, to -dL/dt of each hidden neuron that fires before the first
  /// output [1 / steps]: spikes that do not affect the decision disappear or move after it. Adds nothing in samples
  /// without an output spike.
  double sparsity = 0;
  /// Gradients for silent neurons, which have none otherwise. exact_ramp: a silent output has the gradient of a
  /// crossing at t_max. relu, straight_through: for a silent or saturated output, the gradient component that moves it
  /// back into its window is propagated. All rules: a silent hidden layer has a gradient that makes its neurons fire.
  bool wake = true;
  bool to_sources = true;  ///< off: dL/dt of the first layer's sources is not computed, and is returned empty
};

/// Throws std::invalid_argument naming the first option out of range.
void check(const rule_options& options);

/// Backpropagation through one layer on a batch: its results, which dL/dw is computed from. Reused from batch to batch.
template <class Real>
struct layer_memory {
  std::vector<Real> dl_dt;          ///< [sample][post] dL/dt of the layer's spikes
  std::vector<Real> factor;         ///< [sample][post] of the terms of dL/dw; its meaning is the rule's
  std::vector<Real> fires;          ///< [sample][post] the firing times that the rule uses, if it does
  std::vector<double> end;          ///< [sample] inputs that arrive then or later have no effect [steps]
  std::vector<std::uint8_t> wakes;  ///< [sample] `wake` applies: the last layer, or a silent hidden layer
  // Where weights are shared:
  std::vector<Real> reversed;     ///< the weights, in the order of reverse() (rules/patches.hpp)
  std::vector<Real> pooled;       ///< [sample][neuron of the pooled presynaptic grid] sums over the neurons of a window
  std::vector<Real> blocks;       ///< [block of samples][weight] dL/dw of the block
  std::vector<Real> bias_blocks;  ///< the same for the weights of bias neurons
  std::vector<Real> class_blocks;  ///< and for those of the classes
};

/// The same for all layers.
template <class Real>
struct backprop_memory {
  std::vector<layer_memory<Real>> layers;
  std::vector<Real> to_sources;  ///< [sample][source] dL/dt of the first layer's sources; empty if it is not needed

  backprop_memory() = default;
  backprop_memory(const network<Real>& net, std::span<const layer> layers, std::size_t samples, bool to_sources);
};

/// Some samples of a batch in one layer, the input of a rule.
template <class Real>
struct layer_pass {
  const network<Real>& net;
  const layer& of;
  std::span<const double> times;  ///< [sample][neuron] of the network, as recorded [steps], all samples of the batch
  const rule_options& options;
  bool is_last;            ///< the layer of outputs
  bool is_first;           ///< its `weights` come from the sources
  std::size_t first, end;  ///< the samples [first, end)
  layer_memory<Real>& memory;
  std::span<Real> dl_dt_pre;  ///< [sample][pre], to be written; empty if it is not needed

  const population& post() const { return net.populations()[of.population]; }
  std::size_t post_size() const { return post().size; }
  std::size_t pre_size() const { return net.populations()[of.pre].size; }
  std::span<const double> times_of(std::size_t sample) const {
    return times.subspan(sample * net.neuron_count(), net.neuron_count());
  }
  /// [post]
  std::span<const double> spike_times(std::size_t sample) const {
    return times_of(sample).subspan(net.first_id(of.population), post_size());
  }
  /// When the spike of one input arrives [steps].
  double arrival(std::size_t sample, std::uint32_t projection, std::size_t pre) const {
    return times[sample * net.neuron_count() + net.first_id(net.pre(projection)) + pre] +
           net.describe(projection).delay;
  }
  bool wakes(std::size_t sample) const { return memory.wakes[sample] != 0; }
  /// [post]
  std::span<const Real> dl_dt(std::size_t sample) const { return row_of(std::span<const Real>(memory.dl_dt), sample); }
  std::span<Real> factor(std::size_t sample) const { return row_of(std::span(memory.factor), sample); }
  std::span<Real> fires(std::size_t sample) const { return row_of(std::span(memory.fires), sample); }
  /// [post] the weights of one input.
  std::span<const Real> weights(std::uint32_t projection, std::size_t pre) const {
    return net.weights(projection).subspan(pre * post_size(), post_size());
  }

 private:
  template <class Value>
  std::span<Value> row_of(std::span<Value> all, std::size_t sample) const {
    return all.subspan(sample * post_size(), post_size());
  }
};

/// From dl_dt of the layer's spikes: sets `factor`, `fires` if it is used, and `end` of each sample, and dl_dt_pre
/// unless it is empty.
template <class Real>
using backward_pass = void (*)(const layer_pass<Real>& pass);

/// Dense weights: sets the row of one input in `g` to dL/dw, summed over the samples of the pass in blocks
/// (sum_blocks()).
template <class Real>
using weight_row_gradient = void (*)(const layer_pass<Real>& pass, std::uint32_t projection, std::size_t pre,
                                     gradients<Real>& g);

/// Shared weights: adds dL/dw by the weight of a synapse, summed over all synapses with this weight and the samples
/// [pass.first, pass.end), to `sum` [weight]. The caller multiplies by pooling_factor().
template <class Real>
using shared_gradient = void (*)(const layer_pass<Real>& pass, std::uint32_t projection, std::span<Real> sum);

struct learning_rule {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  std::string_view regime;   ///< of the networks to which it applies
  synapse_kernel kernel = synapse_kernel::step;
  std::tuple<backward_pass<float>, backward_pass<double>> backward{};
  std::tuple<weight_row_gradient<float>, weight_row_gradient<double>> weight_row{};
  std::tuple<shared_gradient<float>, shared_gradient<double>> shared{};
  std::string_view options{};  ///< the rule_options that only some rules read and this one does, separated by spaces
  /// Number of hidden layers up to which the defaults reach 90 % on MNIST within two epochs (bench/depths); 0: any
  /// number.
  std::size_t deepest = 0;
};

/// All rules, in the order of meson.build, and one by name: throws std::invalid_argument with the known names.
std::span<const learning_rule> all_rules();
const learning_rule& rule_called(std::string_view name);

/// The rule of that name. Throws std::invalid_argument with the allowed names if it does not fit this regime and
/// kernel.
const learning_rule& rule_for(std::string_view name, std::string_view regime, synapse_kernel kernel);

/// Whether the rule reads the option of that name.
bool reads(const learning_rule& rule, std::string_view option);

/// A recorded batch and how to learn from it.
template <class Real>
struct backprop_pass {
  const learning_rule& rule;
  const network<Real>& net;
  std::span<const layer> layers;
  std::span<const double> times;  ///< [sample][neuron] as recorded [steps]
  const rule_options& options;
};

/// Call before backprop() of a batch: copies shared weights into the order that it needs.
template <class Real>
void start_backprop(const backprop_pass<Real>& pass, backprop_memory<Real>& memory);

/// Backpropagation through spike times, for the samples [first, end): applies the rule layer by layer, from the outputs
/// to the sources. The last layer's dl_dt in `memory` is the derivative of the loss by the output times.
template <class Real>
void backprop(const backprop_pass<Real>& pass, std::size_t first, std::size_t end, backprop_memory<Real>& memory);

/// Sets `g` to dL/dw summed over all samples of the batch, after backprop() of each, in an order that does not depend
/// on the number of threads.
template <class Real>
void sum_gradients(const backprop_pass<Real>& pass, backprop_memory<Real>& memory, gradients<Real>& g,
                   unsigned threads);

/// Both for one sample: adds its dL/dw to `g` (null: not computed) and returns dL/dt of the first layer's sources.
/// `times` [neuron] as recorded, [steps]; `dl_dt` [size of the last layer].
template <class Real>
std::vector<Real> backprop(const learning_rule& rule, const network<Real>& net, std::span<const layer> layers,
                           std::span<const double> times, std::span<const Real> dl_dt, const rule_options& options,
                           gradients<Real>* g);

}  // namespace firstspike
