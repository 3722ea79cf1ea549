// What decides how a classifier learns, and settings that are known to work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/backprop.hpp"
#include "models/layers.hpp"
#include "models/optimizer.hpp"

namespace firstspike {

enum class class_loss : std::uint8_t {
  s4nn,        ///< relative_loss
  aggressive,  ///< aggressive_loss
  xent,        ///< cross_entropy
};

/// All that decides what is learnt; threads and engine do not.
struct classifier_options {
  synapse_kernel kernel = synapse_kernel::step;
  class_loss loss = class_loss::s4nn;
  std::vector<std::uint32_t> hidden{400};  ///< sizes of hidden layers, first to last
  std::uint32_t outputs = 10;              ///< output k stands for label k
  double t_in = 256;                       ///< [steps]
  double t_max = 256;                      ///< [steps]
  double delay = 1;                        ///< of every projection [steps]
  double v_th = 100;
  weight_distribution init_hidden{};
  weight_distribution init_output{};
  std::size_t batch = 1;
  double gamma = 3;    ///< s4nn: margin [steps]
  double beta = 25.6;  ///< xent, aggressive: softness [steps]
  double pull = 0;     ///< aggressive: how much a sure output is drawn earlier
  /// Augmentation: each image learnt is moved, with this chance, by up to `shift` pixels down or up and right or left,
  /// every offset alike; what leaves the frame is lost, what enters is silent.
  std::uint32_t shift = 0;
  double shift_share = 0.5;
  double renew_below =
      1e-3;  ///< hidden neurons that fire on a smaller share of an epoch's images are drawn anew; 0: off
  optimizer_options optimizer{};  ///< its lr is that of the first step
  rate_schedule schedule = rate_schedule::constant;
  std::uint64_t schedule_steps = 1;  ///< >= 1, all steps of the run; the rate is 0 from there on unless constant
  backprop_options backprop{};       ///< its t_max is set from t_max above
  std::uint64_t seed = 1;
};

/// Settings that train well for a kernel and loss. step + s4nn: those of Kheradpisheh & Masquelier 2020 (arXiv
/// 1910.09495) for MNIST: theta 100, gamma 3, t_max 256, lr 0.2, lambda 1e-6, U[0, 5] and U[0, 50], one image at a
/// time, a constant rate. schedule_steps is the caller's to set.
classifier_options classifier_defaults(synapse_kernel kernel, class_loss loss);

/// Throws std::invalid_argument naming the first option out of range.
void check(const classifier_options& options);

}  // namespace firstspike
