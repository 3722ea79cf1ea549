// Options of a classifier in training, and tested defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "firstspike/data/distortion.hpp"
#include "firstspike/data/image_set.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

/// All options that determine the result of training; threads and scheduler do not.
struct classifier_options {
  synapse_kernel kernel = synapse_kernel::step;
  std::string regime = "free";
  std::string loss = "s4nn";
  std::vector<std::uint32_t> hidden{400};            ///< sizes of dense hidden layers, first to last
  std::string layers;                                ///< hidden layers as text (layer_text.hpp); empty: `hidden`
  std::vector<std::uint8_t> classes = ten_digits();  ///< label of each output, 2 or more, all different
  double t_in = 256;                                 ///< [steps]
  double t_max = 256;                                ///< free: end of a run; other regimes derive it [steps]
  double delay = 1;                                  ///< of every projection [steps]
  double v_th = 100;                                 ///< free
  double range = 1;                                  ///< relu: hidden activations are clipped to [0, range]
  double output_range = 4;            ///< relu, binary: the same for outputs, whose biases start at half of it
  weight_distribution init_hidden{};  ///< of the first hidden layer
  weight_distribution init_output{};  ///< of all later layers
  std::size_t batch = 1;
  double gamma = 3;          ///< margin of losses that have one [steps]
  double beta = 25.6;        ///< temperature of losses that have one [steps]
  double pull = 0;           ///< aggressive: weight of the term that moves a likely true output earlier
  std::uint32_t shift = 0;   ///< augmentation: `most` of shift_images [pixels]
  double shift_share = 0.5;  ///< and its `share`
  distortion distort{};      ///< augmentation before the shift
  /// Hidden neurons that fire on a smaller fraction of an epoch's images are reinitialised; 0: off.
  double renew_below = 1e-3;
  /// Decay of the running mean of the weights, [0, 1), with which the model is evaluated and saved; 0: the last
  /// weights are.
  double average = 0;
  learner_options learning{};
  std::uint64_t seed = 1;
};

/// Tested defaults for a kernel, regime, loss and hidden layers. An empty loss is the default one: s4nn for
/// free networks with the step kernel, xent for all others. step, free and s4nn: those of Kheradpisheh & Masquelier
/// 2020 (arXiv 1910.09495) for MNIST: theta 100, gamma 3, t_max 256, lr 0.2, lambda 1e-6, U[0, 5] and U[0, 50], one
/// image at a time, a constant rate. The caller sets schedule_steps.
classifier_options classifier_defaults(synapse_kernel kernel, const std::string& regime, const std::string& loss = {},
                                       const std::vector<std::uint32_t>& hidden = {400},
                                       const std::string& layers = {});

/// The number of hidden layers.
std::size_t hidden_layers(const classifier_options& options);

/// The layers with the times of their regime. `input`: the grid of the images, 0 x 0 x 0 for the times only; then
/// layers that are described by text have 1 neuron each.
chain_plan plan_of(const classifier_options& options, const grid& input = {});

/// The end of a run, t_max [steps]: given for free, otherwise derived from t_in, delay and the number of layers.
inline double run_length(const classifier_options& o) { return run_length(regime_called(o.regime), plan_of(o)); }

/// Throws std::invalid_argument naming the first option out of range.
void check(const classifier_options& options);

/// All options but `schedule_steps`, which follows from the data, by name.
const option_table<classifier_options>& classifier_option_table();

/// Options without effect given the others, each with the names of the options that disable it.
std::map<std::string, std::vector<std::string>> options_without_effect(const classifier_options& options);

/// The defaults of classifier_defaults() for the given kernel, regime, loss and hidden layers, with all other given
/// options. If a regime is given without a kernel, the kernel is that of the regime. Throws std::invalid_argument, one
/// line, as read_options() does, if parts do not fit each other, and if a given option has no effect.
classifier_options classifier_options_from(const std::map<std::string, std::string>& given);

}  // namespace firstspike
