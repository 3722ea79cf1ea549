// Layers that cannot learn: what a user is told of them, and when.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/apps/output.hpp"
#include "firstspike/models/classifier.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/models/layers.hpp"

namespace firstspike {

/// The options that decide how one layer fires, as the command calls them: "--init-hidden".
struct layer_settings {
  std::string init;           ///< of its initial weights
  std::string v_th;           ///< free
  std::string range{};        ///< empty: it has none
  std::string learning_rate;  ///< of its network
};

layer_settings settings_of(const classifier_options& options, std::string_view layer);
/// Of the generator (`layer` image or hidden...) or the discriminator (output or hidden...).
layer_settings generator_settings(const gan_options& options, std::string_view layer);
layer_settings discriminator_settings(const gan_options& options, std::string_view layer);

/// What to change so that the layer fires, or no longer fires as one. `at_start`: it was so before anything was learnt.
std::string advice(const layer_fault& fault, std::string_view regime, const layer_settings& settings, bool at_start);

/// What is to be said before a rule is used on more hidden layers than it is good for: one line, or nothing.
std::string depth_warning(const classifier_options& options);

/// A fault that lasts.
struct lasting_fault {
  std::string network;  ///< "", or which of a GAN's networks
  layer_fault fault;
  std::uint64_t since = 0;  ///< training steps taken when it was seen first in this call
  std::string since_text;   ///< "the start", "epoch 3"
};

/// [{"network", "layer", "silent", "since_step"}]
json_object as_json(std::span<const lasting_fault> faults);

/// Follows the faults of a run.
class fault_watch {
 public:
  explicit fault_watch(std::string regime) : regime_(std::move(regime)) {}

  /// Takes the faults that `network` has after `step` training steps, a time called `when`, in place of those it had,
  /// and warns of each by one line on stderr. `settings` gives the options of a layer.
  void see(const std::string& network, std::span<const layer_fault> faults, std::uint64_t step, const std::string& when,
           const std::function<layer_settings(std::string_view layer)>& settings);

  /// Those seen last.
  std::span<const lasting_fault> faults() const { return faults_; }

 private:
  std::string regime_;
  std::vector<lasting_fault> faults_;
};

}  // namespace firstspike
