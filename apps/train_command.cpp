// `firstspike train`
#include "firstspike/apps/train_command.hpp"

#include <array>

#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/train_options.hpp"

namespace firstspike {
namespace {

std::string advice(std::span<const remedy> remedies) {
  std::string text;
  for (std::size_t i = 0; i < remedies.size(); ++i) {
    if (i > 0) text += i + 1 == remedies.size() ? ", or " : ", ";
    text += fmt::format("{} --{}", remedies[i].change, remedies[i].option);
  }
  return text;
}

}  // namespace

void show_data(const training_data& data) {
  for (const auto& note : data.notes) message(note);
  if (data.where.empty()) return;
  message(fmt::format("data: {} ({}), {} training and {} test images", data.name, data.where, grouped(data.train.count),
                      grouped(data.test.count)));
}

void show_faults(std::span<const layer_warning> faults) {
  for (const auto& [network, fault, since, remedies] : faults) {
    const auto since_text = since == 0 ? "the start" : fmt::format("step {}", since);
    message(fmt::format("warning: {}{}layer {} {} on every image, since {}; try {}", network,
                        network.empty() ? "" : ", ", fault.layer, fault.silent ? "is silent" : "fires as one",
                        since_text, advice(remedies)));
  }
}

json_object as_json(std::span<const layer_warning> faults) {
  auto list = json_object::array();
  for (const auto& [network, fault, since, remedies] : faults) {
    list.push_back({{"network", network}, {"layer", fault.layer}, {"silent", fault.silent}, {"since_step", since}});
  }
  return list;
}

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
