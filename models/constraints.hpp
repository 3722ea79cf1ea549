// Constraints on weights, kept while they are trained. Each is one file in constraints/ and one name in meson.build.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace firstspike {

/// A linear constraint on the weights [pre][post] from some inputs to a layer.
struct constraint {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  /// Moves `matrix` [pre][post], row-major, to the nearest one that meets the constraint: weights, or their gradient.
  void (*project_f32)(std::span<float> matrix, std::size_t posts) = nullptr;
  void (*project_f64)(std::span<double> matrix, std::size_t posts) = nullptr;
};

/// In the order of meson.build.
std::span<const constraint> all_constraints();

/// Throws std::invalid_argument, naming those there are.
const constraint& constraint_called(std::string_view name);

}  // namespace firstspike
