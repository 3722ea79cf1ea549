// Constraints on weights, kept while they are trained. Each is one file in constraints/ and one name in meson.build.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>

namespace firstspike {

/// Moves `matrix` [pre][post], row-major, to the nearest one that meets a constraint: weights, or their gradient.
template <class Real>
using constrain = void (*)(std::span<Real> matrix, std::size_t posts);

/// A linear constraint on the weights [pre][post] from some inputs to a layer.
struct constraint {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  std::tuple<constrain<float>, constrain<double>> project{};
};

/// All of them, in the order of meson.build, and one: throws std::invalid_argument, naming those there are.
std::span<const constraint> all_constraints();
const constraint& constraint_called(std::string_view name);

}  // namespace firstspike
