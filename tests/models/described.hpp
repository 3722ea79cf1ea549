// Options as one line of text each, so that a test can list every field of them.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan_options.hpp"

namespace firstspike {

inline std::string described(synapse_kernel kernel) { return kernel == synapse_kernel::step ? "step" : "ramp"; }

inline std::string described(const weight_distribution& d) {
  const char* form = d.form == weight_distribution::shape::normal ? "normal" : "uniform";
  return fmt::format("{} {} {} fan_in {}", form, d.a, d.b, d.fan_in);
}

inline std::string described(const optimizer_options& o) {
  return fmt::format("{} lr {} weight_decay {} beta1 {} beta2 {} epsilon {}",
                     o.rule == update_rule::sgd ? "sgd" : "adam", o.lr, o.weight_decay, o.beta1, o.beta2, o.epsilon);
}

/// All but t_max, which follows from the run.
inline std::string described(const rule_options& o) {
  return fmt::format(
      "normalise {} jump_length {} jump_ahead {} min_slope {} surrogate_width {} sparsity {} wake {} to_sources {}",
      o.normalise, o.jump_length, o.jump_ahead, o.min_slope, o.surrogate_width, o.sparsity, o.wake, o.to_sources);
}

inline std::string described(rate_schedule s) {
  return s == rate_schedule::constant ? "constant" : s == rate_schedule::linear ? "linear" : "square";
}

inline std::string described(const gan_network_options& o) {
  return fmt::format("hidden {} range {} last_range {} v_th {} initial_sum {} init_std {} last_init_std {} {}",
                     fmt::join(o.hidden, " "), o.range, o.last_range, o.v_th, o.initial_sum, o.init_std,
                     o.last_init_std, described(o.optimizer));
}

}  // namespace firstspike
