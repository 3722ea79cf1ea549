// `firstspike train`
#include <array>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/train_options.hpp"

namespace firstspike {

int run_train_classifier(std::span<const std::string> arguments);
int run_train_gan(std::span<const std::string> arguments);

namespace {

constexpr std::array choices{
    command{"classifier", "a network that names images by its first output spike", run_train_classifier,
            describe_train_classifier},
    command{"gan", "a generator and a discriminator, against each other", run_train_gan, describe_train_gan},
};

}  // namespace

std::span<const command> train_commands() { return choices; }

int run_train(std::span<const std::string> arguments) {
  return run_chosen("firstspike train", "Trains a network of spiking neurons.", choices, arguments);
}

}  // namespace firstspike
