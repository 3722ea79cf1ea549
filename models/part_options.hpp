// Options common to classifiers and GANs: optimizers, losses, rules, times and augmentation.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "firstspike/data/distortion.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/models/learner.hpp"
#include "firstspike/models/option_table.hpp"

namespace firstspike {

inline constexpr double most_steps = 1e9, most_potential = 1e30;

/// Above 0.
inline option_kind<double> positive_potential() { return real_number(0, most_potential, false); }

/// lr, adam-beta1, adam-beta2.
const option_table<optimizer_options>& optimizer_option_table();

/// sparsity, and options that only some rules read.
const option_table<rule_options>& rule_option_table();

/// gamma, beta, pull.
template <class Options>
option_table<Options> loss_option_table() {
  return {
      make_option<Options>(
          "gamma", [](Options & o) -> auto& { return o.gamma; }, real_number(0, most_steps), "loss: margin [steps]"),
      make_option<Options>(
          "beta", [](Options & o) -> auto& { return o.beta; }, real_number(0, most_steps, false),
          "loss: temperature [steps]"),
      make_option<Options>(
          "pull", [](Options & o) -> auto& { return o.pull; }, real_number(0, 1e6),
          "loss: weight of the term that moves a likely true output earlier")};
}

/// delay, t-in, t-max.
template <class Options>
option_table<Options> time_option_table() {
  return {make_option<Options>(
              "delay", [](Options & o) -> auto& { return o.delay; }, real_number(0, most_steps),
              "delay of every projection except those of bias neurons [steps]"),
          make_option<Options>(
              "t-in", [](Options & o) -> auto& { return o.t_in; }, real_number(1, most_steps),
              "length of the input code, and of every window [steps], a whole number"),
          make_option<Options>(
              "t-max", [](Options & o) -> auto& { return o.t_max; }, real_number(0, most_steps, false),
              "end of a run [steps]")};
}

/// shift, shift-share, rotate, zoom, shear, elastic, distort-share.
template <class Options>
option_table<Options> augmentation_option_table() {
  return {make_option<Options>(
              "shift", [](Options & o) -> auto& { return o.shift; }, narrowed<std::uint32_t>(0, 28),
              "augmentation: shift training images by up to so many pixels"),
          make_option<Options>(
              "shift-share", [](Options & o) -> auto& { return o.shift_share; }, real_number(0, 1),
              "augmentation: probability that an image is shifted"),
          make_option<Options>(
              "rotate", [](Options & o) -> auto& { return o.distort.rotate; }, real_number(0, 90),
              "augmentation: rotate training images by up to so many degrees"),
          make_option<Options>(
              "zoom", [](Options & o) -> auto& { return o.distort.zoom; }, real_number(0, 0.9),
              "augmentation: scale height and width by 1 - zoom to 1 + zoom"),
          make_option<Options>(
              "shear", [](Options & o) -> auto& { return o.distort.shear; }, real_number(0, 1),
              "augmentation: move rows by up to so many columns for each row from the centre"),
          make_option<Options>(
              "elastic", [](Options & o) -> auto& { return o.distort.elastic; }, real_number(0, 16),
              "augmentation: standard deviation of smooth random displacements [pixels]"),
          make_option<Options>(
              "distort-share", [](Options & o) -> auto& { return o.distort.share; }, real_number(0, 1),
              "augmentation: probability that an image is rotated, scaled, sheared and displaced")};
}

/// Throws std::invalid_argument naming the first of these options out of range.
template <class Options>
void check_augmentation(const Options& o) {
  require(o.shift_share >= 0 && o.shift_share <= 1, "shift_share = {}, allowed: [0, 1]", o.shift_share);
  check(o.distort);
}

/// Those of these options that have no effect, each with the names of those that disable it.
template <class Options>
std::map<std::string, std::vector<std::string>> augmentation_without_effect(const Options& o) {
  std::map<std::string, std::vector<std::string>> names;
  if (o.shift == 0) names["shift-share"] = {"shift"};
  if (!distorts({o.distort.rotate, o.distort.zoom, o.distort.shear, o.distort.elastic, 1})) {
    names["distort-share"] = {"rotate", "zoom", "shear", "elastic"};
  }
  return names;
}

/// Throws std::invalid_argument unless there are `least` to 256 labels, all different.
void check_classes(std::span<const std::uint8_t> classes, std::size_t least);

/// Options of classifiers or GANs that the regime, rule and loss do not read, each with the names of those of the three
/// that disable it.
std::map<std::string, std::vector<std::string>> options_without_effect(const std::string& regime,
                                                                       const std::string& rule,
                                                                       const std::string& loss);

/// The given kernel, or that of the regime. Throws std::invalid_argument if they do not fit each other.
synapse_kernel kernel_of(const std::map<std::string, std::string>& given, synapse_kernel kernel,
                         const std::string& regime);

/// Throws std::invalid_argument if a given option has no effect: "jump-length has no effect with rule = 's4nn'".
template <class Options>
void refuse_without_effect(const option_table<Options>& table,
                           const std::map<std::string, std::vector<std::string>>& without_effect,
                           const std::map<std::string, std::string>& given, const Options& options) {
  const auto values = show_options(table, options);
  for (const auto& [name, ruled_out_by] : without_effect) {
    if (!given.contains(name)) continue;
    std::string with;
    for (const auto& other : ruled_out_by) with += (with.empty() ? "" : ", ") + other + " = '" + values.at(other) + "'";
    throw std::invalid_argument(name + " has no effect with " + with);
  }
}

}  // namespace firstspike
