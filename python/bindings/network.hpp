// A network that Python builds, runs and inspects.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike::python {

using shared_model = std::shared_ptr<const loaded_model>;

/// The parts of a network and, once it is needed, the network itself, which is never changed: a run on another thread
/// keeps the one with which it began.
class network_builder {
 public:
  explicit network_builder(real_type precision) : precision_(precision) {}
  explicit network_builder(shared_model built) : precision_(built->precision), built_(std::move(built)) {}

  /// The index of the population. Throws as the constructor of network; then nothing is added.
  std::uint32_t add(population p);
  /// Checked when the network is needed.
  void add(projection<double> p);
  /// Replaces the weights [pre][post] of a dense projection. Throws as the constructor of network.
  void set_weights(std::size_t projection, std::vector<double> weights);

  /// Throws as the constructor of network; then the parts are as before.
  shared_model built();
  real_type precision() const { return precision_; }
  std::span<const population> populations() const;

 private:
  void take_apart();

  real_type precision_;
  std::vector<population> populations_;
  std::vector<projection<double>> projections_;
  shared_model built_;
};

}  // namespace firstspike::python
