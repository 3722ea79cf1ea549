// `firstspike train`
#include <array>

#include "firstspike/apps/commands.hpp"

namespace firstspike {

int run_train_classifier(std::span<const std::string> arguments);
int run_train_gan(std::span<const std::string> arguments);

int run_train(std::span<const std::string> arguments) {
  constexpr std::array choices{
      command{"classifier", "a network that names images by its first output spike", run_train_classifier},
      command{"gan", "a generator and a discriminator, against each other", run_train_gan},
  };
  return run_chosen("firstspike train", "Trains a network of spiking neurons.", choices, arguments);
}

}  // namespace firstspike
