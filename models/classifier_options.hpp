// What decides how a classifier learns, and settings that are known to work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "firstspike/models/learner.hpp"
#include "firstspike/models/losses.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

/// All that decides what is learnt; threads and scheduler do not.
struct classifier_options {
  synapse_kernel kernel = synapse_kernel::step;
  std::string regime = "free";
  std::string loss = "s4nn";
  std::vector<std::uint32_t> hidden{400};  ///< sizes of hidden layers, first to last
  std::uint32_t outputs = 10;              ///< output k stands for label k
  double t_in = 256;                       ///< [steps]
  double t_max = 256;                      ///< free: end of a run; other regimes derive it [steps]
  double delay = 1;                        ///< of every projection [steps]
  double v_th = 100;                       ///< free
  double range = 1;                        ///< relu: hidden activations from 0 to this are told apart
  double output_range = 4;                 ///< relu, binary: the same of outputs, whose biases start at half of it
  weight_distribution init_hidden{};       ///< of the first hidden layer
  weight_distribution init_output{};       ///< of all later layers
  std::size_t batch = 1;
  double gamma = 3;          ///< margin of losses that have one [steps]
  double beta = 25.6;        ///< temperature of losses that have one [steps]
  double pull = 0;           ///< aggressive: how much an output that is already likely is drawn earlier
  std::uint32_t shift = 0;   ///< augmentation: `most` of shift_images [pixels]
  double shift_share = 0.5;  ///< and its `share`
  /// Hidden neurons that fire on a smaller fraction of an epoch's images are drawn anew; 0: off.
  double renew_below = 1e-3;
  learner_options learning{};
  std::uint64_t seed = 1;
};

/// Settings that train well for a kernel, regime, loss and sizes of hidden layers; an empty loss is the usual one, s4nn
/// for free step neurons and xent for all others. step, free and s4nn: those of Kheradpisheh & Masquelier 2020 (arXiv
/// 1910.09495) for MNIST: theta 100, gamma 3, t_max 256, lr 0.2, lambda 1e-6, U[0, 5] and U[0, 50], one image at a
/// time, a constant rate. schedule_steps is the caller's to set.
classifier_options classifier_defaults(synapse_kernel kernel, const std::string& regime, const std::string& loss = {},
                                       const std::vector<std::uint32_t>& hidden = {400});

/// The layers as their regime places them.
chain_plan plan_of(const classifier_options& options);

/// The end of a run, t_max [steps]: given for free, otherwise derived from t_in, delay and the number of layers.
inline double run_length(const classifier_options& o) { return run_length(regime_called(o.regime), plan_of(o)); }

/// Throws std::invalid_argument naming the first option out of range.
void check(const classifier_options& options);

/// All options but `outputs` and `schedule_steps`, which follow from the data, by name.
const option_table<classifier_options>& classifier_option_table();

/// Options that change nothing with the others as they are, each with the names of those that rule it out.
std::map<std::string, std::vector<std::string>> options_without_effect(const classifier_options& options);

/// The usual settings of the kernel, regime, loss and hidden layers given, by classifier_defaults(), with all else that
/// is given. Where a regime is given and no kernel, the kernel is the regime's. Throws std::invalid_argument, one line,
/// as read_options(), where parts do not go together, and where an option is given that has no effect.
classifier_options classifier_options_from(const std::map<std::string, std::string>& given);

}  // namespace firstspike
