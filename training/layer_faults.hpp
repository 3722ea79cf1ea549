// Layers that cannot learn: silent, or firing as one, on every image; and which options could help.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
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
  std::string option;  ///< as in the tables of options
};

/// A fault that lasts.
struct layer_warning {
  std::string network;  ///< "", or which of a GAN's networks
  layer_fault fault;
  std::uint64_t since = 0;  ///< training steps taken when it was seen first
  std::vector<remedy> remedies{};
};

/// What could make the layer fire, or no longer fire as one. `at_start`: it was so before anything was learnt.
std::vector<remedy> remedies_for(const layer_fault& fault, const classifier_options& options, bool at_start);
std::vector<remedy> generator_remedies(const layer_fault& fault, const gan_options& options, bool at_start);
std::vector<remedy> discriminator_remedies(const layer_fault& fault, const gan_options& options, bool at_start);

/// The hidden layers up to which the options' rule is measured (learning_rule::deepest), where they have more;
/// otherwise 0.
std::size_t exceeded_depth(const classifier_options& options);

/// Follows the faults of a run.
class fault_watch {
 public:
  /// Takes the faults that `network` has after `step` training steps in place of those it had. `remedies` gives what
  /// could help, given whether the fault was there at the start. Returns the faults that `network` has now.
  std::vector<layer_warning> update(
      const std::string& network, std::span<const layer_fault> faults, std::uint64_t step,
      const std::function<std::vector<remedy>(const layer_fault& fault, bool at_start)>& remedies);

  /// Of all networks.
  std::span<const layer_warning> faults() const { return faults_; }

 private:
  std::vector<layer_warning> faults_;
};

}  // namespace firstspike
