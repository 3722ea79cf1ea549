// Constraints on weights in training. Each is one file in constraints/ and one name in meson.build.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>

namespace firstspike {

/// Projects `matrix` [pre][post], row-major, onto a constraint: weights, or their gradient.
template <class Real>
using constrain = void (*)(std::span<Real> matrix, std::size_t posts);

/// A linear constraint on the weights [pre][post] from some inputs to a layer.
struct constraint {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  std::tuple<constrain<float>, constrain<double>> project{};
};

/// All constraints, in the order of meson.build, and one by name: throws std::invalid_argument with the known names.
std::span<const constraint> all_constraints();
const constraint& constraint_called(std::string_view name);

}  // namespace firstspike
