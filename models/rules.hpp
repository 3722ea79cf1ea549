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
  bool to_sources = true;  ///< off: dL/dt of the source population is not computed, and is returned empty
};

/// Throws std::invalid_argument naming the first option out of range.
void check(const rule_options& options);

/// One sample in one layer, the input of a rule.
template <class Real>
struct layer_pass {
  const network<Real>& net;
  const layer& of;
  std::span<const double> times;  ///< [neuron] of the network, as recorded [steps]
  const rule_options& options;
  bool is_last;    ///< the layer of outputs
  bool wakes;      ///< `wake` applies: the last layer, or a silent hidden layer
  bool is_first;   ///< its inputs are the sources
  bool is_wanted;  ///< dL/dt of its inputs is needed

  const population& post() const { return net.populations()[of.population]; }
  std::size_t pre_size() const { return net.populations()[of.pre].size; }
  double spike_time(std::size_t j) const { return times[net.first_id(of.population) + j]; }
  double arrival(std::uint32_t projection, std::size_t pre) const {
    return times[net.first_id(net.pre(projection)) + pre] + net.describe(projection).delay;
  }
  /// [post] the weights of one input.
  std::span<const Real> weights(std::uint32_t projection, std::size_t pre) const {
    return net.weights(projection).subspan(pre * post().size, post().size);
  }
  /// Calls visit(projection, pre, arrival) for each input that fired, the bias neuron first.
  template <class Visit>
  void for_each_input(const Visit& visit) const {
    if (of.bias) visit(*of.bias, std::size_t{0}, arrival(*of.bias, 0));
    for (std::size_t i = 0; i < pre_size(); ++i) {
      if (const double t = arrival(of.weights, i); t != never) visit(of.weights, i, t);
    }
  }
};

/// Adds the layer's dL/dw to `g` (null: not computed) and returns dL/dt of the layer before it, [pre]; empty if it is
/// not needed. `dl_dt` [post].
template <class Real>
using backward_pass = std::vector<Real> (*)(const layer_pass<Real>& pass, std::span<const Real> dl_dt,
                                            gradients<Real>* g);

struct learning_rule {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  std::string_view regime;   ///< of the networks to which it applies
  synapse_kernel kernel = synapse_kernel::step;
  std::tuple<backward_pass<float>, backward_pass<double>> backward{};
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

/// Backpropagation through spike times: applies the rule layer by layer, from the outputs to the sources. Adds one
/// sample's dL/dw to `g` (null: not computed) and returns dL/dt of the source population [source]. `times` [neuron] as
/// recorded, [steps]; `dl_dt` [size of the last layer], the derivative of the loss by the output times.
template <class Real>
std::vector<Real> backprop(const learning_rule& rule, const network<Real>& net, std::span<const layer> layers,
                           std::span<const double> times, std::span<const Real> dl_dt, const rule_options& options,
                           gradients<Real>* g);

}  // namespace firstspike
