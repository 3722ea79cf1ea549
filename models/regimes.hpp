// Regimes: how the layers of a network turn potential into spike times. A regime owns thresholds, windows and bias
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

/// One layer as a model wants it, before its regime has placed it in time.
struct layer_plan {
  std::string name;
  std::uint32_t size = 0;
  weight_distribution init{};
  double v_th = 1;  ///< free
  /// relu, and the last layer of binary: activations from 0 to `range` are told apart. An activation is the sum of
  /// weights times inputs in [0, 1], 1 for the earliest spike of the code (relu) or any spike that counts (binary).
  double range = 1;
  double bias_mean = 0;  ///< relu, binary: of initial biases, as activation
  double bias_std = 0;   ///< relu, binary: their standard deviation
};

/// What a regime needs to know of a chain of layers.
struct chain_plan {
  double t_in = 256;   ///< length of the input code, and of every window [steps]
  double delay = 0;    ///< of every projection but the bias neurons' [steps]
  double t_max = 256;  ///< free: end of the run [steps]
  std::vector<layer_plan> layers{};
};

/// When a layer may fire: [first, end) [steps].
struct fire_window {
  double first = 0, end = never;
};

struct regime {
  std::string_view name;
  std::string_view summary;                ///< one line, for help
  std::optional<synapse_kernel> kernel{};  ///< the one that it goes with; none: any
  fire_window (*window)(const chain_plan& plan, std::size_t layer) = nullptr;
  std::vector<layer_description> (*place)(const chain_plan& plan) = nullptr;
};

/// All of them, in the order of meson.build, and one: throws std::invalid_argument, naming those there are.
std::span<const regime> all_regimes();
const regime& regime_called(std::string_view name);

/// The end of a run in which every layer may fire: t_max [steps].
inline double run_length(const regime& r, const chain_plan& plan) { return r.window(plan, plan.layers.size() - 1).end; }

}  // namespace firstspike
