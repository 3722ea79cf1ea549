// Layers that cannot learn: silent, or with all neurons firing at the same time, on every image; and options to change.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/models/classifier_options.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/models/layers.hpp"

namespace firstspike {

/// A change of one option: "a lower" lr.
struct remedy {
  std::string change;
  std::string option;  ///< as in the option tables
};

/// A fault of a layer and its duration.
struct layer_warning {
  std::string network;  ///< "", or the network of a GAN
  layer_fault fault;
  std::uint64_t since = 0;  ///< training steps taken when it was first found
  std::vector<remedy> remedies{};
};

/// Changes of options that may remove the fault. `at_start`: the layer had the fault before the first training step.
std::vector<remedy> remedies_for(const layer_fault& fault, const classifier_options& options, bool at_start);
std::vector<remedy> generator_remedies(const layer_fault& fault, const gan_options& options, bool at_start);
std::vector<remedy> discriminator_remedies(const layer_fault& fault, const gan_options& options, bool at_start);

/// The number of hidden layers up to which the rule of the options has been measured (learning_rule::deepest) if the
/// options have more layers; otherwise 0.
std::size_t exceeded_depth(const classifier_options& options);

/// Weights are not finite.
struct training_diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws training_diverged if a weight is not finite after training step `step`. `option` is the name of the learning
/// rate.
template <class Real>
void check_finite_weights(const network<Real>& net, std::uint64_t step, std::string_view option, double rate);

/// Tracks the faults of a run.
class fault_watch {
 public:
  /// Replaces the faults of `network` by those after `step` training steps. `remedies` returns changes of options,
  /// given whether the fault existed at the start. Returns the current faults of `network`.
  std::vector<layer_warning> update(
      const std::string& network, std::span<const layer_fault> faults, std::uint64_t step,
      const std::function<std::vector<remedy>(const layer_fault& fault, bool at_start)>& remedies);

  /// Faults of all networks.
  std::span<const layer_warning> faults() const { return faults_; }

 private:
  std::vector<layer_warning> faults_;
};

}  // namespace firstspike
