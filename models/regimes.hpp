// Regimes: how the layers of a network turn potential into spike times. A regime sets thresholds, windows and bias
// neurons, and derives all times from the number of layers. Each is one file in regimes/ and one name in meson.build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/models/layers.hpp"

namespace firstspike {

/// One layer of a model, before its regime assigns its times.
struct layer_plan {
  std::string name;
  std::uint32_t size = 0;
  weight_distribution init{};
  double v_th = 1;  ///< free
  /// relu, and the last layer of binary: activations are clipped to [0, range]. An activation is the sum of weights
  /// times inputs in [0, 1], where 1 is the earliest spike of the code (relu) or any spike that counts (binary).
  double range = 1;
  double bias_mean = 0;                 ///< relu, binary: of initial biases, as activation
  double bias_std = 0;                  ///< relu, binary: their standard deviation
  grid shape{};                         ///< of its neurons, if they have an arrangement
  std::optional<convolution> shared{};  ///< of its weights; none: dense
  std::uint32_t classes = 0;            ///< as in `layer_description`
};

/// The description of a chain of layers for a regime.
struct chain_plan {
  double t_in = 256;   ///< length of the input code, and of every window [steps]
  double delay = 0;    ///< of every projection except those of bias neurons [steps]
  double t_max = 256;  ///< free: end of the run [steps]
  std::vector<layer_plan> layers{};
  grid input{};  ///< the arrangement of the sources, if they have one
};

/// The times at which a layer may fire: [first, end) [steps].
struct fire_window {
  double first = 0, end = never;
};

struct regime {
  std::string_view name;
  std::string_view summary;                ///< one line, for help
  std::optional<synapse_kernel> kernel{};  ///< its kernel; none: any
  fire_window (*window)(const chain_plan& plan, std::size_t layer) = nullptr;
  std::vector<layer_description> (*place)(const chain_plan& plan) = nullptr;
};

/// All regimes, in the order of meson.build, and one by name: throws std::invalid_argument with the known names.
std::span<const regime> all_regimes();
const regime& regime_called(std::string_view name);

/// The end of a run in which every layer may fire: t_max [steps].
inline double run_length(const regime& r, const chain_plan& plan) { return r.window(plan, plan.layers.size() - 1).end; }

}  // namespace firstspike
